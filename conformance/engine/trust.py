"""TLS: whom a connection trusts, how it says who it is itself, and what is wrong where there is no trust."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
from attrs import frozen

from conformance.errors import UsageError

__all__ = ["Trust", "distrust", "tls_reason"]

_UNKNOWN, _CHAIN = "comes from a CA that is not known here", "or let the server send its whole chain"
_CERTIFICATES = {  # OpenSSL's X509_V_ERR_*: what is said of a certificate, and what to do
    9: ("is not valid yet", "look at the clocks of both machines"),
    10: ("has expired", "renew it"),
    18: ("is signed by itself", "trust it with --cacert FILE"),
    19: (_UNKNOWN, "trust it with --cacert FILE"),
    20: (_UNKNOWN, f"trust it with --cacert FILE, {_CHAIN}"),
    21: (_UNKNOWN, f"trust it with --cacert FILE, {_CHAIN}"),
    23: ("is revoked", "install another"),
    62: ("is for another host", "write the host that it names in --url, and where it stands in --resolve"),
    64: ("is for another address", "write the host that it names in --url, and where it stands in --resolve"),
}  # fmt: skip
_DEMANDED = ("CERTIFICATE_REQUIRED", "ALERT_HANDSHAKE_FAILURE")
_REFUSED = ("BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "UNSUPPORTED_CERTIFICATE", "ACCESS_DENIED")
_REFUSED_DATES = ("ALERT_CERTIFICATE_EXPIRED", "ALERT_CERTIFICATE_REVOKED")


@frozen
class Trust:
    """Whom TLS connections trust, and how they say who they are.

    Attributes:
        cacert: certificates of the CAs that are trusted, instead of the usual ones.
        cert: the client's own certificate, perhaps with its key.
        key: its key, where that stands apart.
        insecure: whether any certificate will do.
        from_environment: whether SSL_CERT_FILE and SSL_CERT_DIR say which CAs are trusted.
    """

    cacert: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    insecure: bool = False
    from_environment: bool = False

    def context(self, *protocols: str) -> ssl.SSLContext:
        """Return what connections are made with, over which some protocols are spoken.

        Raises:
            UsageError: a file cannot be used.
        """
        context = self._trusting()
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.cert is not None:
            self._introduce(context, self.cert)
        elif self.key is not None:
            raise UsageError(f"--key {self.key}: a key is of use with its certificate alone: name that with --cert")
        context.set_alpn_protocols(list(protocols))
        return context

    def _trusting(self) -> ssl.SSLContext:
        if self.cacert is None:
            return httpx.create_ssl_context(trust_env=self.from_environment)
        _readable("--cacert", self.cacert)
        try:
            return ssl.create_default_context(cafile=self.cacert)
        except ssl.SSLError:
            raise UsageError(f"--cacert {self.cacert}: the file holds no certificates in PEM") from None

    def _introduce(self, context: ssl.SSLContext, cert: Path) -> None:
        _readable("--cert", cert)
        if self.key is not None:
            _readable("--key", self.key)
        option, file = ("--cert", cert) if self.key is None else ("--key", self.key)

        def encrypted() -> str:
            raise UsageError(
                f"{option} {file}: the key is encrypted: decrypt it, with `openssl pkey`, into a safe file"
            )

        try:
            context.load_cert_chain(cert, self.key, encrypted)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                said = f"{option} {file}: the key is not that of the certificate in {cert}"
            else:
                said = f"--cert {cert}: there is no certificate with its key, in PEM, in it"
                said += "; name the key with --key" if self.key is None else f" and in --key {self.key}"
            raise UsageError(said) from None


def _readable(option: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise UsageError(f"{option} {path}: the file cannot be read: {error.strerror}") from None


def tls_reason(error: BaseException) -> str:
    """Return OpenSSL's own word for why TLS failed, wherever among the causes of an error it stands; or nothing."""
    found = next(_tls_errors(error), None)
    return "" if found is None else found.reason or ""


def distrust(error: BaseException, url: str, trust: Trust) -> str | None:
    """Say in one sentence that two sides do not trust each other's certificates, and what to do; or nothing."""
    for found in _tls_errors(error):
        reason = found.reason or ""
        if isinstance(found, ssl.SSLCertVerificationError):
            what, remedy = _CERTIFICATES.get(found.verify_code, ("is not to be trusted", "trust it with --cacert FILE"))
            detail = found.verify_message.rstrip(".")
            return (
                f"the certificate of {url} {what} ({detail}): {remedy}, or trust any with --insecure; nothing was sent"
            )
        if trust.cert is not None and any(word in reason for word in (*_DEMANDED, *_REFUSED, *_REFUSED_DATES)):
            return f"{url} refuses the certificate in --cert {trust.cert} ({reason}): name one that it trusts"
        if any(word in reason for word in _DEMANDED):
            return f"{url} demands a certificate of its callers ({reason}): name one with --cert FILE --key FILE"
    return None


def _tls_errors(error: BaseException) -> Iterator[ssl.SSLError]:
    """Yield the errors of TLS among the causes of an error."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ssl.SSLError):
            yield one
        waiting += [one.__cause__, one.__context__]
