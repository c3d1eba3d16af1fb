// Drives aiid-videos for `videos-conformance client`: npm install aiid-videos; node adapter.ts (Node 22.18 or newer)
import { createInterface } from "node:readline";

import * as videos from "aiid-videos";

type Json = Record<string, any>;

const KINDS: [string, (error: unknown) => boolean][] = [
  ["timeout", (error) => error instanceof videos.TimedOutError || error instanceof videos.WaitTimedOutError],
  ["job", (error) => error instanceof videos.JobError],
  ["connection", (error) => error instanceof videos.TransportError],
  ["invalid_answer", (error) => error instanceof videos.UndecodableAnswerError],
  ["http", (error) => error instanceof videos.AnswerError],
  ["invalid_request", (error) => error instanceof TypeError],
];
const PLACES: Record<string, string> = { header: "headers", cookie: "cookies" };

// A number that JavaScript would round stays what it is.
const exact = (_: string, value: unknown, { source }: { source?: string }): unknown =>
  typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "")
    ? BigInt(source ?? 0)
    : value;

function given(value: any): any {
  if (Array.isArray(value)) return value.map(given);
  if (value === null || typeof value !== "object") return value;
  if (!("$file" in value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, given(item)]));
  const { filename, content_type, base64 } = value.$file;
  const [bytes, options] = [Buffer.from(base64, "base64"), content_type === undefined ? {} : { type: content_type }];
  return filename === undefined ? new Blob([bytes], options) : new File([bytes], filename, options);
}

async function made({ base_url, token, timeout, operation, helper, arguments: groups }: Json): Promise<Json> {
  let requestId: string | null = null;
  const timeoutMs = timeout * 1000;
  const client = new videos.VideosClient({ baseUrl: base_url, token, timeoutMs });
  const places = Object.fromEntries(Object.entries<any>(groups).map(([place, value]) => [PLACES[place] ?? place, given(value)]));
  try {
    const value: any =
      helper === "wait"
        ? await client.wait(String(Object.values(places["path"])[0]), { deadlineMs: timeoutMs, pollIntervalMs: 50 })
        : await client.call(operation, places as any, { onAnswer: (answer) => (requestId = answer.requestId) });
    const shown = value instanceof Response ? { $file: { base64: Buffer.from(await value.arrayBuffer()).toString("base64") } } : value;
    return { outcome: "value", value: shown ?? null, request_id: requestId };
  } catch (error: any) {
    const kind = KINDS.find(([, fits]) => fits(error))?.[0] ?? "connection";
    const { message, status, code, requestId, ambiguous, repeats } = error;
    return { outcome: "error", error: { kind, message, status, code, request_id: requestId, ambiguous, repeats } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line, exact as (key: string, value: unknown) => unknown);
  if (message.type === "bye") break;
  const client = { name: "aiid-videos", version: videos.VERSION, language: "typescript" };
  const hello = { type: "hello", protocol: 1, client };
  const answer = message.type === "hello" ? hello : { type: "result", id: message.id, ...(await made(message)) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
