"""Tells by its address alone whether a server is on this machine: nothing is looked up."""

from __future__ import annotations

import ipaddress

import httpx

from conformance.engine.target import Target

__all__ = ["goes_to_loopback", "is_host_of_loopback", "is_loopback"]

_NAME = "localhost"


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine: 127.0.0.0/8, ::1, localhost or a name below it (RFC 6761, 6.3).

    Any other name may lead anywhere tomorrow, whatever it leads to today.
    """
    return is_host_of_loopback(httpx.URL(url).host)


def goes_to_loopback(target: Target) -> bool:
    """Tell whether the connections to a server end on this machine, whatever its URL says: no proxy passes them on."""
    address = httpx.URL(target.url)
    route = target.network.route(address.host, address.port or (443 if target.secure else 80))
    return route.proxy is None and is_host_of_loopback(route.host)


def is_host_of_loopback(name: str) -> bool:
    """Tell the same of a host."""
    host = name.partition("%")[0].rstrip(".").lower()
    if host == _NAME or host.endswith(f".{_NAME}"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
