"""Tells by its address alone whether a server is on this machine: nothing is looked up."""

from __future__ import annotations

import ipaddress

import httpx

__all__ = ["is_loopback"]

_NAME = "localhost"


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine: 127.0.0.0/8, ::1, localhost or a name below it (RFC 6761, 6.3).

    Any other name may lead anywhere tomorrow, whatever it leads to today.
    """
    host = httpx.URL(url).host.rstrip(".").lower()
    if host == _NAME or host.endswith(f".{_NAME}"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
