/** Every entry of the package, by the name it is imported by. Written where the package is installed. */
export const modules: { [entry: string]: object };
