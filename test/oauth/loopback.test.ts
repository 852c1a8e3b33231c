import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { connect } from "mcp-rivulet";
import { type LoopbackOptions, loopback } from "mcp-rivulet/loopback";
import { memoryStore, type OAuthOptions, oauth } from "mcp-rivulet/oauth";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { signInAs } from "./person.ts";
import { type Site, startSite } from "./provider.ts";
import { createWorld, optionsFor, server } from "./world.ts";

const redirectUri = "http://127.0.0.1/callback";

/** A client that an administrator has registered, without a port. */
const byHand = {
  client_id: "command-line",
  application_type: "native",
  redirect_uris: [redirectUri],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};

/** Whether something listens where an authorization request sends the person back to. */
async function listens(asked: URL): Promise<boolean> {
  const { hostname, port } = new URL(asked.searchParams.get("redirect_uri") ?? "");
  const socket = connectSocket(Number(port), hostname);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const portOf = (asked: URL | undefined): string =>
  new URL(asked?.searchParams.get("redirect_uri") ?? "").port;

describe("a program of the command line, at an authorization server nobody here wrote,", () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite("", { clients: [byHand] });
  });
  afterAll(() => site.close());
  afterEach(() => void site.asked.splice(0));

  async function call(more: Partial<OAuthOptions> = {}, options: LoopbackOptions = {}): Promise<Response> {
    let page: Promise<Response> | undefined;
    const open = (url: URL): void => {
      page = signInAs("ada", url);
    };
    const auth = oauth({ redirectUri, authorize: loopback({ open, ...options }), ...more });
    const client = await connect(site.mcp, { auth });
    expect((await client.callTool("who")).text).toBe("ada");
    await client.close();
    return page as Promise<Response>;
  }

  it("signs a person in, with a client that registers itself", async () => {
    const page = await call();
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("You can close this window.");
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    const [asked] = site.asked;
    expect(asked?.searchParams.get("redirect_uri")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(await listens(asked as URL), "nothing listens any more").toBe(false);
  });

  it("signs a person in, with a client that was registered by hand without a port", async () => {
    await call({ clientId: byHand.client_id });
    expect(site.asked.map((url) => url.searchParams.get("client_id"))).toEqual([byHand.client_id]);
  });

  it.each(["http://[::1]/back", "http://localhost/"])("has them come back to %s", async (uri) => {
    await call({ redirectUri: uri });
    const back = site.asked[0]?.searchParams.get("redirect_uri");
    expect(back?.replace(/:\d+\//, "/")).toBe(uri);
  });

  it("asks nobody the next time, and refreshes with the client it has registered", async () => {
    const store = memoryStore();
    await call({ store });
    const before = site.grants.length;
    site.expire();
    const unused = () => {
      throw new Error("a person was asked");
    };
    await call({ store }, { open: unused });
    expect(site.grants.slice(before)).toEqual(["refresh_token"]);
    expect(site.asked).toHaveLength(1);
  });

  it("opens the browser of the platform, and prints where to go", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rivulet-browser-"));
    const path = process.env.PATH;
    const printed = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    // The browser says where it was sent by asking for it here.
    const told = createServer((request, response) => {
      response.end();
      opened.emit("url", decodeURIComponent(request.url?.slice(1) ?? ""));
    });
    const opened = told;
    await new Promise<void>((resolve) => told.listen(0, "127.0.0.1", resolve));
    const { port } = told.address() as AddressInfo;
    try {
      for (const name of ["xdg-open", "open"]) {
        const file = join(folder, name);
        writeFileSync(
          file,
          `#!${process.execPath}\nrequire("node:http").get("http://127.0.0.1:${port}/" + encodeURIComponent(process.argv[2]));\n`,
        );
        chmodSync(file, 0o755);
      }
      process.env.PATH = `${folder}${delimiter}${path}`;
      const url = once(opened, "url").then(([url]) => url as string);
      const signedIn = url.then((url) => signInAs("ada", url));
      await call({}, { open: undefined });
      await signedIn;
      expect(String(printed.mock.calls)).toContain(await url);
    } finally {
      process.env.PATH = path;
      told.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the port of the loopback", () => {
  /** What a sign-in comes to whose person does something else than signing in. */
  async function attempt(
    open: LoopbackOptions["open"],
    options: LoopbackOptions = {},
    more: Partial<OAuthOptions> & { signal?: AbortSignal } = {},
  ) {
    const world = createWorld();
    const { signal, ...given } = more;
    let asked: URL | undefined;
    const watched = (url: URL) => {
      asked = url;
      return open?.(url);
    };
    const auth = oauth({
      ...optionsFor(world),
      redirectUri,
      authorize: loopback({ open: watched, ...options }),
      ...given,
    });
    const error = await connect(server, { auth, fetch: world.fetch, signal }).then(
      (client) => client.close(),
      (error: unknown) => error,
    );
    return { error, world, asked, open: asked !== undefined && (await listens(asked)) };
  }

  /** Sends the person back as the authorization server of the world would. */
  function back(url: URL, more: Record<string, string> = {}, path?: string): URL {
    const to = new URL(path ?? "", url.searchParams.get("redirect_uri") ?? "");
    const state = url.searchParams.get("state") ?? "";
    const answer = { state, iss: "https://as.example", error: "access_denied", ...more };
    for (const [name, value] of Object.entries(answer)) to.searchParams.set(name, value);
    return to;
  }

  const statusOf = (url: URL, method = "GET"): Promise<number> =>
    fetch(url, { method }).then(({ status }) => status);

  it("takes one answer, that of the authorization server, whatever else comes before", async () => {
    const statuses: number[] = [];
    const { error, world, open } = await attempt(async (url) => {
      statuses.push(await statusOf(back(url, { state: "of-somebody-else", code: "stolen" })));
      statuses.push(await statusOf(back(url), "POST"));
      statuses.push(await statusOf(back(url, {}, "/favicon.ico")));
      // No browser sends these.
      for (const path of ["//", "*", "http://[", "/%"]) {
        statuses.push(
          await new Promise((resolve, reject) => {
            const { port } = new URL(url.searchParams.get("redirect_uri") ?? "");
            get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
              resolve(response.resume().statusCode ?? 0);
            }).on("error", reject);
          }),
        );
      }
      statuses.push(await statusOf(back(url)));
    });
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404, 404, 200]);
    expect(error).toMatchObject({ code: "unauthorized", data: { error: "access_denied" } });
    expect(world.requests("/token")).toEqual([]);
    expect(open).toBe(false);
  });

  it("is closed when nobody comes back in time", async () => {
    const { error, open } = await attempt(() => {}, { timeout: 20 });
    expect(error).toMatchObject({ code: "unauthorized", data: { reason: "timeout" } });
    expect(open).toBe(false);
  });

  it("is closed when nobody waits for the sign-in any more", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
    const before = timers();
    const { error, open } = await attempt(() => controller.abort(reason), {}, { signal: controller.signal });
    expect(error).toBe(reason);
    expect(open).toBe(false);
    expect(timers(), "what keeps the process from ending").toBe(before);
  });

  it("is closed when the application does not like the URL", async () => {
    const reason = new Error("not there");
    const { error, open } = await attempt(() => Promise.reject(reason));
    expect(error).toBe(reason);
    expect(open).toBe(false);
  });

  it("is closed when the client cannot be registered", async () => {
    const ports: string[] = [];
    const world = createWorld({
      answer: ({ url, body }) => {
        if (!url.endsWith("/register")) return undefined;
        ports.push(new URL(JSON.parse(body).redirect_uris[0]).port);
        return new Response(null, { status: 403 });
      },
    });
    const auth = oauth({ ...optionsFor(world), redirectUri, authorize: loopback({ open: () => {} }) });
    await expect(connect(server, { auth, fetch: world.fetch })).rejects.toMatchObject({
      code: "auth_refused",
    });
    expect(ports).toEqual([expect.stringMatching(/^\d+$/)]);
    expect(await listens(new URL(`http://a/?redirect_uri=http://127.0.0.1:${ports[0]}/`))).toBe(false);
  });

  it("is the one that the redirect URI names, and the error says when that is taken", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    const redirectUri = `http://127.0.0.1:${port}/callback`;
    const taken = await attempt(() => {}, {}, { redirectUri });
    expect(taken.error).toMatchObject({ code: "auth_refused", message: expect.stringMatching(/EADDRINUSE/) });
    expect(taken.asked).toBeUndefined();
    await new Promise((resolve) => holder.close(resolve));
    const { asked } = await attempt((url) => statusOf(back(url)), {}, { redirectUri });
    expect(portOf(asked)).toBe(String(port));
  });

  it("is of this machine alone", async () => {
    const { error, asked } = await attempt(() => {}, {}, { redirectUri: "https://app.example/callback" });
    expect(error).toMatchObject({ code: "auth_refused", message: expect.stringContaining("127.0.0.1") });
    expect(asked).toBeUndefined();
  });

  it("is another one for each sign-in, and each is told to the authorization server", async () => {
    const world = createWorld();
    const asked: URL[] = [];
    const open = async (url: URL) => {
      asked.push(url);
      await fetch(await world.authorize(url, { signal: new AbortController().signal, server, state: "" }));
    };
    const auth = oauth({ ...optionsFor(world), redirectUri, authorize: loopback({ open }) });
    const client = await connect(server, { auth, fetch: world.fetch });
    const registered = () =>
      world.requests("/register").map(({ body }) => JSON.parse(body).redirect_uris[0] as string);
    world.valid.clear();
    expect((await client.callTool("any")).text).toBe("called");
    expect(asked, "refreshed").toHaveLength(1);
    expect(registered(), "with the client that there is").toHaveLength(1);
    world.valid.clear();
    world.refreshTokens.clear();
    expect((await client.callTool("any")).text).toBe("called");
    expect(asked).toHaveLength(2);
    expect(registered()).toEqual(asked.map((url) => url.searchParams.get("redirect_uri")));
    const codes = world.requests("/token").filter(({ form }) => form.has("code"));
    expect(codes.map(({ form }) => form.get("redirect_uri"))).toEqual(registered());
    await client.close();
  });
});
