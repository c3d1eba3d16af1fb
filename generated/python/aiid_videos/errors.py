"""The errors of this package.

    VideosError
    ├── ConfigurationError            no token, no usable base URL (also a ValueError)
    ├── InvalidRequestError           a value that cannot be sent; nothing was (also a ValueError)
    ├── TransportError                no answer came, or it broke off
    │   └── TimedOutError             … in time (also a TimeoutError)
    ├── JobError                      a job gave no result; its id and its last state are at hand
    │   ├── JobFailedError            … because it failed, and why
    │   └── WaitError                 … yet: it goes on, but the waiting ended
    │       ├── WaitTimedOutError     at its deadline (also a TimeoutError)
    │       ├── WaitCancelledError    because the caller said so
    │       └── WaitRefusedError      because the server does not say how the job stands
    │           └── NotOfferedError   and never does: it lacks the operation
    └── AnswerError                   an answer came
        ├── UndecodableAnswerError    a success that cannot be read
        ├── RefusedError              a success by its status, a refusal by its body
        └── StatusError               any other status
            ├── ClientError               400 to 499
            │   ├── BadRequestError           400
            │   ├── UnauthorizedError         401
            │   ├── PaymentRequiredError      402
            │   ├── ForbiddenError            403
            │   ├── NotFoundError             404
            │   ├── ContentTooLargeError      413
            │   ├── UnsupportedMediaTypeError 415
            │   ├── UnprocessableContentError 422
            │   └── TooManyRequestsError      429
            └── ServerError               500 to 599
                ├── InternalServerError       500
                ├── BadGatewayError           502
                ├── ServiceUnavailableError   503
                └── GatewayTimeoutError       504

An argument of a wrong type is a plain `TypeError`, and a file that cannot be opened is the `OSError`
that opening it gave. No error holds the token.

Beside them stands one warning, `FileNameAsTextWarning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .models import Video

__all__ = [
    "AnswerError",
    "BadGatewayError",
    "BadRequestError",
    "ClientError",
    "ConfigurationError",
    "ContentTooLargeError",
    "FileNameAsTextWarning",
    "ForbiddenError",
    "GatewayTimeoutError",
    "InternalServerError",
    "InvalidRequestError",
    "JobError",
    "JobFailedError",
    "NotFoundError",
    "NotOfferedError",
    "PaymentRequiredError",
    "RefusedError",
    "SentRequest",
    "ServerError",
    "ServiceUnavailableError",
    "StatusError",
    "TimedOutError",
    "TooManyRequestsError",
    "TransportError",
    "UnauthorizedError",
    "UndecodableAnswerError",
    "UnprocessableContentError",
    "UnsupportedMediaTypeError",
    "VideosError",
    "WaitCancelledError",
    "WaitError",
    "WaitRefusedError",
    "WaitTimedOutError",
]


class SentRequest(NamedTuple):
    """What was asked, without token, cookies and body."""

    method: str
    url: str
    headers: Mapping[str, str]


class VideosError(Exception):
    """The root of all errors of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[VideosError], args: tuple[Any, ...], state: dict[str, Any]) -> VideosError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(VideosError, ValueError):
    """The client cannot be made as asked."""


class InvalidRequestError(VideosError, ValueError):
    """A value cannot be sent as it is; nothing was sent."""


class TransportError(VideosError):
    """No answer came, or it broke off.

    Attributes:
        request: What was asked.
        ambiguous: The server may have carried it out all the same: look before you try again, because
            that could do the same thing twice. The client never does so by itself.
        repeats: How often it was sent again before.
    """

    def __init__(
        self, what: str, *, request: SentRequest, ambiguous: bool, repeats: int = 0
    ) -> None:
        self.request = request
        self.ambiguous = ambiguous
        self.repeats = repeats
        where = f"{request.method} {request.url}"
        super().__init__(f"{what}{_repeated(repeats)} ({where}){_warning(ambiguous, repeats)}")


class TimedOutError(TransportError, TimeoutError):
    """No answer came in time."""


class AnswerError(VideosError):
    """An answer came, but not the one that was asked for.

    Attributes:
        status_code: The HTTP status.
        code: The server's machine-readable reason, if it gave one.
        message: The server's reason, or the best that can be said without one.
        request_id: What the server calls this exchange, if it says so; quote it to support.
        content: The body as it came.
        answer: The body read as JSON, None where it is none.
        request: What was asked.
        ambiguous: The server may have carried it out all the same: look before you try again, because
            that could do the same thing twice. The client never does so by itself.
        repeats: How often it was sent again before.
        retry_after: Seconds that the server asks to wait before the next attempt, if it does.
        may_lack_operation: Servers may do without the operation, and perhaps this one does.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: str | int | None,
        request_id: str | None,
        content: bytes,
        answer: Any,
        request: SentRequest,
        ambiguous: bool,
        repeats: int = 0,
        retry_after: float | None = None,
        may_lack_operation: bool = False,
    ) -> None:
        self.message = message
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.content = content
        self.answer = answer
        self.request = request
        self.ambiguous = ambiguous
        self.repeats = repeats
        self.retry_after = retry_after
        reason = (
            f"{status_code} {code}: {message}" if code else f"{status_code}: {message}"
        ) + _repeated(repeats)
        where = f"{request.method} {request.url}" + (
            f", request id {request_id}" if request_id else ""
        )
        self.may_lack_operation = may_lack_operation
        missing = (
            ". Servers may do without this operation; perhaps this one does."
            if may_lack_operation
            else ""
        )
        super().__init__(f"{reason} ({where}){_warning(ambiguous, repeats)}{missing}")


class UndecodableAnswerError(AnswerError):
    """The status says success, but the body is not what the contract promises."""


class RefusedError(AnswerError):
    """The status says success, but the body reports a refusal."""


class StatusError(AnswerError):
    """The status does not say success."""


class ClientError(StatusError):
    """The request was refused (400 to 499)."""


class ServerError(StatusError):
    """The server failed (500 to 599)."""


class BadRequestError(ClientError):
    """The request is malformed, or a field is missing or invalid (400)."""


class UnauthorizedError(ClientError):
    """The API key is missing, malformed or unknown (401)."""


class PaymentRequiredError(ClientError):
    """The account has no credit left (402)."""


class ForbiddenError(ClientError):
    """The API key may not do this, or its quota is used up (403)."""


class NotFoundError(ClientError):
    """There is no such task, or it is another account's (404)."""


class ContentTooLargeError(ClientError):
    """The body, or a part of it, is larger than the server takes (413)."""


class UnsupportedMediaTypeError(ClientError):
    """The body is not `multipart/form-data`, or a part has a media type that the server does not take
    (415).
    """


class UnprocessableContentError(ClientError):
    """The form is well-formed, but a value in it cannot be used (422)."""


class TooManyRequestsError(ClientError):
    """Too many requests; wait as `Retry-After` says (429)."""


class InternalServerError(ServerError):
    """The gateway failed. Whether a task was created is unknown (500)."""


class BadGatewayError(ServerError):
    """The upstream provider gave no usable answer (502)."""


class ServiceUnavailableError(ServerError):
    """No provider serves this model at the moment (503)."""


class GatewayTimeoutError(ServerError):
    """The upstream provider did not answer in time. Whether a task was created is unknown (504)."""


class JobError(VideosError):
    """A job gave no result.

    Attributes:
        job_id: What the server calls the job; `wait` takes it too.
        job: The job as it was last seen, None if it never was.
    """

    def __init__(self, message: str, *, job_id: str, job: Video | None) -> None:
        self.job_id = job_id
        self.job = job
        super().__init__(message)


class JobFailedError(JobError):
    """The job ended without a result.

    Attributes:
        job: The job as it ended.
        code: The server's machine-readable reason, if it gave one.
        reason: The server's reason, or the best that can be said without one.
    """

    job: Video

    def __init__(self, reason: str, *, code: str | int | None, job_id: str, job: Video) -> None:
        self.reason = reason
        self.code = code
        told = f"{code}: {reason}" if code else reason
        super().__init__(f"job {job_id} failed: {told}", job_id=job_id, job=job)


class WaitError(JobError):
    """Waiting ended before the job did; the job goes on, and can be waited for again."""


class WaitTimedOutError(WaitError, TimeoutError):
    """The deadline passed; what went wrong on the way, if anything did, is the cause."""


class WaitCancelledError(WaitError):
    """The caller asked to stop waiting."""


class WaitRefusedError(WaitError):
    """The server does not say how the job stands.

    Attributes:
        refusal: What it says instead.
    """

    def __init__(
        self, message: str, *, refusal: AnswerError, job_id: str, job: Video | None
    ) -> None:
        self.refusal = refusal
        super().__init__(message, job_id=job_id, job=job)


class NotOfferedError(WaitRefusedError):
    """The server has no operation that says how a job stands."""


class FileNameAsTextWarning(UserWarning):
    """A text that names an existing file was given where a file can stand, and was sent as text.

    `warnings.simplefilter("ignore", FileNameAsTextWarning)` turns it off, "error" in place of "ignore" sends nothing.
    """


#: The class for each documented status.
BY_STATUS: Mapping[int, type[StatusError]] = {
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
}


def _repeated(repeats: int) -> str:
    return f"; repeated {'once' if repeats == 1 else f'{repeats} times'}" if repeats else ""


def _warning(ambiguous: bool, repeats: int) -> str:
    if not ambiguous:
        return ""
    again = " again" if repeats else ""
    return (
        f". It may have been carried out, so it was not repeated{again}: look before you try again."
    )
