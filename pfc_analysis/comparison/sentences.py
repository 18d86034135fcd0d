"""What a comparison says, in sentences that say no more than the numbers do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.statistics.bootstrap import Difference, GroupMean
from pfc_analysis.comparison.questions import PROBABILITY, Question


@dataclass(frozen=True)
class Side:
    """One group in a sentence.

    Attributes
    ----------
    name : str
        As the caller named it.
    mean : GroupMean
    reason : list of str
        Why a quantity has no value, (quantity,); otherwise empty.
    """

    name: str
    mean: GroupMean
    reason: list[str]

    def about(self, quantity: int) -> str:
        """Whom a quantity is about, if not a population; otherwise nothing."""
        n = int(self.mean.n_subjects[quantity])
        if n == 0 or bool(self.mean.population[quantity]):
            return ""
        return f"the {n} subject(s) of {self.name!r} only"


def write_sentence(
    question: Question, quantity: int, one: Side, other: Side, difference: Difference
) -> str:
    """Say what is known of one quantity in both groups.

    Parameters
    ----------
    question : Question
    quantity : int
        Its place in the arrays.
    one, other : Side
    difference : Difference
        Of `one` less `other`.
    """
    title = question.title[0].upper() + question.title[1:]
    gaps = [s for s in (one, other) if not np.isfinite(s.mean.value[quantity])]
    if gaps:
        why = "; ".join(f"{side.name}: {side.reason[quantity]}" for side in gaps)
        return f"{title}: not compared, because it could not be measured ({why})."
    values = " and ".join(f"{s.mean.value[quantity]:.3g} in {s.name}" for s in (one, other))
    found = (difference.value[quantity], difference.lower[quantity], difference.upper[quantity])
    text = f"{title} is {values}; {_judge(question, *found)}"
    about = [s.about(quantity) for s in (one, other) if s.about(quantity)]
    return f"{text} This is about {' and '.join(about)}." if about else text


def _judge(question: Question, value: float, lower: float, upper: float) -> str:
    """Judge a difference by its interval."""
    unit = "" if question.unit in (PROBABILITY, "1") else f" ({question.unit})"
    if not np.isfinite(lower) or not np.isfinite(upper):
        return (
            f"they differ by {value:.3g}{unit}, with no interval, so that nothing can be said of "
            "other subjects or other days."
        )
    if lower > 0 or upper < 0:
        return f"they differ by {value:.3g} [{lower:.3g}, {upper:.3g}]{unit}."
    return (
        f"the two cannot be told apart, and the interval leaves room for differences from "
        f"{lower:.3g} to {upper:.3g}{unit}."
    )


def write_summary(
    questions: tuple[Question, ...], one: Side, other: Side, difference: Difference,
    holm: np.ndarray,
) -> str:  # fmt: skip
    """Say what can be said of all headline quantities together.

    Parameters
    ----------
    questions : tuple of Question
    one, other : Side
    difference : Difference
    holm : float array (quantity,)
        p values, corrected for their number (Holm); NaN for details.
    """
    headline = np.array([question.headline for question in questions])
    told = headline & np.isfinite(difference.lower) & np.isfinite(difference.upper)
    apart = told & ((difference.lower > 0) | (difference.upper < 0))
    held = int(np.sum(apart & (holm < 0.05)))
    n = int(told.sum())
    if n == 0:
        return (
            f"None of {int(headline.sum())} headline quantities could be compared with an "
            "interval: nothing can be said of how the groups differ. What each quantity lacks "
            "is said beside it."
        )
    text = (
        f"Of {int(headline.sum())} headline quantities, {n} could be compared with an interval. "
        f"In {int(apart.sum())} of these the 95 % interval of the difference between {one.name} "
        f"and {other.name} leaves out 0; the intervals are not corrected for their number, so that "
        f"about 1 in 20 would do so if nothing differed. With Holm's correction {held} remain(s)."
    )
    if n - int(apart.sum()):
        text += (
            f" That the other {n - int(apart.sum())} cannot be told apart does not make them "
            "equal: see how wide their intervals are."
        )
    few = [
        f"the {int(side.mean.n_subjects.max())} subject(s) of {side.name!r}"
        for side in (one, other)
        if side.mean.n_subjects.size and not side.mean.population.any()
    ]
    if few:
        text += f" All of this is about {' and '.join(few)}, not about others of their kind."
    return text
