/** Waits for jobs: how long between two looks, when to stop looking, and what is said then. */

import { codeOf, reason } from "./answers.js";
import { ID, LEGACY_ID, STAGES, STATUS } from "./contract.js";
import type { Stage } from "./contract.js";
import {
  AnswerError, CancelledError, JobError, JobFailedError, NotOfferedError, RefusedError, ServerError, TransportError,
  UndecodableAnswerError, WaitCancelledError, WaitError, WaitRefusedError, WaitTimedOutError,
} from "./errors.js";
import type { JobFacts } from "./errors.js";
import type { GivenHeaders } from "./headers.js";
import { checkedTime, pause } from "./limits.js";
import type { AnswerInfo, CallOptions } from "./transport.js";
import type { Video } from "./types.gen.js";
import { isObject } from "./values.js";

/** How to wait for a job. */
export interface WaitOptions {
  /** How long to wait at most, in milliseconds; half an hour by default. The last look may take a second more. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds between two looks; by default they begin at 2,000 and grow to 20,000. A server that asks for more gets it. */
  readonly pollIntervalMs?: number | undefined;
  /** Milliseconds that a single look may take. */
  readonly timeoutMs?: number | undefined;
  /** Told of the job when it is made, and each time it has changed; awaited, and an error of it ends the waiting. */
  readonly onProgress?: ((job: Video) => unknown) | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Headers that the contract does not name. */
  readonly headers?: GivenHeaders | undefined;
}

/** Look once at a job. */
export type Look = (id: string, options: CallOptions) => Promise<Video>;

const FIRST = 2_000;
const GROWTH = 1.5;
const LONGEST = 20_000;

/** What a look may take at least, however near the deadline is. */
const SHORTEST_LOOK = 1_000;

/** Statuses that will pass, and those of servers that do not know the operation. */
const PASSING = [408, 425, 429];
const UNKNOWN_OPERATION = [405, 501];

/** How often in a row an answer that says nothing is no news; a server may take a page of its own for an answer. */
const RIDDLES = 3;

/** How often in a row a job that the server itself told of may be unknown to it: not each of its machines has heard of it. */
const ABSENCES = 2;

/** What a job's status stands for; null where it is not one of the contract's constants. */
export function stageOf(job: Video): Stage | null {
  return STAGES[String((job as Members)[STATUS])] ?? null;
}

/** Whether a job has ended, in success or failure, and will not change again. */
export function isDone(job: Video): boolean {
  return ["succeeded", "failed"].includes(stageOf(job) ?? "");
}

/** Where the result of a job is, as `metadata.url` says; null where it says nothing. */
export function resultUrl(job: Video): string | null {
  const path: readonly string[] = ["metadata", "url"];
  const found = path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), job);
  return typeof found === "string" && found !== "" ? found : null;
}

type Members = Readonly<Record<string, unknown>>;

/** One wait for one job. */
export class Waiting {
  #job: Video | null = null;
  #id = "";
  readonly #look: Look;
  readonly #options: WaitOptions;
  readonly #deadline: number;
  readonly #interval: number | undefined;
  readonly #timeout: number;
  #ends = 0;
  #pause = 0;
  #asked = 0;
  #refused = 0;
  #hasLooked = false;
  #hasSeen = false;
  #trouble: unknown;

  constructor(look: Look, usualTimeout: number, options: WaitOptions) {
    const { deadlineMs = 1_800_000, pollIntervalMs, timeoutMs = usualTimeout } = options;
    if (!(deadlineMs >= 0)) throw new TypeError("deadlineMs is a number of milliseconds, 0 or more");
    this.#look = look;
    this.#options = options;
    this.#deadline = deadlineMs;
    this.#interval = pollIntervalMs === undefined ? undefined : checkedTime("pollIntervalMs", pollIntervalMs);
    this.#timeout = checkedTime("timeoutMs", timeoutMs);
  }

  /** Wait until a job that was made this moment has succeeded; nobody has been told of it yet. */
  async begin(job: Video): Promise<Video> {
    return await this.#wait(job, job);
  }

  /** Wait until a job has succeeded; whatever else ends the waiting is a `JobError`, which holds the job. */
  async wait(jobOrId: Video | string): Promise<Video> {
    return await this.#wait(jobOrId, null);
  }

  async #wait(jobOrId: Video | string, made: Video | null): Promise<Video> {
    this.#id = idOf(jobOrId);
    if (this.#id === "") throw new TypeError("a job without an id cannot be waited for");
    this.#job = isObject(jobOrId) ? (jobOrId as Video) : null;
    this.#ends = performance.now() + this.#deadline;
    // A job that was only just made has no news; of an id nothing is known.
    this.#pause = this.#job === null ? 0 : (this.#interval ?? FIRST);
    try {
      return await this.#end(made);
    } catch (error) {
      // Of a job that is not known there is nothing to lose.
      if (error instanceof JobError || this.#job === null) throw error;
      const message = `waiting for job ${this.#id} was given up (${this.#seen}); it goes on. ${String(error)}`;
      throw new WaitError(message, this.#facts(error));
    }
  }

  async #end(made: Video | null): Promise<Video> {
    for (let news = made; ; news = await this.#news()) {
      if (news !== null) await this.#options.onProgress?.(news);
      if (this.#job !== null && isDone(this.#job)) break;
      await pause(this.#next(), this.#options.signal);
    }
    const job = this.#job;
    if (stageOf(job) === "succeeded") return job;
    throw new JobFailedError(reasonOf(job), { ...this.#facts(), job, code: codeOfJob(job) });
  }

  /** Return how long to wait for the next look, which the deadline can shorten; there is always one look. */
  #next(): number {
    this.#heed();
    const left = this.#ends - performance.now();
    if (left <= 0 && this.#hasLooked) {
      const message = `job ${this.#id} did not end within ${this.#deadline / 1000} s (${this.#seen}); it goes on`;
      throw new WaitTimedOutError(message, this.#facts(this.#trouble));
    }
    const jitter = this.#interval === undefined ? 0.8 + Math.random() / 5 : 1 + Math.random() / 10;
    const next = Math.max(this.#pause * jitter, this.#asked);
    this.#pause = this.#interval ?? Math.min(LONGEST, Math.max(FIRST, this.#pause * GROWTH));
    this.#asked = 0;
    return Math.max(0, Math.min(left, next));
  }

  /** Look at the job; return it if it has changed. Failures of the server and of the connection are no news. */
  async #news(): Promise<Video | null> {
    this.#heed();
    this.#hasLooked = true;
    const timeoutMs = Math.min(this.#timeout, Math.max(SHORTEST_LOOK, this.#ends - performance.now()));
    const onAnswer = ({ headers }: AnswerInfo): void => this.#ask(Number(headers.get("Retry-After")));
    try {
      const { signal, headers } = this.#options;
      const found = await this.#look(this.#id, { timeoutMs, maxRetries: 0, signal, headers, onAnswer });
      // Who asked for it knows its id, and whoever is handed it needs to.
      const job = idOf(found) === "" ? { ...found, [ID]: this.#id } : found;
      const isNew = JSON.stringify(job) !== JSON.stringify(this.#job);
      this.#job = job;
      this.#hasSeen = true;
      this.#trouble = undefined;
      this.#refused = 0;
      return isNew ? job : null;
    } catch (error) {
      this.#bear(error);
      return null;
    }
  }

  #facts(cause?: unknown): JobFacts {
    return { jobId: this.#id, job: this.#job, cause };
  }

  get #seen(): string {
    return this.#job === null ? "never seen" : `last seen ${JSON.stringify((this.#job as Members)[STATUS]) ?? "without a status"}`;
  }

  #heed(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      throw new WaitCancelledError(`waiting for job ${this.#id} was cancelled (${this.#seen}); it goes on`, this.#facts(signal.reason));
    }
  }

  #ask(seconds: number | null): void {
    this.#asked = seconds !== null && seconds > 0 ? seconds * 1000 : 0;
  }

  #bear(error: unknown): void {
    if (error instanceof CancelledError) this.#heed();
    if (!(error instanceof TransportError || error instanceof AnswerError)) throw error;
    this.#trouble = error;
    if (error instanceof TransportError) return;
    this.#ask(error.retryAfter);
    const patience = this.#patience(error);
    // What will pass says nothing about whether the job is known.
    this.#refused = patience === Number.POSITIVE_INFINITY ? 0 : this.#refused + 1;
    if (this.#refused > patience) throw this.#refusal(error);
  }

  /** How often in a row an answer like this one is borne. */
  #patience(error: AnswerError): number {
    if (UNKNOWN_OPERATION.includes(error.status)) return 0;
    if (error instanceof ServerError || PASSING.includes(error.status)) return Number.POSITIVE_INFINITY;
    if (error.status === 404 && this.#job !== null) return ABSENCES - 1;
    return error instanceof RefusedError || error instanceof UndecodableAnswerError ? RIDDLES - 1 : 0;
  }

  #refusal(error: AnswerError): WaitRefusedError {
    if (UNKNOWN_OPERATION.includes(error.status) || (error.mayLackOperation && !this.#hasSeen)) {
      const doubt = error.status === 404 ? " or does not know the job" : "";
      const message = `job ${this.#id} cannot be waited for: this server does not offer GET /v1/videos/{video_id}${doubt} (${this.#seen}); it goes on. ${error.message}`;
      return new NotOfferedError(message, this.#facts(error));
    }
    const message = `the server does not say how job ${this.#id} stands (${this.#seen}); it goes on. ${error.message}`;
    return new WaitRefusedError(message, this.#facts(error));
  }
}

function idOf(jobOrId: Video | string): string {
  if (!isObject(jobOrId)) return String(jobOrId ?? "");
  const names = [ID, LEGACY_ID].map((name) => (name === null ? "" : (jobOrId as Members)[name]));
  return String(names.find((name) => typeof name === "number" || (typeof name === "string" && name !== "")) ?? "");
}

function reasonOf(job: Video): string {
  const failure = failureOf(job);
  return (typeof failure === "string" ? failure : reason(failure)) || "no reason given";
}

function codeOfJob(job: Video): string | number | null {
  return codeOf(failureOf(job));
}

function failureOf(job: Video): unknown {
  return (job as Members)["error"];
}
