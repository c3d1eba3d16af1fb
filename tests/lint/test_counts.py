"""Numbers in prose: which of them count something, and how a wrong one is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.document import read
from conformance.lint import lint_file
from conformance.lint.counts import counts, mended, mentions

_CONTRACT = """\
openapi: 3.1.0
info:
  title: A shop
  version: 1.0.0
  summary: One form in front of {number} kinds.
  description: |
    Three
    quite different kinds, and the 5 colours of the rainbow; version 2.1 kinds, kind-9 kinds, two of the kinds.
  license: {{name: MIT, identifier: MIT}}
servers: [{{url: 'http://127.0.0.1'}}]
x-provenance: documented
x-counts: {{kinds: '#/components/schemas/Kind/enum'}}
paths:
  /it:
    get:
      operationId: getIt
      summary: "Takes {number} kinds."
      security: []
      responses:
        '200': {{description: Fine., content: {{text/plain: {{schema: {{$ref: '#/components/schemas/Kind'}}}}}}}}
        '400': {{description: No.}}
components:
  schemas:
    Kind: {{type: string, enum: [a, b, c, d]}}
"""


def test_a_wrong_number_is_mended_where_it_stands(tmp_path: Path) -> None:
    """In digits or in words, over two lines, in a folded text: nothing else of the file changes."""
    path = tmp_path / "openapi.yaml"
    path.write_text(_CONTRACT.format(number=12), encoding="utf-8")
    found = [(finding.rule, finding.pointer) for finding in lint_file(path)]
    places = ["#/info/summary", "#/info/description", "#/paths/~1it/get/summary"]
    assert found == [("count", place) for place in places]
    after = mended(read(path)).decode()
    assert after == _CONTRACT.format(number=4).replace("Three\n", "Four\n")
    path.write_text(after, encoding="utf-8")
    assert lint_file(path) == ()
    assert mended(read(path)) == path.read_bytes()
    assert counts(read(path)) == {"kinds": 4}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("33 models", [33]),
        ("Thirty-three video models and 2 brand-new models", [33, 2]),
        ("one model, models 7, sora-2 models, 3.1 models, 3 of the models, 1,000 models", []),
        ("3 remodels, 3 models-to-be", []),
        ("twenty\n  models", [20]),
    ],
)
def test_only_a_number_that_counts_is_one(text: str, numbers: list[int]) -> None:
    """A version, a name, a share or another word is left alone."""
    assert [mention.number for mention in mentions(text, {"models": "#"})] == numbers
