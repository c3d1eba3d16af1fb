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

function plain(name: string, value: unknown, item: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`${name}: a ${typeof value} cannot be sent`);
  if (typeof value === "bigint") return raw === undefined ? Number(value) : raw(String(value));
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${name}: ${value} cannot be sent`);
  if (isObject(value) && typeof value["then"] === "function") {
    throw new TypeError(`${name} is a promise; await it first`);
  }
  const isStrange = value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);
  if (isStrange || value instanceof ArrayBuffer || value instanceof Blob || value instanceof ReadableStream) {
    throw new TypeError(`${name}: ${Object.prototype.toString.call(value)} cannot stand in JSON`);
  }
  return item;
}
