// Drives aiid-videos for `videos-conformance client`: npm install aiid-videos; node adapter.ts (Node 22.18 or newer)
import * as videos from "aiid-videos";

type Json = Record<string, any>;

const PLACES: Json = { header: "headers", cookie: "cookies" };
const KINDS: Json = {
  timeout: [videos.TimedOutError, videos.WaitTimedOutError], job: [videos.JobError],
  connection: [videos.TransportError], invalid_answer: [videos.UndecodableAnswerError],
  http: [videos.AnswerError], invalid_request: [TypeError],
};

// A number that JavaScript would round stays what it is.
const exact: any = (_: string, value: unknown, { source = "" }: { source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;

function given(value: any): any {
  if (Array.isArray(value)) return value.map(given);
  if (value === null || typeof value !== "object") return value;
  if (!value.$file) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, given(item)]));
  const { filename, content_type: type, base64 } = value.$file;
  const [bytes, options] = [Buffer.from(base64, "base64"), type === undefined ? {} : { type }];
  return filename === undefined ? new Blob([bytes], options) : new File([bytes], filename, options);
}

async function made({ base_url: baseUrl, token, timeout, operation, helper, arguments: groups }: Json): Promise<Json> {
  const [client, deadlineMs] = [new videos.VideosClient({ baseUrl, token, timeoutMs: timeout * 1000 }), timeout * 1000];
  const places: Json = Object.fromEntries(Object.entries(groups).map(([place, of]) => [PLACES[place] ?? place, given(of)]));
  let request_id: string | null = null;
  const call = (): Promise<any> =>
    helper === "wait"
      ? client.wait(Object.values<any>(places.path)[0], { deadlineMs, pollIntervalMs: 50 })
      : client.call(operation, places as any, { onAnswer: (answer) => (request_id = answer.requestId) });
  try {
    const value = await call();
    if (!(value instanceof videos.Download)) return { outcome: "value", value: value ?? null, request_id };
    const base64 = Buffer.from(await value.arrayBuffer()).toString("base64");
    return { outcome: "value", value: { $file: { base64 } }, request_id };
  } catch (error: any) {
    const kind = Object.keys(KINDS).find((name) => KINDS[name].some((type: any) => error instanceof type));
    const { message, status, code, requestId, ambiguous, repeats } = error;
    return { outcome: "error", error: { kind, message, status, code, request_id: requestId, ambiguous, repeats } };
  }
}

const hello = { type: "hello", protocol: 1, client: { name: "aiid-videos", version: videos.VERSION, language: "typescript" } };
let rest = ""; // by hand: Node's readline ends lines at U+2028 as well, which JSON may hold
for await (const chunk of process.stdin.setEncoding("utf8")) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const message of lines.map((line) => JSON.parse(line, exact))) {
    if (message.type === "bye") process.exit(0);
    const answer = message.type === "hello" ? hello : { type: "result", id: message.id, ...(await made(message)) };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
