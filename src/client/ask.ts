import { McpError, quote } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/ports.ts";
import type { JsonObject, Message, RpcRequest } from "../core/types.ts";
import { Codec, type Identity, RELATED_TASK } from "../core/wire/eras.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, members } from "../core/wire/jsonrpc.ts";
import type { Extensible } from "./host.ts";
import type { ClientOptions, Handlers } from "./options.ts";
import type { ElicitRequest, SampleRequest } from "./server-requests.ts";

/** How a client introduces itself, with the capabilities that its handlers and extensions amount to. */
export function identityOf(options: ClientOptions): Identity {
  const { clientInfo, onElicit, onSample, onRoots, sampleTools, extensions } = options;
  return {
    clientInfo: clientInfo ?? { name: "mcp-rivulet", version: "0.1.0" },
    capabilities: {
      elicitation: onElicit && { form: {}, url: {} },
      sampling: onSample && (sampleTools ? { tools: {} } : {}),
      roots: onRoots && {},
      extensions: extensions && Object.assign({}, ...extensions.map(({ declares }) => declares)),
    },
  };
}

/** The options of a client, with those that one of its requests was given before its own. */
export function withHandlers<T extends ClientOptions>(client: T, own: Handlers): T {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...client, ...Object.fromEntries(given) };
}

/** Whether the server may ask something. */
export function answersAny({ onElicit, onSample, onRoots }: Handlers): unknown {
  return onElicit || onSample || onRoots;
}

/** The codec for a request, which on 2026-07-28 declares what its own handlers can do. */
export function codecWith(codec: Codec, client: ClientOptions, own: Handlers): Codec {
  return answersAny(own) ? new Codec(codec.version, identityOf(withHandlers(client, own))) : codec;
}

/**
 * Answers a request of the server with the application's handler.
 *
 * @throws McpError with the `rpcCode` to refuse with, when there is no handler or the handler threw: the one of
 * what it threw, if that has one.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
 */
export async function answer(
  { onElicit, onSample, onRoots, sampleTools }: ClientOptions,
  method: unknown,
  params: JsonObject,
  signal: AbortSignalLike,
): Promise<JsonObject> {
  const context = { signal };
  const { mode = "form", tools } = params;
  const form = mode === "form";
  try {
    if (method === "ping") return {};
    if (method === "roots/list" && onRoots) return sendable({ roots: await onRoots(context) });
    if (method === "sampling/createMessage" && onSample && (sampleTools || !tools)) {
      return sendable(await onSample(params as unknown as SampleRequest, context));
    }
    if (method === "elicitation/create" && onElicit && (form || mode === "url")) {
      const { action, content } = await onElicit(params as unknown as ElicitRequest, context);
      if (!/^(accept|decline|cancel)$/.test(action)) throw new TypeError(`No such action: ${action}`);
      if (action !== "accept" || !form) return { action };
      return sendable({ action, content: { ...defaultsOf(params.requestedSchema), ...content } });
    }
  } catch (cause) {
    throw new McpError("rpc_error", `The handler of ${method} failed.`, {
      cause,
      rpcCode: (cause as McpError | undefined)?.rpcCode ?? INTERNAL_ERROR,
    });
  }
  // "a mode not declared in client capabilities: `-32602` (Invalid params)", and likewise tools that were not.
  throw new McpError("capability_missing", `The server asked for ${quote(method)} without a handler.`, {
    rpcCode: form && !tools ? METHOD_NOT_FOUND : INVALID_PARAMS,
  });
}

/** What has no JSON form throws here, where the server can still be told. */
function sendable(result: object): JsonObject {
  JSON.stringify(result);
  return result as JsonObject;
}

/** The same, as the message that tells the server. What failed in a handler is reported. */
export function reply(
  options: ClientOptions,
  { id, method, params = {} }: RpcRequest,
  signal: AbortSignalLike,
  report: (error: unknown) => void,
): Promise<Message> {
  const related = members(params._meta)[RELATED_TASK];
  // "All requests, notifications, and responses related to a task MUST include" what this one has.
  const more = related && { _meta: { [RELATED_TASK]: related } };
  return answer(options, method, params, signal).then(
    (result): Message => ({ jsonrpc: "2.0", id, result: { ...result, ...(more as object) } }),
    ({ rpcCode, message, cause }): Message => {
      if (cause) report(cause);
      return { jsonrpc: "2.0", id, error: { code: rpcCode, message } };
    },
  );
}

/** "Clients that support defaults SHOULD pre-populate form fields with these values." */
function defaultsOf(schema: unknown): JsonObject {
  const properties = Object.entries(members(members(schema).properties));
  // What has none is undefined, and so not sent.
  return Object.fromEntries(properties.map(([name, property]) => [name, members(property).default]));
}

/** Most requests of the server that are answered at once. An honest one has a few. */
export const MAX_SERVED = 100;

/** Most rounds of input one request may take. */
const MAX_ROUNDS = 10;

/**
 * The parameters of the next round of a request that wants input first.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr#client-requirements-basic-workflow
 */
export async function nextRound(
  client: ClientOptions,
  { options, params, rounds }: Pick<Extensible, "options" | "params" | "rounds">,
  { inputRequests, requestState }: JsonObject,
  signal: AbortSignalLike,
): Promise<JsonObject> {
  const asked = Object.entries(members(inputRequests));
  if (rounds > MAX_ROUNDS || asked.length > MAX_SERVED) {
    throw new McpError("limit_exceeded", "The server asked for too much input.");
  }
  // "If the InputRequiredResult does not contain a requestState field, the client MUST NOT include one".
  // Nor is one that is no string, whose depth might be more than can be written.
  const state = typeof requestState === "string" ? requestState : undefined;
  // "Servers MUST include at least one of `inputRequests` or `requestState`": nothing would change by asking again.
  if (!asked[0] && state === undefined)
    throw new McpError("invalid_message", "The server asked for no input.");
  // Keys are the server's words: entries of a list cannot reach a prototype.
  const responses: [string, JsonObject][] = [];
  const handlers = withHandlers(client, options);
  for (const [key, each] of asked) {
    const { method, params } = members(each);
    responses.push([key, await answer(handlers, method, members(params), signal)]);
  }
  const inputResponses = asked[0] && Object.fromEntries(responses);
  return { ...params, requestState: state, inputResponses };
}
