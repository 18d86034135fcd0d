"""What an analysis says when a recording cannot answer its question."""

from __future__ import annotations

from collections.abc import Iterable


class AnalysisError(ValueError):
    """A recording or a setting does not allow the analysis; the message says what would."""


class MissingVariableError(AnalysisError):
    """The recording lacks a variable or coordinate that the analysis reads."""


class EmptySelectionError(AnalysisError):
    """No trial is left once forced, invalid and unpaired trials are left out."""


class SeparationError(AnalysisError):
    """The predictors tell the choices apart without error, so no finite estimate exists."""


def listed(names: Iterable[object]) -> str:
    """Names in quotes, with commas between, for an error message."""
    return ", ".join(repr(str(name)) for name in names) or "none"
