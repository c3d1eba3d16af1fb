/** Values as texts: what callers give, on its way into forms, queries and headers. */

/** Whether a value is left out: absent, or null. */
export function isLeftOut(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Whether a value holds others by their names. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Blob);
}

/** Write a value as text: a text as it is, anything else as JSON. */
export function written(name: string, value: unknown): string {
  return wellFormed(name, typeof value === "string" ? value : json(name, value));
}

/** Write a value as JSON; what JSON cannot hold is an error, and never `{}`, `null` or `[object Object]`. */
export function json(name: string, value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key: string, item: unknown) {
    return plain(name, this[key], item);
  });
  if (text === undefined) throw new TypeError(`${name}: ${typeof value} cannot be sent`);
  return wellFormed(name, text);
}

/** Percent-encode everything but letters, digits and `-._~`. */
export function quoted(name: string, value: unknown): string {
  const escape = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(written(name, value)).replace(/[!'()*]/g, escape);
}

/** Refuse half a character (a lone surrogate), which UTF-8 would silently replace. */
export function wellFormed(name: string, text: string): string {
  if (!text.isWellFormed()) throw new TypeError(`${name} holds half a character (a lone surrogate)`);
  return text;
}

// Exact where the runtime can write a number as it stands.
const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;

/** What to do with bytes that are not there yet. */
export const FROM_STREAM = "make a Blob of it first, as `await new Response(stream).blob()` does";

/** Whether a value gives bytes bit by bit, which no retry could send again. */
export function isStream(value: unknown): boolean {
  return value instanceof ReadableStream || (isObject(value) && typeof value["pipe"] === "function");
}

/** What a value is, in words. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return typeof value;
  return (value.constructor as { readonly name?: string } | undefined)?.name ?? "Object";
}

/** Whether an object keeps to itself what it holds, as a `Map` and a `Response` do: nothing of it would be sent. */
function isShut(value: unknown, item: unknown): boolean {
  if (!isObject(value) || item !== value) return false;
  const kind: unknown = Object.getPrototypeOf(value);
  const isPlain = kind === null || Object.getPrototypeOf(kind) === null;
  return isStream(value) || (!isPlain && Object.keys(value).length === 0);
}

function plain(name: string, value: unknown, item: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`${name}: a ${typeof value} cannot be sent`);
  if (typeof value === "bigint") return raw === undefined ? Number(value) : raw(String(value));
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${name}: ${value} cannot be sent`);
  if (isObject(value) && typeof value["then"] === "function") {
    throw new TypeError(`${name} is a promise; await it first`);
  }
  if (ArrayBuffer.isView(value) || value instanceof Blob || isShut(value, item)) {
    throw new TypeError(`${name}: ${kindOf(value)} cannot be sent as JSON${isStream(value) ? `; ${FROM_STREAM}` : ""}`);
  }
  return item;
}
