/** Builds the script of `page/bundled.html`, with the package inside, as an application's bundler would. */
export function bundlePage(): Promise<void>;
