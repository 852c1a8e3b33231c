// What the script of the script tag has not, as a module of its own: a page without a bundler makes it once.
export { resumeTask, tasks } from "mcp-rivulet";
