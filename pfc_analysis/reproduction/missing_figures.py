"""Say which of the paper's figures are not drawn, and why."""

from __future__ import annotations

from types import MappingProxyType

_COEXISTENCE = (
    "on model-based beside model-free control in the two-step task; only this topic is known, what "
    "the figure shows could not be found"
)

MISSING = MappingProxyType(
    {
        "s1": "a listing of the training algorithm, without results (ours: pfc_analysis/training)",
        "s3": "a diagram of the loops between cortex, basal ganglia and thalamus, without results",
        "s7": _COEXISTENCE,
        "s8": _COEXISTENCE,
    }
)
"""What a figure of the paper that is not drawn is about, and why it is not drawn, by its name."""


def explain_missing(name: str) -> str:
    """Explain in a sentence why a figure of the paper is not drawn."""
    return f"Figure {name} of the paper is not drawn: it is {MISSING[name]}."
