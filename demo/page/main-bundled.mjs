// The page through a bundler: the library is the package.
import * as library from "mcp-rivulet";
import { start } from "./app.mjs";

start(library);
