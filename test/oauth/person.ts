// A person at the authorization server: fills in the forms of oidc-provider.
import type { Tab } from "../support/browser.ts";

/** What a person does at the authorization server: its own forms, login then consent. */
export async function signIn(tab: Tab, name = "ada"): Promise<void> {
  const login = '[name="prompt"][value="login"]';
  const consent = '[name="prompt"][value="consent"]';
  await tab.waitFor(`${login}, ${consent}`);
  if (await tab.has(login)) {
    await tab.fill('[name="login"]', name);
    await tab.fill('[name="password"]', "anything");
    await tab.click('[type="submit"]');
    await tab.waitFor(consent);
  }
  await tab.click('[type="submit"]');
}

/** Without a browser: signs in as `name`, and comes back to the application. Gives its answer. */
export async function signInAs(name: string, url: URL | string): Promise<Response> {
  const cookies = new Map<string, string>();
  const { origin } = new URL(url);
  let next = new URL(url);
  let form: URLSearchParams | undefined;
  for (;;) {
    const home = next.origin === origin;
    const response = await fetch(next, {
      redirect: "manual",
      ...(form && { method: "POST", body: form }),
      headers: home ? { cookie: [...cookies].map((each) => each.join("=")).join("; ") } : {},
    });
    // Where the authorization server sent them.
    if (!home) return response;
    for (const cookie of response.headers.getSetCookie()) {
      const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(key, value);
    }
    const location = response.headers.get("location");
    form = undefined;
    if (location !== null) {
      next = new URL(location, next);
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
    if (!prompt || !action) throw new Error(`no form at ${next.pathname}: ${response.status} ${page}`);
    next = new URL(action, next);
    form = new URLSearchParams({ prompt, ...(prompt === "login" && { login: name, password: "anything" }) });
  }
}
