/** One multipart form in front of 33 video models, answered by an asynchronous job. */

export { VideosClient } from "./client.js";
export type { Operations, VideosClientOptions } from "./client.js";
export { VERSION } from "./contract.js";
export type { Stage } from "./contract.js";
export { Download } from "./downloads.js";
export * from "./errors.js";
export type { GivenHeaders } from "./headers.js";
export { toDate } from "./times.js";
export type { AnswerInfo, CallOptions } from "./transport.js";
export type * from "./types.gen.js";
export { isDone, resultUrl, stageOf } from "./waiting.js";
export type { WaitOptions } from "./waiting.js";
