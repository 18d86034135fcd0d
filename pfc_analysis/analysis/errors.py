"""Errors that analyses raise; the message names what was found, expected, and the way out."""

from __future__ import annotations

from collections.abc import Iterable


class AnalysisError(ValueError):
    """A recording or a setting does not allow the analysis; the message says how to change it."""


class MissingVariableError(AnalysisError):
    """The recording lacks a variable or coordinate that the analysis reads."""


class EmptySelectionError(AnalysisError):
    """No trial is left once forced, invalid and unpaired trials are left out."""


class SeparationError(AnalysisError):
    """The predictors separate the choices without error, so no finite estimate exists."""


def listed(names: Iterable[object]) -> str:
    """Join names in quotes, with commas between them, for an error message."""
    return ", ".join(repr(str(name)) for name in names) or "none"
