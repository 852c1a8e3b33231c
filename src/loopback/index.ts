export { type LoopbackOptions, loopback } from "./loopback.ts";
