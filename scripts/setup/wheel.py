"""Puts the contract and its overlays into the wheel, beside the code that reads them.

An editable install must not get them: its copies would stand in site-packages and go stale there.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ContractInWheel(BuildHookInterface[Any]):
    """Adds openapi.yaml and overlays/ to the package where a real wheel is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the list of files that the wheel gets."""
        if version != "editable":
            build_data["force_include"]["openapi.yaml"] = "conformance/openapi.yaml"
            build_data["force_include"]["overlays"] = "conformance/overlays"
