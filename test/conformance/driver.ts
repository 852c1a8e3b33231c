// The client under test, as the official suite starts it: the server's URL is the last argument, the scenario
// is in the environment. Only what the package exports is used, and nothing here does the library's work.
//
// Ends with "driver: done" or, when the library reported an error, "driver: refused <code>" and exit code 1.
// Node ends by itself: a client that keeps the process alive after close() runs into the suite's timeout.
import { type Client, type ConnectOptions, connect, isMcpError } from "mcp-rivulet";
import { clientCredentials, enterprise, oauth, workload } from "mcp-rivulet/oauth";

interface Scenario {
  readonly options?: ConnectOptions;
  readonly steps: (client: Client) => Promise<unknown>;
}

const url = process.argv.at(-1) ?? "";
const name = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}") as {
  readonly toolCalls?: ReadonlyArray<{ readonly name: string; readonly arguments: Record<string, unknown> }>;
} & Readonly<Record<string, string>>;

const listAndCall =
  (tool: string, args: Record<string, unknown> = {}): Scenario["steps"] =>
  async (client) => {
    await client.listTools();
    await client.callTool(tool, args);
  };

const scenarios: Readonly<Record<string, Scenario>> = {
  initialize: { steps: (client) => Promise.resolve(client.listTools()) },
  tools_call: { steps: listAndCall("add_numbers", { a: 5, b: 3 }) },
  "sse-retry": { steps: listAndCall("test_reconnection") },
  "elicitation-sep1034-client-defaults": {
    // Accepted as it is: the defaults of the schema are the library's to fill in.
    options: { onElicit: async () => ({ action: "accept", content: {} }) },
    steps: listAndCall("test_client_elicitation_defaults"),
  },
  "request-metadata": {
    options: {
      onElicit: async () => ({ action: "decline" }),
      onSample: async () => ({ role: "assistant", content: { type: "text", text: "" }, model: "none" }),
      onRoots: async () => [],
    },
    steps: (client) => Promise.resolve(client.listTools()),
  },
  "http-standard-headers": {
    async steps(client) {
      await client.listTools();
      await client.callTool("test_headers", {});
      for (const { uri } of (await client.listResources()).slice(0, 1)) await client.readResource(uri);
      await client.listPrompts();
      await client.getPrompt("test_prompt");
    },
  },
  "http-custom-headers": {
    async steps(client) {
      await client.listTools();
      for (const call of context.toolCalls ?? []) await client.callTool(call.name, call.arguments);
    },
  },
  "http-invalid-tool-headers": {
    async steps(client) {
      for (const tool of await client.listTools()) await client.callTool(tool.name, { region: "us-west1" });
    },
  },
  "sep-2322-client-request-state": {
    options: { onElicit: async () => ({ action: "accept", content: { confirmed: true } }) },
    async steps(client) {
      await client.listTools();
      for (const tool of ["echo_state", "no_state", "unrelated", "no_result_type"]) {
        await client.callTool(`test_mrtr_${tool}`, {});
      }
    },
  },
  "json-schema-ref-no-deref": { steps: (client) => Promise.resolve(client.listTools()) },
  "json-schema-2020-12-preservation": {
    async steps(client) {
      const tool = (await client.listTools()).find((each) => each.name === "json_schema_2020_12_tool");
      await client.callTool("json_schema_echo", { schema: tool?.inputSchema });
    },
  },
};

/** Nobody listens at the redirect URI: the answer to the authorization request says where it leads. */
async function authorize(url: URL): Promise<string> {
  const response = await fetch(url, { redirect: "manual" });
  return response.headers.get("location") ?? "";
}

/** A person for the scenarios that need one; else the credentials that the context holds. */
function authOf(name: string): ConnectOptions["auth"] {
  const { client_id: clientId = "", client_secret: clientSecret } = context;
  switch (name) {
    case "auth/client-credentials-jwt": {
      const { private_key_pem: privateKey, signing_algorithm: algorithm } = context;
      return clientCredentials({ clientId, privateKey, algorithm });
    }
    case "auth/client-credentials-basic":
      return clientCredentials({ clientId, clientSecret });
    case "auth/wif-jwt-bearer":
      return workload({ clientId, assertion: context.valid_jwt ?? "" });
    case "auth/enterprise-managed-authorization": {
      const { idp_issuer = "", idp_token_endpoint = "", idp_client_id = "", idp_id_token = "" } = context;
      const idp = {
        issuer: idp_issuer,
        tokenEndpoint: idp_token_endpoint,
        clientId: idp_client_id,
        idToken: idp_id_token,
      };
      return enterprise({ clientId, clientSecret, idp });
    }
    default:
      return oauth({
        redirectUri: "http://localhost:3000/callback",
        clientMetadataUrl: "https://conformance-test.local/client-metadata.json",
        clientId: context.client_id,
        clientSecret,
        dpop: name.startsWith("auth/dpop"),
        authorize,
      });
  }
}

function scenarioOf(name: string): Scenario {
  const signedIn = () => ({ options: { auth: authOf(name) }, steps: listAndCall("test-tool") });
  const found = scenarios[name] ?? (name.startsWith("auth/") ? signedIn() : undefined);
  if (!found) throw new Error(`the driver has no steps for "${name}"`);
  return found;
}

async function main(): Promise<void> {
  const { options, steps } = scenarioOf(name);
  const client = await connect(url, {
    clientInfo: { name: "mcp-rivulet-conformance", version: "1.0.0" },
    timeout: 10_000,
    ...options,
  });
  try {
    await steps(client);
  } finally {
    await client.close();
  }
}

try {
  await main();
  console.log("driver: done");
} catch (error) {
  console.error(error);
  if (!isMcpError(error)) throw error;
  console.log(`driver: refused ${error.code}`);
  process.exitCode = 1;
}
