/** Turns answers into values, and those that are not what was asked for into errors. */

import { CODES, MESSAGES, MODELS, NOTHING_MADE, REQUEST_ID, STAGES, TEXTS } from "./contract.js";
import type { Circumstances } from "./errors.js";
import { AnswerError, BY_STATUS, ClientError, RefusedError, ServerError, StatusError, UndecodableAnswerError } from "./errors.js";
import type { Operation, Shape } from "./operation.js";
import { isObject } from "./values.js";

/** An answer, read to its end. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Read a successful answer; null where it is not what the contract promises. */
export function valueOf(operation: Operation, { status, text }: Received): { readonly value: unknown } | null {
  if (status < 200 || status > 299) return null;
  const { kind, shape, identity } = operation.answer;
  if (kind === "none") return { value: undefined };
  if (kind === "text") return { value: text };
  const answer = decoded(text);
  if (answer === undefined || answer === null) return null;
  if (typeof shape === "object" && "object" in shape) {
    if (!isObject(answer)) return null;
    const isIt = identity.length === 0 || identity.some((name) => tells(MODELS[shape.object]?.[name]?.shape, answer[name]));
    const stands = operation.stands !== undefined && String(answer[operation.stands]) in STAGES;
    if (!isIt && !stands) return null;
  } else if (!isOfShape(shape, answer)) return null;
  return { value: read(shape, answer) };
}

/** Whether a value that is no object is what it should be, as far as its type goes. */
function isOfShape(shape: Shape, value: unknown): boolean {
  if (typeof shape === "object") return Array.isArray(value);
  const kinds = { text: "string", boolean: "boolean", integer: "number", number: "number" };
  return shape === "any" || typeof read(shape, value) === kinds[shape];
}

/** Whether a value tells which object it is in; a name must be a text or a number, as nobody could ask for it otherwise. */
function tells(shape: Shape | undefined, value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  const isName = shape === "text" || shape === "integer" || shape === "number";
  return !isName || typeof value === "string" || typeof value === "number";
}

/** Return the error that an answer is; `otherwise` is the reason where it seems to be a success. */
export function errorOf(
  operation: Operation,
  received: Received,
  circumstances: Omit<Circumstances, "ambiguous">,
  otherwise: string,
): AnswerError {
  const { status, headers, text } = received;
  const answer = decoded(text);
  const found = reason(answer);
  const code = codeOf(answer);
  const isSuccess = status >= 200 && status < 300;
  const group = status >= 500 ? ServerError : status >= 400 ? ClientError : StatusError;
  const Kind = !isSuccess ? (BY_STATUS[status] ?? group) : found === "" ? UndecodableAnswerError : RefusedError;
  return new Kind(found || (isSuccess ? otherwise : "") || summary(text) || elsewhere(received) || "no reason given", {
    ...circumstances,
    status,
    code,
    requestId: requestId(headers),
    retryAfter: retryAfter(headers),
    text,
    answer: answer ?? null,
    ambiguous: !isRepeatable(operation) && (Kind === UndecodableAnswerError || (status >= 500 && !isProof(status, code))),
    mayLackOperation: operation.isOptional === true && [404, 405, 501].includes(status),
  });
}

/** Whether a failure of the server proves that nothing was made. */
function isProof(status: number, code: string | number | null): boolean {
  return status === 501 || NOTHING_MADE.includes(String(code));
}

/** Whether carrying an operation out twice is as good as once. */
export function isRepeatable({ method }: Operation): boolean {
  return ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].includes(method);
}

/** What the server calls an exchange, if it says so. */
export function requestId(headers: Headers): string | null {
  return REQUEST_ID === null ? null : headers.get(REQUEST_ID);
}

/** The seconds that `Retry-After` asks to wait, null where it asks nothing. */
export function retryAfter(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const moment = /^[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(moment) ? null : Math.max(0, (moment - Date.now()) / 1000);
}

/** The machine-readable reason that an answer, or an object in it, gives. */
export function codeOf(answer: unknown): string | number | null {
  return find(answer, CODES, (value) => typeof value === "string" || typeof value === "number") as string | null;
}

/** The reason that an answer, or an object in it, gives; empty where it gives none. */
export function reason(answer: unknown): string {
  const isText = (value: unknown): boolean => typeof value === "string";
  const top = isObject(answer) ? TEXTS.map((name) => answer[name]).find((value) => isText(value) && value !== "") : "";
  return (find(answer, MESSAGES, isText) ?? top ?? "") as string;
}

/** The first of some names that has a value, outer objects before inner ones. */
function find(answer: unknown, names: readonly string[], fits: (value: unknown) => boolean): unknown {
  for (let level = [answer].filter(isObject); level.length > 0; level = level.flatMap(Object.values).filter(isObject)) {
    for (const fields of level) {
      const name = names.find((each) => fits(fields[each]) && fields[each] !== "");
      if (name !== undefined) return fields[name];
    }
  }
  return null;
}

/** Read a value leniently: what the contract does not foresee stays as it was sent. */
function read(shape: Shape, value: unknown): unknown {
  if (shape === "text") return typeof value === "number" ? String(value) : value;
  if (shape === "integer") return typeof value === "string" && /^-?\d{1,15}(\.0*)?$/.test(value) ? Number(value) : value;
  if (shape === "number") return typeof value === "string" && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
  if (shape === "boolean") return value === "true" || (value === "false" ? false : value);
  if (shape === "any") return value;
  if ("list" in shape) return Array.isArray(value) ? value.map((item) => read(shape.list, item)) : value;
  if (!isObject(value)) return value;
  const found = { ...value };
  for (const [name, member] of Object.entries(MODELS[shape.object] ?? {})) {
    if (found[name] === null && member.isNullable !== true) delete found[name];
    else if (name in found) found[name] = read(member.shape, found[name]);
  }
  return found;
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The title of a page, or the beginning of a text. */
function summary(text: string): string {
  const head = text.slice(0, 20_000);
  return (/<title[^>]*>([^]*?)<\/title/i.exec(head)?.[1] ?? head).replace(/\s+/g, " ").trim().slice(0, 200);
}

/** Where a redirection leads, but for the rest of the address, which can hold a secret. */
function elsewhere({ status, headers }: Received): string {
  if (status !== 0 && (status < 300 || status > 399)) return "";
  const place = /^https?:\/\/[^/?#@]+(?=[/?#]|$)/i.exec(headers.get("Location") ?? "")?.[0];
  return `a redirection to ${place ?? "another address"}, which is not followed`;
}
