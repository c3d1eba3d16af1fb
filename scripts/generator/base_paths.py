"""What every path of a contract begins with, which some write at the end of a base URL as well."""

from __future__ import annotations

from itertools import takewhile

from conformance.contract import Contract

__all__ = ["shared_path"]


def shared_path(contract: Contract) -> str:
    """Return the folder of all paths, such as `/v1`; empty where there is none, or a server's URL ends with it.

    A base URL that ends with it is one of those that other clients want, and never where this contract's paths begin.
    """
    folders = [operation.path.split("/")[1:-1] for operation in contract.operations]
    levels = takewhile(lambda level: len(set(level)) == 1 and "{" not in level[0], zip(*folders, strict=False))
    shared = "".join(f"/{level[0]}" for level in levels)
    return "" if any(url.rstrip("/").endswith(shared) for url in contract.servers) else shared
