"""The JSON report, a public format."""

from __future__ import annotations

import json
from typing import TextIO

from conformance.reports.formats import Material

__all__ = ["write"]


def write(material: Material, stream: TextIO) -> None:
    """Write a report in its public form."""
    json.dump(material.report.to_dict(), stream, indent=2, ensure_ascii=False)
    stream.write("\n")
