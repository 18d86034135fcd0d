"""The error that a learner's definition or parameters raise."""

from __future__ import annotations


class LearnerError(ValueError):
    """A learner's parameters, memory or functions are not usable; the message says why."""
