// What an application team writes, as the compiler sees it; a line that must not compile says so.
import {
  AnswerError, isDone, JobError, JobFailedError, resultUrl, stageOf, toDate, TransportError, VideosClient, VideosError,
} from "aiid-videos";
import type { CallOptions, CreateVideoRequest, Download, Video, VideoModel, VideoStatus, WaitOptions } from "aiid-videos";

const client = new VideosClient({ baseUrl: "http://127.0.0.1:1", token: "sk-application", maxRetries: 0, timeoutMs: 1_000 });

// A model and a status may be new; what is listed is completed.
const configured: string = "a-model-of-tomorrow";
const model: VideoModel = configured;
const status: VideoStatus = configured;
const request: CreateVideoRequest = { model, prompt: "A cat", images: ["https://example.com/a.png"], metadata: { any: 1 } };

export async function all(signal: AbortSignal): Promise<string> {
  const options: CallOptions = { signal, onAnswer: ({ requestId, repeats }) => console.log(requestId, repeats) };
  const job: Video = await client.create({ ...request, input_reference: new File(["…"], "a.png") }, options);
  const waiting: WaitOptions = { headers: new Headers({ "X-Tenant": "a" }), deadlineMs: 1_000, onProgress: (now) => now.progress };
  const done: Video = await client.createAndWait({ ...request, input_reference: { url: "…" } }, { ...options, ...waiting });
  const download: Download = await client.downloadContent((await client.wait(job.id, waiting)).id);
  for await (const bytes of download.body) console.log(bytes.byteLength, download.contentType);
  const told = [done.status === "completed", done.status === status, isDone(done), stageOf(done), toDate(done.created_at)];
  return `${resultUrl(job) ?? ""}${told.join()}`;
}

export function told(error: VideosError): (string | number | boolean | null)[] {
  if (error instanceof JobFailedError) return [error.code, error.reason, error.job?.status ?? null];
  if (error instanceof JobError) return [error.jobId];
  if (error instanceof AnswerError) {
    return [error.status, error.code, error.requestId, error.retryAfter, error.ambiguous, error.repeats];
  }
  return error instanceof TransportError ? [error.ambiguous, error.repeats, error.request.url] : [];
}

// @ts-expect-error: a field that is required is missing
void client.create({ model: "sora-2" });
// @ts-expect-error: a number is no text
void client.create({ model: "sora-2", prompt: 1 });
// @ts-expect-error: a text is no file
void client.create({ model: "sora-2", prompt: "A cat", image: "a.png" });
// @ts-expect-error: there is no such field
void client.create({ model: "sora-2", prompt: "A cat", durration: 4 });
// @ts-expect-error: there is no such operation
void client.call("createVideos", { body: request });
