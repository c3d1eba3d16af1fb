package com.example.videos;

import java.io.InterruptedIOException;

/** Why a call has no answer; where it is ambiguous, something may have been made all the same. */
public class Failure extends ApiException {
  /** http, timeout, connection, invalid_answer or invalid_request. */
  public final String kind;
  public final boolean ambiguous;

  private Failure(Throwable cause, ApiException answer, String kind, boolean ambiguous) {
    super(cause.getMessage(), cause, answer.getCode(), answer.getResponseHeaders(), answer.getResponseBody());
    this.kind = kind;
    this.ambiguous = ambiguous;
  }

  /** An answer that is no success, or none at all; only some refusals exclude that something was made. */
  static Failure of(ApiException thrown, boolean isRead) {
    int status = thrown.getCode();
    String lost = thrown.getCause() instanceof InterruptedIOException ? "timeout" : "connection";
    return new Failure(thrown, thrown, status > 0 ? "http" : lost, !isRead && (status < 400 || status >= 500 && status != 501));
  }

  /** A call that was sent nowhere. */
  static Failure before(Throwable cause) {
    return new Failure(cause, new ApiException(), "invalid_request", false);
  }

  /** An answer that cannot be read. */
  static Failure of(RuntimeException unread, boolean isRead) {
    return new Failure(unread, new ApiException(), "invalid_answer", !isRead);
  }
}
