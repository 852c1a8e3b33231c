export interface Outcome {
  readonly value?: string;
  readonly code?: string;
  readonly message?: string;
  readonly data?: { readonly reason?: string };
}

declare global {
  interface Window {
    result: Promise<Outcome>;
    call(): Promise<Outcome>;
    signOut(): Promise<void>;
  }
}

/** The script of the application's pages, bundled for the browser tests: /callback completes, the others connect. */
export const page = `
  import { connect } from "mcp-rivulet";
  import { completeAuthorization, indexedDbStore, oauth, redirect, webStore } from "mcp-rivulet/oauth";

  const path = location.pathname;
  const url = document.body.dataset.mcp;
  if (path === "/callback") completeAuthorization();
  else {
    const statuses = [];
    const make = {
      "/popup": () => oauth({ redirectUri: "/callback" }),
      "/tab": () => oauth({ redirectUri: "/callback", store: indexedDbStore() }),
      "/dpop": () => oauth({ redirectUri: "/callback", store: indexedDbStore(), dpop: true }),
      "/redirect": () => oauth({ redirectUri: "/callback", authorize: redirect(), store: webStore(sessionStorage) }),
    }[path];
    const auth = make();
    const open = async () => {
      window.client = await connect(url, { auth });
      return window.client;
    };
    const call = async () => (await (window.client ?? (await open())).callTool("who")).text;
    const settle = (promise) => promise.then((value) => ({ value }), ({ code, message, data }) => ({ code, message, data }));
    window.call = () => settle(call());
    window.signIn = () => settle(auth.signIn(url));
    window.signOut = () => auth.signOut();
    document.querySelector("button").onclick = () => { window.result = settle(auth.signIn(url).then(call)); };
    if (path === "/redirect") window.result = settle(call());
  }
`;
