import type { AbortSignalLike } from "../core/ports.ts";
import type { ContentBlock, JsonObject } from "../core/types.ts";

/** What a handler is given besides the request of the server. */
export interface AskContext {
  /** Aborted when nobody needs the answer any more: close the dialog. */
  readonly signal: AbortSignalLike;
}

/** The server asks the person at the client for something. */
export interface ElicitRequest {
  /** A form, when absent. `"url"` came with 2025-11-25. */
  readonly mode?: "form" | "url";
  /** What to tell the person, and why. */
  readonly message: string;
  /** What the answer's `content` must look like: a flat JSON Schema object (form). */
  readonly requestedSchema?: JsonObject;
  /** Where to send the person, after they agreed (url). */
  readonly url?: string;
  /** Names the exchange that goes on at the URL (url, 2025-11-25). */
  readonly elicitationId?: string;
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/** What the person did. */
export interface ElicitResult {
  /** `"decline"` is a no; `"cancel"` is no answer. */
  readonly action: "accept" | "decline" | "cancel";
  /** With `accept`: the values. What is left out is filled from the schema's defaults. */
  readonly content?: JsonObject | undefined;
}

/** The server asks for a completion of the client's language model. */
export interface SampleRequest {
  /** The conversation so far. */
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: unknown }[];
  /** Most tokens the model may answer with. */
  readonly maxTokens: number;
  /** What the server would like the model to be told. The client may change it. */
  readonly systemPrompt?: string;
  /** How much chance there is, as the model has it. */
  readonly temperature?: number;
  /** Texts that end the answer. */
  readonly stopSequences?: readonly string[];
  /** Hints about which model to take, never more than hints. */
  readonly modelPreferences?: JsonObject;
  /** Context of which servers the client may add. Default `"none"`. */
  readonly includeContext?: "none" | "thisServer" | "allServers";
  /** Tools the model may use (since 2025-11-25). */
  readonly tools?: readonly JsonObject[];
  /** How the model should use them (since 2025-11-25). */
  readonly toolChoice?: JsonObject;
  /** For the provider of the model. */
  readonly metadata?: JsonObject;
  /** What the server adds for programs. */
  readonly _meta?: JsonObject;
}

/** What the model answered. */
export interface SampleResult {
  /** Whose words they are: the model's are `"assistant"`. */
  readonly role: "assistant" | "user";
  /** A block of content, or several where the revision allows that. */
  readonly content: ContentBlock | readonly (ContentBlock | JsonObject)[] | JsonObject;
  /** The name of the model that answered. */
  readonly model: string;
  /** Why it stopped, such as `"endTurn"`, `"stopSequence"` or `"maxTokens"`. */
  readonly stopReason?: string | undefined;
}

/** A place the server may work in. */
export interface Root {
  /** A `file://` URI. */
  readonly uri: string;
  /** For people. */
  readonly name?: string | undefined;
}
