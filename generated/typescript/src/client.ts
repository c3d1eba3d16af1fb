/** The client: one method for each operation of the contract. */

import { BASE_URL, OPERATIONS, STATUS } from "./contract.js";
import { Credentials } from "./credentials.js";
import type { Secrets } from "./credentials.js";
import type { Download } from "./downloads.js";
import type { GivenHeaders } from "./headers.js";
import { checkedTime } from "./limits.js";
import { variable } from "./runtime.js";
import { Transport } from "./transport.js";
import type { CallOptions } from "./transport.js";
import type * as types from "./types.gen.js";
import { Waiting } from "./waiting.js";
import type { WaitOptions } from "./waiting.js";

/** What each operation is given, and what it answers. */
export interface Operations {
  createVideo: { given: Pick<types.CreateVideoData, "body">; answer: types.CreateVideoResponse };
  retrieveVideo: { given: Pick<types.RetrieveVideoData, "path">; answer: types.RetrieveVideoResponse };
  downloadVideoContent: { given: Pick<types.DownloadVideoContentData, "path">; answer: Download };
}

/** What the client is made with. */
export interface VideosClientOptions extends Secrets {
  /** Where the server is; `AIID_VIDEOS_BASE_URL` in the environment by default, or else the contract's server. It may end with `/v1`, as other clients want it. */
  readonly baseUrl?: string | undefined;
  /** Milliseconds that an answer may take; two minutes by default. */
  readonly timeoutMs?: number | undefined;
  /** How often to try again what was never sent, what a server asks to repeat, or what only reads; twice by default. */
  readonly maxRetries?: number | undefined;
  /** Headers that every request has. */
  readonly headers?: GivenHeaders | undefined;
  /** A `fetch` of your own, with a proxy or certificates of yours. */
  readonly fetch?: typeof fetch | undefined;
}

/** One multipart form in front of 33 video models, answered by an asynchronous job. */
export class VideosClient {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(options: VideosClientOptions = {}) {
    this.#timeoutMs = checkedTime("timeoutMs", options.timeoutMs ?? 120_000);
    const credentials = new Credentials({
      token: options.token ?? variable("AIID_VIDEOS_TOKEN"),
    });
    // Better said now than at the first call, as no operation can do without.
    credentials.sign(OPERATIONS.createVideo.security, { url: "", headers: {} });
    this.#transport = new Transport({
      baseUrl: options.baseUrl ?? (variable("AIID_VIDEOS_BASE_URL") || BASE_URL),
      credentials,
      timeoutMs: this.#timeoutMs,
      maxRetries: options.maxRetries ?? 2,
      headers: options.headers ?? {},
      // Called as a function of its own: browsers refuse it as a method of anything but the window.
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    });
  }

  /** Call any operation by its name in the contract, for code that is about all of them. */
  call<Name extends keyof Operations>(
    operation: Name,
    given: Operations[Name]["given"],
    options: CallOptions = {},
  ): Promise<Operations[Name]["answer"]> {
    return this.#transport.call(OPERATIONS[operation], given, options);
  }

  /**
   * Create a video.
   *
   * Submits a video generation task. The answer describes the accepted task, which goes on in the background; an
   * accepted request is billed.
   */
  create(
    body: types.CreateVideoData["body"],
    options: CallOptions = {},
  ): Promise<types.CreateVideoResponse> {
    return this.#transport.call(OPERATIONS.createVideo, { body }, options);
  }

  /**
   * Retrieve a video task.
   *
   * Shows where a task stands. The page documents no such operation; servers of this family have it.
   *
   * @param videoId The `id` of the task, as its creation answered it.
   */
  retrieve(
    videoId: NonNullable<types.RetrieveVideoData["path"]>["video_id"],
    options: CallOptions = {},
  ): Promise<types.RetrieveVideoResponse> {
    return this.#transport.call(OPERATIONS.retrieveVideo, { path: { video_id: videoId } }, options);
  }

  /**
   * Download a finished video.
   *
   * Sends the bytes of a video whose task is completed. The page documents no such operation; servers of this family
   * have it.
   *
   * @param videoId The `id` of the task, as its creation answered it.
   */
  downloadContent(
    videoId: NonNullable<types.DownloadVideoContentData["path"]>["video_id"],
    options: CallOptions = {},
  ): Promise<Download> {
    return this.#transport.call(OPERATIONS.downloadVideoContent, { path: { video_id: videoId } }, options);
  }

  /**
   * Wait until a job has succeeded.
   *
   * Failures of the server and of the connection, and answers that ask for patience, are no reason to stop waiting;
   * neither is a status that is new to this client, which is taken for one of a job that goes on. Whatever ends the
   * waiting otherwise is a `JobError`, which holds the job.
   */
  async wait(job: types.Video | string, options: WaitOptions = {}): Promise<types.Video> {
    return await this.#waiting(options).wait(job);
  }

  #waiting(options: WaitOptions): Waiting {
    const operation = { ...OPERATIONS.retrieveVideo, stands: STATUS };
    const look = (id: string, more: CallOptions): Promise<types.Video> =>
      this.#transport.call(operation, { path: { video_id: id } }, more);
    return new Waiting(look, this.#timeoutMs, options);
  }

  /**
   * Create a video. Then wait until it has succeeded.
   *
   * A `JobError` holds the job that was made; any other error is one of `create`.
   */
  async createAndWait(
    body: types.CreateVideoData["body"],
    options: CallOptions & WaitOptions = {},
  ): Promise<types.Video> {
    // Before anything is made, so that a wrong number costs nothing.
    const waiting = this.#waiting(options);
    return await waiting.begin(await this.create(body, options));
  }
}
