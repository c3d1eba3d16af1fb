"""One named value of a request, as bytes on the wire."""

from __future__ import annotations

from attrs import field, frozen

from conformance.contract import Location

__all__ = ["Part"]


@frozen
class Part:
    """What is sent for one input, in whichever place of the request: a part of a form, a member, a parameter.

    Attributes:
        name: as on the wire; None for a part of a form that has none.
        value: a text or a file as it is, or JSON text where the body is JSON.
        location: where in the request it stands.
    """

    name: str | None
    value: bytes = field(repr=False)
    filename: str | None = None
    content_type: str | None = None
    charset: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    location: Location = "body"
