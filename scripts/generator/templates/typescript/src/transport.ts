/** Sends calls, and decides which of them may be tried again. */

import { errorOf, isRepeatable, requestId, valueOf } from "./answers.js";
import type { Received } from "./answers.js";
import { AGENT, SHARED_PATH } from "./contract.js";
import type { Credentials, Signable } from "./credentials.js";
import { examined, fetched, mistaken } from "./downloads.js";
import { CancelledError, ConfigurationError, TimedOutError, TransportError } from "./errors.js";
import type { AnswerError, SentRequest } from "./errors.js";
import { multipart } from "./form.js";
import { checkedHeaders, merged } from "./headers.js";
import type { GivenHeaders } from "./headers.js";
import { Limit, pause } from "./limits.js";
import type { Operation } from "./operation.js";
import { address, headers, urlencoded } from "./parameters.js";
import type { Given } from "./parameters.js";
import { IS_SERVER } from "./runtime.js";
import { isObject, json } from "./values.js";

/** What can be said of a single call. */
export interface CallOptions {
  /** Milliseconds that an answer may take; for a download, that nothing may come. */
  readonly timeoutMs?: number | undefined;
  /** How often to try again. */
  readonly maxRetries?: number | undefined;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Headers that the contract does not name. */
  readonly headers?: GivenHeaders | undefined;
  /** Fields of a form or of an object that the contract does not name. */
  readonly extraFields?: Readonly<Record<string, unknown>> | undefined;
  /** Told of the answer that a successful call ended with. */
  readonly onAnswer?: ((answer: AnswerInfo) => void) | undefined;
}

/** What an answer says beside its body. */
export interface AnswerInfo {
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string | null;
  /** How often the call was tried again. */
  readonly repeats: number;
}

/** How calls are sent. */
export interface TransportSettings {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly headers: GivenHeaders;
  readonly fetch: typeof fetch;
}

interface Outgoing {
  readonly sent: SentRequest;
  readonly url: string;
  readonly init: RequestInit;
}

/** Seconds that a server may ask us to wait before a retry; if it asks for more, there is none. */
const LONGEST_RETRY_AFTER = 60;

// What passes by itself, so that whoever only reads may ask again.
const PASSING = [429, 500, 502, 503, 504];

// What Node says where no connection was made. Browsers say nothing, so that there a create is never repeated.
const UNSENT = ["EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"];

/** Bytes from which on a body is not kept for a second time: Node keeps all of it in memory, lest a redirection ask for it. */
const LARGE = 2 ** 20;
const ONCE = { redirect: "error", window: null } as const;

/** Sends what an operation asks for. */
export class Transport {
  readonly #settings: TransportSettings;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(settings: TransportSettings) {
    this.#settings = { ...settings, baseUrl: checkedUrl(settings.baseUrl) };
    this.#headers = checkedHeaders(settings.headers, settings.credentials.headers);
  }

  /** Call an operation; return what it answers. */
  async call<T>(operation: Operation, given: Given & { readonly body?: unknown }, options: CallOptions): Promise<T> {
    const outgoing = this.#outgoing(operation, given, options);
    const retries = options.maxRetries ?? this.#settings.maxRetries;
    for (let repeats = 0; ; repeats += 1) {
      const outcome = await this.#attempt(operation, outgoing, options, repeats);
      if ("value" in outcome) {
        options.onAnswer?.({ ...outcome.info, repeats });
        return outcome.value as T;
      }
      const delay = repeats < retries ? waitBefore(operation, outcome.error, repeats) : null;
      if (delay === null) throw outcome.error;
      await pause(delay * 1000, options.signal);
    }
  }

  #outgoing(operation: Operation, given: Given & { readonly body?: unknown }, options: CallOptions): Outgoing {
    const { baseUrl, credentials } = this.#settings;
    const url = baseUrl + address(operation, given);
    const { body, contentType } = bodyOf(operation, given.body, options.extraFields);
    const request: Signable = {
      url,
      headers: merged(
        accepted(operation),
        contentType === undefined ? {} : { "Content-Type": contentType },
        headers(operation, given),
        this.#headers,
        checkedHeaders(options.headers, credentials.headers),
      ),
    };
    credentials.sign(operation.security, request);
    const { method } = operation;
    // Out of a browser's cache a job would never end.
    const init: RequestInit = { method, headers: request.headers, redirect: "manual", credentials: "omit", cache: "no-store" };
    return {
      sent: { method, url },
      url: request.url,
      init: body === undefined ? init : { ...init, body, ...(isLarge(body) ? ONCE : {}) },
    };
  }

  async #attempt(
    operation: Operation,
    { sent, url, init }: Outgoing,
    options: CallOptions,
    repeats: number,
  ): Promise<{ value: unknown; info: Omit<AnswerInfo, "repeats"> } | { error: AnswerError | TransportError }> {
    const { credentials, fetch, timeoutMs } = this.#settings;
    const limit = new Limit(options.timeoutMs ?? timeoutMs, options.signal);
    const { answer } = operation;
    let isBegun = false;
    let isHandedOn = false;
    const failed = (error: unknown): TransportError => transportError(operation, { sent, repeats, limit, isBegun }, error);
    try {
      limit.signal.throwIfAborted();
      isBegun = true;
      const limited = { ...init, signal: limit.signal };
      const isDownload = answer.kind === "bytes";
      const response = isDownload ? await fetched(url, limited, fetch, credentials.areStripped) : await fetch(url, limited);
      const { status, headers } = response;
      const found = isDownload
        ? await examined(answer, response, limit, failed)
        : new TextDecoder().decode(await response.arrayBuffer());
      const received: Received | null = typeof found === "string" ? { status, headers, text: credentials.hide(found) } : null;
      isHandedOn = received === null;
      const read = received === null ? { value: found } : isDownload ? null : valueOf(operation, { status, headers, text: found as string });
      if (received === null || read !== null) return { value: read?.value, info: { status, headers, requestId: requestId(headers) } };
      const otherwise = isDownload ? mistaken(answer, response, received.text) : "the body is not what the contract promises";
      return { error: errorOf(operation, received, { request: sent, repeats }, otherwise) };
    } catch (error) {
      if (!isUnfollowed(error)) return { error: failed(error) };
      const redirection = { status: 0, headers: new Headers(), text: "" };
      return { error: errorOf(operation, redirection, { request: sent, repeats }, "") };
    } finally {
      if (!isHandedOn) limit.end();
    }
  }
}

function accepted({ answer }: Operation): Record<string, string> {
  const types = answer.kind === "bytes" ? answer.mediaTypes : ["application/json"];
  const accept = { Accept: [...types, "*/*;q=0.1"].join(", ") };
  // A medium gains nothing from compression, and its size is what tells whether it came whole.
  const coding = answer.kind === "bytes" ? { "Accept-Encoding": "identity" } : {};
  return IS_SERVER ? { ...accept, ...coding, "User-Agent": AGENT } : accept;
}

function bodyOf(
  { body: known }: Operation,
  given: unknown,
  extra: Readonly<Record<string, unknown>> = {},
): { readonly body?: BodyInit; readonly contentType?: string } {
  if (known === undefined || (given === undefined && Object.keys(extra).length === 0)) return {};
  const value = isObject(given) || given === undefined ? { ...given, ...extra } : given;
  if (known.kind === "json") return { body: json("the body", value), contentType: known.mediaType };
  if (known.kind === "octets") return { body: given as BodyInit, contentType: known.mediaType };
  if (!isObject(value)) throw new TypeError("the body is an object with a member for each field");
  if (known.kind === "urlencoded") return { body: urlencoded(known.fields, value), contentType: known.mediaType };
  return multipart(known.fields, value);
}

/** Return the seconds to wait before the next attempt, null where there must be none. */
function waitBefore(operation: Operation, error: AnswerError | TransportError, repeats: number): number | null {
  const backoff = Math.min(8, 0.5 * 2 ** repeats) * (0.5 + Math.random() / 2);
  if (error instanceof CancelledError) return null;
  if (error instanceof TransportError) return isRepeatable(operation) || !error.ambiguous ? backoff : null;
  // Only a refusal by its status proves that nothing was made.
  const isAsked = error.status === 429 || (error.status === 503 && isRepeatable(operation));
  if (isAsked && error.retryAfter !== null) {
    // Never earlier than asked, and not in step with everybody else.
    const most = 0.25 + error.retryAfter / 10;
    return error.retryAfter <= LONGEST_RETRY_AFTER ? error.retryAfter + Math.random() * most : null;
  }
  return ["GET", "HEAD"].includes(operation.method) && PASSING.includes(error.status) ? backoff : null;
}

interface Attempt {
  readonly sent: SentRequest;
  readonly repeats: number;
  readonly limit: Limit;
  readonly isBegun: boolean;
}

function transportError(operation: Operation, { sent, repeats, limit, isBegun }: Attempt, error: unknown): TransportError {
  const isCancelled = limit.signal.aborted && !limit.isOver;
  const isUnsent = !isBegun || UNSENT.includes(codeOf(error));
  const cause = isCancelled ? limit.signal.reason : error;
  const facts = { request: sent, repeats, cause, ambiguous: !isUnsent && !isRepeatable(operation) };
  if (limit.isOver) return new TimedOutError("no answer came in time", facts);
  return isCancelled ? new CancelledError("the call was cancelled", facts) : new TransportError(described(error), facts);
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | null | undefined) : undefined;
  return typeof cause?.code === "string" ? cause.code : "";
}

function described(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message || codeOf(error)}` : "";
  return error instanceof Error ? `${error.message}${inner}` : "no answer came";
}

function isLarge(body: BodyInit): boolean {
  return IS_SERVER && body instanceof Blob && body.size > LARGE;
}

/** Whether a redirection was refused by `fetch` itself. */
function isUnfollowed(error: unknown): boolean {
  return IS_SERVER && error instanceof Error && error.cause instanceof Error && error.cause.message === "unexpected redirect";
}

function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    throw new ConfigurationError("the base URL must be an absolute http or https URL");
  }
  if (parsed.username !== "" || parsed.password !== "" || /[?#]/.test(url)) {
    throw new ConfigurationError("the base URL must not hold credentials, a query or a fragment");
  }
  const isShared = SHARED_PATH !== "" && parsed.pathname.replace(/\/+$/, "").endsWith(SHARED_PATH);
  return url.replace(/\/+$/, "").slice(0, isShared ? -SHARED_PATH.length : undefined).replace(/\/+$/, "");
}
