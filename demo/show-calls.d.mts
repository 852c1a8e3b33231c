/** Makes the calls of the README on every revision and prints what comes; resolves with how many connections failed. */
export function showCalls(origin: string): Promise<number>;
