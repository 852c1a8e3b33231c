import { body } from "./body.mjs";
import { modules } from "./modules.mjs";

export default {
  /**
   * @param {unknown} _controller
   * @param {{ WORLD: string }} env
   */
  async test(_controller, env) {
    await body(modules, JSON.parse(env.WORLD));
    console.log("done");
  },
};
