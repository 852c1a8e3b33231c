/**
 * Whether vitest, called with these arguments, may run tests of a project: set-up that only one project
 * needs is left out when the arguments name another one.
 */
export function wants(args, project) {
  const projects = [];
  const paths = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === "--project") projects.push(args[++index]);
    else if (arg.startsWith("--project=")) projects.push(arg.slice("--project=".length));
    else if (!arg.startsWith("-") && arg.includes("test/")) paths.push(arg);
    // Anything else may be a filter or the value of an option: it rules nothing out.
  }
  if (projects.includes(`!${project}`)) return false;
  const named = projects.filter((name) => !name.startsWith("!"));
  if (named.length > 0 && !named.includes(project)) return false;
  return paths.length === 0 || paths.some((path) => path.includes(`test/${project}`));
}
