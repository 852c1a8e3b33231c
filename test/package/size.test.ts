import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { BuildOptions } from "esbuild";
import { minify } from "terser";
import { afterAll, describe, expect, it } from "vitest";
import { smallest } from "../../tsup.config.ts";
import { bundle, countSideEffects, root } from "./bundle.ts";

const small = `
  import { createClient, streamableHttp } from "mcp-rivulet";
  const client = createClient({ transport: streamableHttp("https://api.example.com/mcp") });
  await client.connect();
  for await (const event of client.callTool("generate", { count: 5 })) console.log(event);
`;

const whole = `
  import { connect } from "mcp-rivulet";
  const client = await connect("https://api.example.com/mcp");
  for await (const event of client.callTool("generate", { count: 5 })) console.log(event);
`;

const signedIn = `
  import { connect } from "mcp-rivulet";
  import { oauth } from "mcp-rivulet/oauth";
  const client = await connect("https://api.example.com/mcp", { auth: oauth({ redirectUri: "/callback" }) });
  for await (const event of client.callTool("generate", { count: 5 })) console.log(event);
`;

const amongTabs = `
  import { connectShared } from "mcp-rivulet/shared";
  const client = await connectShared("https://api.example.com/mcp");
  for await (const event of client.callTool("generate", { count: 5 })) console.log(event);
`;

/** Extensions, what each may add to `connect`, and what is only in it. */
const extensions = [
  { name: "tasks", ceiling: 2_600, given: "tasks()", own: /tasks\/get/ },
  { name: "cache", ceiling: 1_500, given: "cache()", own: /ttlMs/ },
  { name: "traceContext", ceiling: 1_000, given: "traceContext(() => ({}))", own: /propagation/ },
];

/** What a page under a strict Content-Security-Policy, or without Node, must never meet. */
const neverAnywhere = [/\bnew Function\b/, /\beval\(/, /["']node:/, /\brequire\(/, /\bprocess\.env\b/];

/**
 * `ceiling` is what the design asks for, and not met yet: the tests of it are expected to fail, and turn red once
 * one holds. Until then `held` is what each bundle may not exceed. It is lowered with the size; a commit that raises
 * it says what the bytes buy.
 */
const fixtures = [
  { name: "createClient + streamableHttp", code: small, ceiling: 9_000, held: 19_485, never: [/zod/i] },
  { name: "connect", code: whole, ceiling: 16_000, held: 20_890, never: [/zod/i] },
];

/** What the other tests hold, on top of `connect` or by itself. */
const held = { oauth: 12_000, script: 22_070 };

const sizes: Record<string, number> = {};

afterAll(() => {
  for (const [name, size] of Object.entries(sizes))
    console.log(`${String(size).padStart(6)} B gzip  ${name}`);
  if (process.env.SIZE_REPORT) writeFileSync(process.env.SIZE_REPORT, `${JSON.stringify(sizes, null, 2)}\n`);
});

describe("the gzipped size of what a page loads", () => {
  it.each(fixtures)("$name stays below $held bytes", async ({ name, code, held }) => {
    const { gzip, inputs } = await bundle(code);
    sizes[name] = gzip;
    expect(gzip, `heaviest modules: ${inputs.slice(0, 12).join(", ")}`).toBeLessThanOrEqual(held);
    expect(gzip, "a bundle this small holds no client").toBeGreaterThan(1_000);
  });

  it.fails.each(fixtures)("$name stays below the $ceiling bytes of the design", async ({ code, ceiling }) => {
    expect((await bundle(code)).gzip).toBeLessThanOrEqual(ceiling);
  });

  it(`oauth adds no more than ${held.oauth} bytes to connect`, async () => {
    const { gzip, inputs } = await bundle(signedIn);
    const { gzip: without } = await bundle(whole);
    sizes["oauth on top of connect"] = gzip - without;
    const own = inputs.filter((each) => /oauth|adapters/.test(each));
    expect(gzip - without, `heaviest modules: ${own.join(", ")}`).toBeLessThanOrEqual(held.oauth);
  });

  it("nothing of oauth is in a bundle that does not import it", async () => {
    const { code } = await bundle(whole);
    expect(code).not.toMatch(/code_challenge|well-known|refresh_token/);
  });

  it.each(extensions)(
    "$name adds no more than $ceiling bytes to connect",
    async ({ name, ceiling, given }) => {
      const code = whole
        .replace("{ connect }", `{ connect, ${name} }`)
        .replace('"https://api.example.com/mcp"', `$&, { extensions: [${given}] }`);
      const { gzip, inputs } = await bundle(code);
      const { gzip: without } = await bundle(whole);
      sizes[`${name} on top of connect`] = gzip - without;
      expect(gzip - without, inputs.join(", ")).toBeLessThanOrEqual(ceiling);
      for (const { name: each, own } of extensions)
        expect(own.test((await bundle(code)).code)).toBe(each === name);
    },
  );

  it("nothing of the extensions is in a bundle that gives none", async () => {
    for (const code of [small, whole]) {
      const { code: output, inputs } = await bundle(code);
      for (const { own } of extensions) expect(output).not.toMatch(own);
      expect(
        inputs.filter((each) => /client\/(around|tasks|cache|trace)|flow\/(tasks|cache)/.test(each)),
      ).toEqual([]);
    }
  });

  it("nothing of URI templates and JSON Schema is in a bundle that does not use them", async () => {
    for (const code of [small, whole, signedIn]) {
      expect((await bundle(code)).inputs.filter((each) => /template|json-schema/.test(each))).toEqual([]);
    }
  });

  it("expandTemplate is no more than 1500 bytes by itself", async () => {
    const { gzip } = await bundle(
      'import { expandTemplate } from "mcp-rivulet"; console.log(expandTemplate("a"));',
    );
    sizes.expandTemplate = gzip;
    expect(gzip).toBeLessThan(1_500);
  });

  it("outputSchemas adds no more than 8300 bytes to connect, and makes no code", async () => {
    const checked = whole.replace('"https://api.example.com/mcp"', "$&, { validate: outputSchemas(guards) }");
    const code = `import { guards } from "mcp-rivulet"; import { outputSchemas } from "mcp-rivulet/json-schema"; ${checked}`;
    const { gzip, inputs, code: output } = await bundle(code);
    const { gzip: without } = await bundle(whole);
    sizes["outputSchemas on top of connect"] = gzip - without;
    expect(gzip - without, inputs.slice(0, 12).join(", ")).toBeLessThanOrEqual(8_300);
    for (const name of neverAnywhere) expect(output).not.toMatch(name);
  });

  it("sharing among tabs adds no more than 5150 bytes to connect", async () => {
    const { gzip, inputs } = await bundle(amongTabs);
    const { gzip: without } = await bundle(whole);
    sizes["shared on top of connect"] = gzip - without;
    const own = inputs.filter((each) => /shared|adapters/.test(each));
    expect(gzip - without, `heaviest modules: ${own.join(", ")}`).toBeLessThanOrEqual(5_150);
  });

  it("nothing of sharing is in a bundle that does not import it", async () => {
    const { code } = await bundle(whole);
    expect(code).not.toMatch(/BroadcastChannel/);
    expect((await bundle(amongTabs)).code, "the names looked for").toMatch(/BroadcastChannel/);
  });

  const tag: BuildOptions = {
    stdin: undefined,
    entryPoints: [`${root}src/cdn.ts`],
    format: "iife",
    globalName: "McpRivulet",
    minify: false,
  };

  it(`the script for the script tag stays below ${held.script} bytes`, async () => {
    const { code, inputs } = await bundle("", tag);
    const gzip = gzipSync((await minify(code, smallest)).code ?? "", { level: 9 }).length;
    sizes["script tag"] = gzip;
    expect(gzip, `heaviest modules: ${inputs.slice(0, 12).join(", ")}`).toBeLessThanOrEqual(held.script);
    expect(gzip).toBeGreaterThan(1_000);
  });
});

it("are the sizes that the README promises", () => {
  const [small, whole] = fixtures.map((fixture) => fixture.held);
  const kB = (bytes = 0): string => (bytes / 1000).toFixed(1);
  const promise =
    `Minified and gzipped, with all they need: \`createClient\` with \`streamableHttp\` at most ${kB(small)} kB, ` +
    `\`connect\` ${kB(whole)} kB, \`oauth\` ${kB(held.oauth)} kB more, the script of the script tag ${kB(held.script)} kB.`;
  const readme = readFileSync(`${root}README.md`, "utf8").replace(/\s+/g, " ");
  expect(/Minified and gzipped.*? kB\./.exec(readme)?.[0]).toBe(promise);
  expect(/`connect` is .*? kB/.exec(readme)?.[0]).toBe(`\`connect\` is ${kB(whole)} kB`);
});

describe("what is in the bundle", () => {
  it.each(fixtures)("$name holds nothing a page must not meet", async ({ code, never }) => {
    const { code: output, inputs } = await bundle(code);
    for (const name of [...neverAnywhere, ...never]) {
      const found = output.match(new RegExp(`.{0,60}${name.source}.{0,60}`, name.flags))?.[0];
      expect(found, `${name} among ${inputs.join(", ")}`).toBeUndefined();
    }
  });

  it("is nothing when nothing of the package is used, without relying on sideEffects: false", async () => {
    const { code } = await bundle('import "mcp-rivulet";', {
      plugins: [countSideEffects],
      packages: "external",
      minify: false,
    });
    const left = code.split("\n").filter((line) => line !== "" && !/^(\/\/|import )/.test(line));
    expect(left, "mark a pure call with /* @__PURE__ */").toEqual([]);
  });

  it("is only the error class and its guard when only the guard is imported", async () => {
    const { gzip, inputs } = await bundle(
      'import { isMcpError } from "mcp-rivulet"; console.log(isMcpError(1));',
    );
    sizes.isMcpError = gzip;
    expect(gzip, inputs.join(", ")).toBeLessThan(1_000);
  });
});
