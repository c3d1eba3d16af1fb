/** What the contract says, as values: the only place in this package that knows a path, a field or a status. */

import type { Model, Operation } from "./operation.js";

/** The version of the contract. */
export const VERSION = "1.0.0";

/** What requests say of their sender. */
export const AGENT = "aiid-videos/1.0.0";

/** The contract's server; empty where it names none. */
export const BASE_URL = "https://api.aiid.edu.kg";

/** What every path begins with. Other clients want it in the base URL, where it would stand twice. */
export const SHARED_PATH: string = "/v1";

/** The header in which a server says what it calls an exchange. */
export const REQUEST_ID: string | null = "X-Oneapi-Request-Id";

/** Where refusals hold their reason, and what identifies them. */
export const MESSAGES: readonly string[] = ["message"];
export const CODES: readonly string[] = ["code"];
export const TEXTS: readonly string[] = ["error", "detail", "data"];

/** The reasons that prove that nothing was made, whatever the status. */
export const NOTHING_MADE: readonly string[] = ["model_not_found"];

/** What a job's status can stand for. */
export type Stage = "waiting" | "running" | "succeeded" | "failed";

/** The constants of a job's status. */
export const STAGES: Readonly<Record<string, Stage>> = {
  queued: "waiting",
  in_progress: "running",
  completed: "succeeded",
  failed: "failed",
};

/** The members of a job that say which one it is, and how it stands. */
export const ID = "id";
export const LEGACY_ID: string | null = "task_id";
export const STATUS = "status";

/** The objects that answers hold. */
export const MODELS: Readonly<Record<string, Model>> = {
  Video: {
    id: { shape: "text" },
    object: { shape: "text" },
    model: { shape: "text" },
    status: { shape: "text" },
    progress: { shape: "integer" },
    created_at: { shape: "integer" },
    task_id: { shape: "text" },
    completed_at: { shape: "integer" },
    expires_at: { shape: "integer" },
    seconds: { shape: "text" },
    size: { shape: "text" },
    remixed_from_video_id: { shape: "text" },
    error: { shape: { object: "VideoError" } },
    metadata: { shape: { object: "VideoMetadata" } },
  },
  VideoError: { code: { shape: "text" }, message: { shape: "text" } },
  VideoMetadata: { url: { shape: "text" } },
};

/** The operations. */
export const OPERATIONS = {
  createVideo: {
    id: "createVideo",
    method: "POST",
    path: "/v1/videos",
    parameters: [],
    security: [["bearerAuth"]],
    body: {
      kind: "multipart",
      mediaType: "multipart/form-data",
      fields: {
        model: { kind: "text", types: [] },
        prompt: { kind: "text", types: [] },
        image: { kind: "file", types: ["image/*", "application/octet-stream"] },
        duration: { kind: "text", types: [] },
        width: { kind: "text", types: [] },
        height: { kind: "text", types: [] },
        fps: { kind: "text", types: [] },
        seed: { kind: "text", types: [] },
        n: { kind: "text", types: [] },
        response_format: { kind: "text", types: [] },
        user: { kind: "text", types: [] },
        metadata: { kind: "json", types: ["application/json"] },
        mode: { kind: "text", types: [] },
        images: { kind: "text", types: ["text/plain"], isList: true },
        content: { kind: "json", types: ["application/json"], isList: true },
        size: { kind: "text", types: [] },
        seconds: { kind: "text", types: [] },
        input_reference: {
          kind: "any",
          types: [
            "text/plain",
            "image/*",
            "application/octet-stream",
            "application/json",
          ],
        },
        parameters: { kind: "json", types: ["application/json"] },
      },
    },
    answer: {
      kind: "json",
      mediaTypes: ["application/json"],
      shape: { object: "Video" },
      identity: ["id", "task_id"],
    },
  },
  retrieveVideo: {
    id: "retrieveVideo",
    method: "GET",
    path: "/v1/videos/{video_id}",
    parameters: [{ name: "video_id", in: "path", style: "simple", explode: false }],
    security: [["bearerAuth"]],
    answer: {
      kind: "json",
      mediaTypes: ["application/json"],
      shape: { object: "Video" },
      identity: ["id", "task_id"],
    },
    isOptional: true,
  },
  downloadVideoContent: {
    id: "downloadVideoContent",
    method: "GET",
    path: "/v1/videos/{video_id}/content",
    parameters: [{ name: "video_id", in: "path", style: "simple", explode: false }],
    security: [["bearerAuth"]],
    answer: { kind: "bytes", mediaTypes: ["video/mp4"], shape: "any", identity: [] },
    isOptional: true,
  },
} as const satisfies Readonly<Record<string, Operation>>;
