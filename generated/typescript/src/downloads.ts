/** Fetches bytes: follows redirections without credentials, and tells a page of an error from what was asked for. */

import type { TransportError } from "./errors.js";
import type { Limit } from "./limits.js";
import type { Answer } from "./operation.js";
import { IS_SERVER } from "./runtime.js";

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * A successful answer of bytes, which is read once: as it comes, or whole.
 *
 * Reading fails with a `TransportError` where the transfer breaks off.
 */
export class Download {
  readonly status: number;
  readonly headers: Headers;
  /** The bytes as they come. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;

  constructor({ status, headers }: Response, body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** The media type that the server gives it, null where it gives none. */
  get contentType(): string | null {
    return this.headers.get("Content-Type");
  }

  /** All of it. By hand, as a browser's own `Response` forgets why it broke off. */
  async blob(): Promise<Blob> {
    const chunks: Chunk[] = [];
    const reader = this.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
    return new Blob(chunks, { type: this.contentType ?? "" });
  }

  /** All of it, in memory. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return await (await this.blob()).arrayBuffer();
  }
}

const MOST_REDIRECTIONS = 5;
const LONGEST_REFUSAL = 65_536;
const UNSPECIFIC = ["", "application/octet-stream", "binary/octet-stream"];
// What a page or an object begins with, and no medium does.
const WRITTEN = /^\s*[<{[]/;

/** Fetch, and follow redirections: to another origin without credentials, and never away from https. */
export async function fetched(url: string, init: RequestInit, fetch: typeof globalThis.fetch, areStripped: boolean): Promise<Response> {
  // A browser says nothing of a redirection but that there is one; following it, it takes off the credentials itself.
  if (!IS_SERVER && areStripped) return await fetch(url, { ...init, redirect: "follow" });
  let here = new URL(url);
  let isAtHome = true;
  let response = await fetch(url, init);
  for (let count = 0; count < MOST_REDIRECTIONS; count += 1) {
    const location = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get("Location") : null;
    if (location === null || !URL.canParse(location, here)) return response;
    const next = new URL(location, here);
    if (next.protocol !== "https:" && !(next.protocol === "http:" && here.protocol === "http:")) return response;
    await response.body?.cancel();
    isAtHome = isAtHome && next.origin === here.origin;
    here = next;
    response = await fetch(next, isAtHome ? init : { ...init, headers: { Accept: "*/*" } });
  }
  return response;
}

/** Return a download, or the text of what came in its place. */
export async function examined(
  answer: Answer,
  response: Response,
  limit: Limit,
  failed: (error: unknown) => TransportError,
): Promise<Download | string> {
  const reader = (response.body as ReadableStream<Chunk> | null)?.getReader();
  if (reader === undefined) return "";
  const first = await reader.read();
  const isWhole = response.ok && ![202, 204, 205, 206].includes(response.status);
  const type = mediaType(response);
  const areMedia = answer.mediaTypes.every((each) => /^(video|audio|image)\/(?!.*\+xml)/.test(each));
  const isWritten = first.done || (UNSPECIFIC.includes(type) && WRITTEN.test(new TextDecoder().decode(first.value.subarray(0, 64))));
  if (isWhole && isPromised(answer, type) && !(areMedia && isWritten)) {
    return download(response, first.value, reader, limit, failed);
  }
  return await rest(first.value, reader);
}

/** Say what came in place of a download. */
export function mistaken(answer: Answer, response: Response, text: string): string {
  const came = text === "" ? "nothing" : mediaType(response) || "something";
  return `${came} came in place of ${answer.mediaTypes.join(" or ") || "the bytes"}`;
}

function download(
  response: Response,
  first: Chunk | undefined,
  reader: ReadableStreamDefaultReader<Chunk>,
  limit: Limit,
  failed: (error: unknown) => TransportError,
): Download {
  const body = new ReadableStream<Chunk>({
    start(controller): void {
      if (first !== undefined) controller.enqueue(first);
      else controller.close();
      limit.pause();
    },
    async pull(controller): Promise<void> {
      try {
        limit.restart();
        const { done, value } = await reader.read();
        limit.pause();
        if (value !== undefined) controller.enqueue(value);
        if (!done) return;
        controller.close();
      } catch (error) {
        controller.error(failed(error));
      }
      limit.end();
    },
    async cancel(reason): Promise<void> {
      limit.end();
      await reader.cancel(reason);
    },
  });
  return new Download(response, body);
}

function isPromised(answer: Answer, type: string): boolean {
  const kinds = answer.mediaTypes.map((each) => each.split("/")[0] ?? "").filter((each) => !["application", "text"].includes(each));
  return [...answer.mediaTypes, ...UNSPECIFIC].includes(type) || kinds.includes(type.split("/")[0] ?? "") || kinds.includes("*");
}

async function rest(first: Chunk | undefined, reader: ReadableStreamDefaultReader<Chunk>): Promise<string> {
  const decoder = new TextDecoder();
  let text = decoder.decode(first, { stream: true });
  while (text.length < LONGEST_REFUSAL) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text + decoder.decode();
}

function mediaType(response: Response): string {
  return response.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}
