/**
 * Writes multipart forms.
 *
 * Not by `FormData`: it changes line ends in texts, gives every typed part the filename `blob`, and takes no
 * media type for a text. The parts become one `Blob` instead, so that files are read only while they are sent.
 */

import type { Field } from "./operation.js";
import { FROM_STREAM, isLeftOut, isObject, isStream, json, kindOf, wellFormed, written } from "./values.js";

/** A form as it is sent. */
export interface Form {
  readonly body: Blob;
  readonly contentType: string;
}

interface Part {
  readonly name: string;
  readonly content: string | Blob;
  readonly filename?: string;
  readonly type?: string | undefined;
}

const UNKNOWN: Field = { kind: "any", types: [] };
const BYTES = "application/octet-stream";
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\x20-\x7e]*)?$/;

// What browsers tell of files by their names, for files that tell nothing of themselves.
const BY_SUFFIX: Readonly<Record<string, string>> = {
  avif: "image/avif", bmp: "image/bmp", gif: "image/gif", heic: "image/heic", jpeg: "image/jpeg", jpg: "image/jpeg",
  mov: "video/quicktime", mp3: "audio/mpeg", mp4: "video/mp4", png: "image/png", svg: "image/svg+xml",
  tif: "image/tiff", tiff: "image/tiff", wav: "audio/x-wav", webm: "video/webm", webp: "image/webp",
};

/** Write a form: each value in the parts that the contract gives it, and those that it does not name by their kind. */
export function multipart(fields: Readonly<Record<string, Field>>, values: Readonly<Record<string, unknown>>): Form {
  const parts = Object.entries(values).flatMap(([name, value]) => partsOf(name, value, fields[name] ?? UNKNOWN));
  const boundary = `form-${Array.from(crypto.getRandomValues(new Uint8Array(24)), hex).join("")}`;
  const pieces: BlobPart[] = parts.flatMap((part) => [`--${boundary}\r\n${head(part)}\r\n`, part.content, "\r\n"]);
  return { body: new Blob([...pieces, `--${boundary}--\r\n`]), contentType: `multipart/form-data; boundary=${boundary}` };
}

function partsOf(name: string, value: unknown, field: Field): Part[] {
  if (isLeftOut(value)) return [];
  if (field.isList !== true) return [partOf(name, value, field)];
  if (!Array.isArray(value)) throw new TypeError(`${name} takes a list, not ${kindOf(value)}`);
  return value.filter((item) => !isLeftOut(item)).map((item) => partOf(name, item, field));
}

function partOf(name: string, value: unknown, { kind, types }: Field): Part {
  const file = bytesOf(value);
  if (file !== null && (kind === "file" || kind === "any")) return filePart(name, file, types);
  if (kind === "file") throw new TypeError(`${name} takes a Blob or a File, not ${kindOf(value)}${hint(value)}`);
  if (kind === "json" || (kind === "any" && (isObject(value) || Array.isArray(value)))) {
    return { name, content: json(name, value), type: chosen("application/json", types) };
  }
  if (isObject(value) || Array.isArray(value) || file !== null) {
    throw new TypeError(`${name} takes a text or a number, not ${kindOf(value)}`);
  }
  const text = typeof value === "bigint" ? String(value) : written(name, value);
  return { name, content: wellFormed(name, text), type: types.length > 0 ? chosen("text/plain", types) : undefined };
}

function filePart(name: string, content: Blob, types: readonly string[]): Part {
  // The name only: paths tell too much, and parsers disagree about backslashes.
  const own = content instanceof File ? content.name.split(/[/\\]/).at(-1)?.toWellFormed() : "";
  const filename = own || name;
  const type = content.type || chosen(BY_SUFFIX[filename.split(".").at(-1)?.toLowerCase() ?? ""] ?? BYTES, types);
  if (!MEDIA_TYPE.test(type)) throw new TypeError(`${name}: ${JSON.stringify(type)} is not a media type`);
  return { name, content, filename, type };
}

function bytesOf(value: unknown): Blob | null {
  if (value instanceof Blob) return value;
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? new Blob([value as BlobPart]) : null;
}

function head({ name, filename, type }: Part): string {
  const file = filename === undefined ? "" : `; filename="${escaped(filename)}"`;
  const kind = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  return `Content-Disposition: form-data; name="${escaped(wellFormed(name, name))}"${file}\r\n${kind}`;
}

// As browsers write them.
function escaped(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function chosen(wanted: string, accepted: readonly string[]): string {
  const exact = accepted.filter((type) => !type.includes("*"));
  const fits = accepted.some((type) => type === wanted || (type.endsWith("/*") && wanted.startsWith(type.slice(0, -1))));
  if (fits || accepted.includes("*/*")) return wanted;
  return exact.includes(BYTES) ? BYTES : (exact[0] ?? wanted);
}

/** What to do instead, for those who have a file in another form. */
function hint(value: unknown): string {
  if (typeof value === "string" || value instanceof URL) return "; in Node, `await openAsBlob(path)` of node:fs makes one of a path";
  if (isStream(value)) return `; ${FROM_STREAM}`;
  return isObject(value) && typeof value["then"] === "function" ? "; await it first" : "";
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
