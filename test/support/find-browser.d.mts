/** The engines that pages are tried in. */
export type Engine = "chromium" | "firefox" | "webkit";

export const engineNames: readonly Engine[];

/**
 * The program to start for a browser of this engine, or nothing when this machine has none. `CHROMIUM`,
 * `FIREFOX` and `WEBKIT_DRIVER` name ones that are not on the path.
 */
export function findBrowser(engine: Engine, env?: NodeJS.ProcessEnv): string | undefined;
