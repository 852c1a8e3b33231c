import { McpError, quote } from "../core/errors.ts";
import type { AbortSignalLike } from "../core/ports.ts";
import type { ClientCapabilities, JsonObject } from "../core/types.ts";
import { isObject, RPC } from "../core/wire/jsonrpc.ts";
import type { ClientOptions, ElicitRequest, SampleRequest } from "./options.ts";

/** The capabilities that the given handlers amount to. */
export function capabilitiesOf({ onElicit, onSample, onRoots }: ClientOptions): ClientCapabilities {
  return {
    ...(onElicit && { elicitation: { form: {}, url: {} } }),
    ...(onSample && { sampling: {} }),
    ...(onRoots && { roots: {} }),
  };
}

/** A refusal that has a code in the protocol. */
export class Refusal extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Answers a request of the server with the application's handler.
 *
 * @throws {@link Refusal} when there is no handler, or the handler threw.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
 */
export async function answer(
  options: ClientOptions,
  method: string,
  params: JsonObject,
  signal: AbortSignalLike,
): Promise<JsonObject> {
  const { onElicit, onSample, onRoots } = options;
  try {
    if (method === "ping") return {};
    if (method === "elicitation/create" && onElicit) {
      const request = params as unknown as ElicitRequest;
      const result = await onElicit(request, { signal });
      return result.action === "accept" && request.mode !== "url"
        ? { ...result, content: withDefaults(request.requestedSchema, result.content) }
        : { action: result.action };
    }
    if (method === "sampling/createMessage" && onSample) {
      return { ...(await onSample(params as unknown as SampleRequest, { signal })) };
    }
    if (method === "roots/list" && onRoots) return { roots: await onRoots({ signal }) };
  } catch (error) {
    throw new Refusal(
      RPC.internalError,
      `The handler of ${method} failed: ${quote((error as Error)?.message ?? error)}`,
    );
  }
  throw new Refusal(RPC.methodNotFound, `This client does not handle ${quote(method)}.`);
}

/** "Clients that support defaults SHOULD pre-populate form fields with these values." */
function withDefaults(schema: JsonObject | undefined, content: JsonObject = {}): JsonObject {
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const defaults = Object.entries(properties).flatMap(([name, property]) =>
    isObject(property) && "default" in property && !Object.hasOwn(content, name)
      ? [[name, property.default]]
      : [],
  );
  return { ...content, ...Object.fromEntries(defaults) };
}

/** Most rounds of input one request may take. */
const MAX_ROUNDS = 10;

/**
 * The parameters of the next round of a request that wants input first.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr#client-requirements-basic-workflow
 */
export async function nextRound(
  options: ClientOptions,
  params: JsonObject | undefined,
  result: JsonObject,
  round: number,
  signal: AbortSignalLike,
): Promise<JsonObject> {
  if (round > MAX_ROUNDS) {
    throw new McpError(
      "limit_exceeded",
      `The server asked for input more than ${MAX_ROUNDS} times in one request.`,
    );
  }
  const { inputRequests, requestState } = result;
  const { requestState: _, inputResponses: __, ...next } = params ?? {};
  if (isObject(inputRequests)) {
    // Keys are the server's words: entries of a list cannot reach a prototype.
    const responses: [string, JsonObject][] = [];
    for (const [key, asked] of Object.entries(inputRequests)) {
      if (!isObject(asked) || typeof asked.method !== "string") {
        throw new McpError(
          "invalid_message",
          `The server asked for input with something that is not a request.`,
        );
      }
      try {
        const asking = isObject(asked.params) ? asked.params : {};
        responses.push([key, await answer(options, asked.method, asking, signal)]);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        throw new McpError("capability_missing", error.message, { cause: error, rpcCode: error.rpcCode });
      }
    }
    next.inputResponses = Object.fromEntries(responses);
  }
  // "If the InputRequiredResult does not contain a requestState field, the client MUST NOT include one".
  if (typeof requestState === "string") next.requestState = requestState;
  return next;
}
