import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";

/**
 * @typedef {{ baseUrl?: string, apiKey?: string, model?: string }} ChatOptions
 */

/**
 * Where `chat` gets its answers from, as the environment says.
 *
 * @returns {ChatOptions}
 */
export function chatOptionsFromEnv(env = process.env) {
  return { baseUrl: env.OPENAI_BASE_URL, apiKey: env.OPENAI_API_KEY, model: env.OPENAI_MODEL };
}

/**
 * The answer to a prompt, piece by piece: from an OpenAI-compatible endpoint when one is configured,
 * else from the built-in responder.
 *
 * @param {string} prompt
 * @param {AbortSignal} signal
 * @param {ChatOptions} options
 * @returns {AsyncGenerator<string>}
 */
export function answer(prompt, signal, options = {}) {
  return options.baseUrl ? openAi(prompt, signal, options) : builtIn(prompt, signal);
}

/**
 * @param {string} prompt
 * @param {AbortSignal} signal
 * @param {ChatOptions} options
 */
async function* openAi(prompt, signal, { baseUrl, apiKey, model = "gpt-4o-mini" }) {
  const response = await fetch(`${baseUrl?.replace(/\/+$/, "")}/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
    },
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: prompt }] }),
    signal,
  }).catch((error) => {
    if (signal.aborted) throw error;
    throw new Error(`The chat endpoint cannot be reached: ${error.cause?.message ?? error.message}`);
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`The chat endpoint answered ${response.status} ${response.statusText}`.trim());
  }
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const event of events) {
    if (event.data === "[DONE]") return;
    const chunk = JSON.parse(event.data);
    if (chunk.error) throw new Error(`The chat endpoint failed: ${chunk.error.message ?? "no reason given"}`);
    const token = chunk.choices?.[0]?.delta?.content;
    if (token) yield token;
  }
}

/**
 * No model: a few true sentences about the prompt, at the pace of one.
 *
 * @param {string} prompt
 * @param {AbortSignal} signal
 */
async function* builtIn(prompt, signal) {
  for (const token of builtInAnswer(prompt).match(/\s*\S+/g) ?? []) {
    await sleep(25, undefined, { signal });
    yield token;
  }
}

/** @param {string} prompt */
function builtInAnswer(prompt) {
  const words = prompt.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a), "");
  const kind = /\?\s*$/.test(prompt) ? "a question" : "a statement";
  return [
    "This is the built-in responder of the demo server, not a language model.",
    words.length === 0
      ? "Your prompt has no words in it."
      : `Your prompt is ${kind} of ${words.length} ${words.length === 1 ? "word" : "words"}; the longest is “${longest}”.`,
    prompt.trim() ? `It reads in full: “${prompt.trim()}”.` : "",
    "To talk to a model, start the server with OPENAI_BASE_URL (and OPENAI_API_KEY, OPENAI_MODEL) set.",
  ]
    .filter(Boolean)
    .join(" ");
}
