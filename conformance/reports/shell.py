"""Words of a POSIX shell: bytes for printf, and the token in its variable, as it is or changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from conformance.engine.probe import ANOTHERS, Credentials
from conformance.engine.target import Target

__all__ = ["address_of", "credential", "named", "network_options", "octal", "proxy_credentials", "quoted"]

_SPECIAL = frozenset('"$`\\!')
_OCTAL = tuple(
    {13: "\\r", 10: "\\n"}.get(byte) or (chr(byte) if 32 <= byte < 127 and byte not in b"%\\'" else f"\\{byte:03o}")
    for byte in range(256)
)


def quoted(text: str) -> str:
    """Quote a text where a shell would not take it as it is."""
    return shlex.quote(text)


def octal(data: bytes) -> str:
    """Write bytes as the format of `printf`, in quotes: what is safe as itself, the rest in octal."""
    words = [_OCTAL[byte] for byte in data]
    if words and words[0] == "-":
        words[0] = "\\055"  # or it would be taken for an option
    return f"'{''.join(words)}'"


def address_of(target: Target, path: str) -> str:
    """Return the URL of a path, with the zone of a link-local address, which the shell's machine has to know."""
    url, zone = target.address(path), target.network.zone
    return url.replace("]", f"%25{zone}]", 1) if zone else url


def named(variable: str, before: str = "") -> str:
    """Return a word that is a text and the value of a variable."""
    return f'"{before}${variable}"'


def proxy_credentials() -> tuple[str, str]:
    """Return the words that stand for the user of a proxy and the password: no command shows them."""
    return named("PROXY_USER"), named("PROXY_PASSWORD")


def network_options(target: Target, *, http2: bool) -> Iterator[str]:
    """Yield the options of curl that reach a server as the run reached it.

    Args:
        target: that is reached.
        http2: whether HTTP/2 is to be spoken with it, if it does.
    """
    network = target.network
    trust, proxy = network.trust, network.proxy
    if target.secure:
        yield "--http2" if http2 else "--http1.1"
    if target.secure and trust.insecure:
        yield "--insecure"
    for option, path in (("--cacert", trust.cacert), ("--cert", trust.cert), ("--key", trust.key)):
        if target.secure and path is not None:
            yield f"{option} {quoted(str(path))}"
    for (host, port), address in network.pins.items():
        shown = f"[{address}]" if ":" in address else address
        yield f"--resolve {quoted(f'{host}:{port}:{shown}')}"
    if proxy is not None:
        yield f"--proxy {quoted(str(proxy))} --proxytunnel"
        if proxy.credentials:
            user, password = proxy_credentials()
            yield f"--proxy-user {user}:{password}"


def credential(target: Target, credentials: Credentials, before: str = "") -> str:
    """Return a word that is some credentials, behind a text; the token is read from its variable."""
    token = _token(target, credentials.transform)
    basic = f"$(printf %s {_inside(token)} | base64 | tr -d '\\n')"
    # The characters of a template are bytes.
    template = (credentials.template or "").encode("latin-1").decode("utf-8", "surrogateescape")
    pieces = re.split(r"(\{token\}|\{basic\})", before + template)
    made = {"{token}": token, "{basic}": basic}
    if any(_SPECIAL & set(piece) for piece in pieces if piece not in made):
        return "".join(f'"{made[piece]}"' if piece in made else quoted(piece) for piece in pieces if piece)
    return '"' + "".join(made.get(piece, piece) for piece in pieces) + '"'


def _token(target: Target, transform: str) -> str:
    """Return what a shell puts in place of the token, or of what is made of it."""
    name = target.token_env
    other = "y" if target.token.endswith("x") else "x"
    return {
        "as-is": f"${name}",
        ANOTHERS: f"${target.second_env}",
        "cut": f"${{{name}%?}}",
        "extended": f"${{{name}}}x",
        "first-half": f'$(printf %s "${name}" | cut -c1-$((${{#{name}}} / 2)))',
        "without-prefix": f"${{{name}#*[-_]}}",
        "last-changed": f"${{{name}%?}}{other}",
        "spaced": f'{_half(name)} $(printf %s "${name}" | cut -c$((${{#{name}}} / 2 + 1))-)',
        "percent-encoded": f"$(printf %s \"${name}\" | od -An -v -tx1 | tr -d ' \\n' | sed 's/../%&/g')",
        "other-case": f'$(printf %s "${name}" | tr A-Za-z a-zA-Z)',
    }[transform]


def _half(name: str) -> str:
    return f'$(printf %s "${name}" | cut -c1-$((${{#{name}}} / 2)))'


def _inside(token: str) -> str:
    return token if token.startswith("$(") else f'"{token}"'
