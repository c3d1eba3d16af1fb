"""Puts the contract into the wheel, beside the code that reads it.

An editable install must not get it: its copy would stand in site-packages and go stale there.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ContractInWheel(BuildHookInterface[Any]):
    """Adds openapi.yaml to the package where a real wheel is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the list of files that the wheel gets."""
        if version != "editable":
            build_data["force_include"]["openapi.yaml"] = "conformance/openapi.yaml"
