"""One question of a comparison: what is measured, in which unit and within which range."""

from __future__ import annotations

from dataclasses import dataclass

PROBABILITY, LOG_ODDS, RATIO = "probability", "log-odds", "1"

PAST = "trials ago"
"""What curves are along, where a question does not say otherwise."""


@dataclass(frozen=True)
class Question:
    """One quantity that is measured in every group.

    Attributes
    ----------
    name : str
        Name of the quantity in tables: "stay_probability".
    title : str
        Its name in a sentence: "staying after a common reward", "the planning index".
    condition : str
        Which of several quantities of that name: "common_rewarded", "lag 3"; "" for a single one.
    unit : str
        Unit of the number; "1" for a ratio.
    headline : bool
        Whether the summary counts it; the other questions are details of a curve.
    lag : int
        Place on a curve, not 0: how many trials back, or what `along` says. 0 for what is no point
        of a curve.
    along : str
        What `lag` counts, as the label of an axis.
    curve : str
        Title of the curve among those of the same name; where not given, the condition without
        its lag.
    lowest, highest : float
        Range of possible values.
    needs : str
        Variable that it needs and that some recordings of the experiment lack.
    """

    name: str
    title: str
    condition: str = ""
    unit: str = RATIO
    headline: bool = True
    lag: int = 0
    along: str = PAST
    curve: str = ""
    lowest: float = -float("inf")
    highest: float = float("inf")
    needs: str = ""

    @property
    def label(self) -> str:
        """Name and condition, which together belong to one question of a set."""
        return f"{self.name} {self.condition}".strip()


def ask_probability(name: str, title: str, condition: str = "", needs: str = "") -> Question:
    """Ask for a proportion, between 0 and 1."""
    return Question(name, title, condition, PROBABILITY, lowest=0.0, highest=1.0, needs=needs)
