/** Builds the scripts of `page/dist`, with the package inside, as an application's bundler would. */
export function bundlePage(): Promise<void>;
