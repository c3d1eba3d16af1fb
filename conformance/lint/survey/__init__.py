"""How a contract stands, anybody's: its examples, what it says of refusals, its forms, its provenance, its defects.

The lint asks whether a contract of this project is in order. A survey asks of any OpenAPI document what it is worth
to those who call or test by it, and counts.
"""

from conformance.lint.survey.making import surveyed
from conformance.lint.survey.spec_report import SECTIONS, SpecReport, SurveySection
from conformance.lint.survey.wording import as_markdown, as_text

__all__ = ["SECTIONS", "SpecReport", "SurveySection", "as_markdown", "as_text", "surveyed"]
