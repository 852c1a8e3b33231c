/** Where Chromium is on this machine, or nothing. `CHROMIUM` names one that is not on the path. */
export function findChromium(env?: NodeJS.ProcessEnv): string | undefined;

/** For a new profile that neither shows a first-run page nor calls home. */
export const chromiumArgs: string[];
