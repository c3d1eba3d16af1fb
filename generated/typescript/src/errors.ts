/**
 * The errors of this package.
 *
 *     VideosError
 *     ├── ConfigurationError            no credentials, no usable base URL
 *     ├── TransportError                no answer came, or it broke off
 *     │   ├── TimedOutError             … in time
 *     │   └── CancelledError            because the caller's signal said so
 *     ├── JobError                      a job gave no result; its id and its last state are at hand
 *     │   ├── JobFailedError            … because it failed, and why
 *     │   └── WaitError                 … yet: it goes on, but the waiting ended
 *     │       ├── WaitTimedOutError     at its deadline
 *     │       ├── WaitCancelledError    because the caller said so
 *     │       └── WaitRefusedError      because the server does not say how the job stands
 *     │           └── NotOfferedError   and never does: it lacks the operation
 *     └── AnswerError                   an answer came
 *         ├── UndecodableAnswerError    a success that cannot be read
 *         ├── RefusedError              a success by its status, a refusal by its body
 *         └── StatusError               any other status
 *             ├── ClientError               400 to 499
 *             │   ├── BadRequestError           400
 *             │   ├── UnauthorizedError         401
 *             │   ├── PaymentRequiredError      402
 *             │   ├── ForbiddenError            403
 *             │   ├── NotFoundError             404
 *             │   ├── ContentTooLargeError      413
 *             │   ├── UnsupportedMediaTypeError 415
 *             │   ├── UnprocessableContentError 422
 *             │   └── TooManyRequestsError      429
 *             └── ServerError               500 to 599
 *                 ├── InternalServerError       500
 *                 ├── BadGatewayError           502
 *                 ├── ServiceUnavailableError   503
 *                 └── GatewayTimeoutError       504
 *
 * A value that cannot be sent is a plain `TypeError`, thrown before anything is. No error holds a secret.
 */

import type { Video } from "./types.gen.js";

/** What was asked, without credentials and body. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
}

/** The root of all errors of this package. */
export class VideosError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The client cannot be made, or used, as asked. */
export class ConfigurationError extends VideosError {}

/** What is known of a call that failed. */
export interface Circumstances {
  readonly request: SentRequest;
  readonly ambiguous: boolean;
  readonly repeats: number;
  readonly cause?: unknown;
}

/** No answer came, or it broke off. */
export class TransportError extends VideosError {
  /** What was asked. */
  readonly request: SentRequest;
  /** The server may have carried it out all the same: look before you try again, because that could do it twice. */
  readonly ambiguous: boolean;
  /** How often it was tried again before this was given up. */
  readonly repeats: number;

  constructor(what: string, { request, ambiguous, repeats, cause }: Circumstances) {
    super(`${what} (${request.method} ${request.url})${told(ambiguous, repeats)}`, { cause });
    this.request = request;
    this.ambiguous = ambiguous;
    this.repeats = repeats;
  }
}

/** No answer came in time. */
export class TimedOutError extends TransportError {}

/** The caller's signal said to stop; its reason is the cause. */
export class CancelledError extends TransportError {}

/** What an answer says. */
export interface AnswerFacts extends Circumstances {
  readonly status: number;
  readonly code: string | number | null;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly text: string;
  readonly answer: unknown;
  readonly mayLackOperation: boolean;
}

/** An answer came, but not the one that was asked for. */
export class AnswerError extends VideosError {
  /** The server's reason, or the best that can be said without one. */
  readonly reason: string;
  /** The HTTP status; 0 where a browser hides it, which it does with redirections. */
  readonly status: number;
  /** The server's machine-readable reason, if it gave one. */
  readonly code: string | number | null;
  /** What the server calls this exchange, if it says so; quote it to support. */
  readonly requestId: string | null;
  /** Seconds that the server asks to wait before the next attempt, if it does. */
  readonly retryAfter: number | null;
  /** The body as text. */
  readonly text: string;
  /** The body read as JSON, null where it is none. */
  readonly answer: unknown;
  /** What was asked. */
  readonly request: SentRequest;
  /** The server may have carried it out all the same: look before you try again, because that could do it twice. */
  readonly ambiguous: boolean;
  /** How often it was tried again before this was given up. */
  readonly repeats: number;
  /** Servers may do without the operation, and perhaps this one does. */
  readonly mayLackOperation: boolean;

  constructor(reason: string, facts: AnswerFacts) {
    const { request, status, code, requestId, ambiguous, repeats } = facts;
    const where = `${request.method} ${request.url}${requestId === null ? "" : `, request id ${requestId}`}`;
    const lack = facts.mayLackOperation ? ". Servers may do without this operation; perhaps this one does." : "";
    super(`${status}${code === null ? "" : ` ${code}`}: ${reason} (${where})${told(ambiguous, repeats)}${lack}`);
    this.mayLackOperation = facts.mayLackOperation;
    this.reason = reason;
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfter = facts.retryAfter;
    this.request = request;
    this.ambiguous = ambiguous;
    this.repeats = repeats;
    // At hand, but not in what a log shows of an error.
    this.text = facts.text;
    this.answer = facts.answer;
    for (const name of ["text", "answer"]) Object.defineProperty(this, name, { enumerable: false });
  }
}

/** The status says success, but the body is not what the contract promises. */
export class UndecodableAnswerError extends AnswerError {}

/** The status says success, but the body reports a refusal. */
export class RefusedError extends AnswerError {}

/** The status does not say success. */
export class StatusError extends AnswerError {}

/** The request was refused (400 to 499). */
export class ClientError extends StatusError {}

/** The server failed (500 to 599). */
export class ServerError extends StatusError {}

/** The request is malformed, or a field is missing or invalid (400). */
export class BadRequestError extends ClientError {}

/** The API key is missing, malformed or unknown (401). */
export class UnauthorizedError extends ClientError {}

/** The account has no credit left (402). */
export class PaymentRequiredError extends ClientError {}

/** The API key may not do this, or its quota is used up (403). */
export class ForbiddenError extends ClientError {}

/** There is no such task, or it is another account's (404). */
export class NotFoundError extends ClientError {}

/** The body, or a part of it, is larger than the server takes (413). */
export class ContentTooLargeError extends ClientError {}

/** The body is not `multipart/form-data`, or a part has a media type that the server does not take (415). */
export class UnsupportedMediaTypeError extends ClientError {}

/** The form is well-formed, but a value in it cannot be used (422). */
export class UnprocessableContentError extends ClientError {}

/** Too many requests; wait as `Retry-After` says (429). */
export class TooManyRequestsError extends ClientError {}

/** The gateway failed. Whether a task was created is unknown (500). */
export class InternalServerError extends ServerError {}

/** The upstream provider gave no usable answer (502). */
export class BadGatewayError extends ServerError {}

/** No provider serves this model at the moment (503). */
export class ServiceUnavailableError extends ServerError {}

/** The upstream provider did not answer in time. Whether a task was created is unknown (504). */
export class GatewayTimeoutError extends ServerError {}

/** The class for each documented status. */
export const BY_STATUS: Readonly<Record<number, typeof StatusError>> = {
  400: BadRequestError,
  401: UnauthorizedError,
  402: PaymentRequiredError,
  403: ForbiddenError,
  404: NotFoundError,
  413: ContentTooLargeError,
  415: UnsupportedMediaTypeError,
  422: UnprocessableContentError,
  429: TooManyRequestsError,
  500: InternalServerError,
  502: BadGatewayError,
  503: ServiceUnavailableError,
  504: GatewayTimeoutError,
};

/** What is known of a job that gave no result. */
export interface JobFacts {
  readonly jobId: string;
  readonly job: Video | null;
  readonly cause?: unknown;
}

/** A job gave no result. */
export class JobError extends VideosError {
  /** What the server calls the job; `wait` takes it too. */
  readonly jobId: string;
  /** The job as it was last seen, null if it never was. */
  readonly job: Video | null;

  constructor(message: string, { jobId, job, cause }: JobFacts) {
    super(message, cause === undefined ? {} : { cause });
    this.jobId = jobId;
    this.job = job;
  }
}

/** The job ended without a result. */
export class JobFailedError extends JobError {
  /** The server's machine-readable reason, if it gave one. */
  readonly code: string | number | null;
  /** The server's reason, or the best that can be said without one. */
  readonly reason: string;

  constructor(reason: string, facts: JobFacts & { readonly code: string | number | null }) {
    super(`job ${facts.jobId} failed: ${facts.code === null ? "" : `${facts.code}: `}${reason}`, facts);
    this.code = facts.code;
    this.reason = reason;
  }
}

/** Waiting ended before the job did; the job goes on, and can be waited for again. */
export class WaitError extends JobError {}

/** The deadline passed; what went wrong on the way, if anything did, is the cause. */
export class WaitTimedOutError extends WaitError {}

/** The caller asked to stop waiting. */
export class WaitCancelledError extends WaitError {}

/** The server does not say how the job stands; what it says instead is the cause. */
export class WaitRefusedError extends WaitError {}

/** The server has no operation that says how a job stands. */
export class NotOfferedError extends WaitRefusedError {}

function told(ambiguous: boolean, repeats: number): string {
  const often = repeats === 0 ? "" : `, tried again ${repeats === 1 ? "once" : repeats === 2 ? "twice" : `${repeats} times`}`;
  const again = repeats === 0 ? "" : " again";
  return ambiguous ? `${often}. It may have been carried out, so it was not repeated${again}: look before you try again.` : often;
}
