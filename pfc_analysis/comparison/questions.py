"""What is asked of each experiment, in words."""

from __future__ import annotations

from dataclasses import dataclass

PROBABILITY, LOG_ODDS, RATIO = "probability", "log-odds", "1"


@dataclass(frozen=True)
class Question:
    """One quantity.

    Attributes
    ----------
    name : str
        Of the quantity: "stay_probability".
    title : str
        In a sentence: "the probability of ...".
    condition : str
        Which of several: "common_rewarded", "lag 3"; empty where there is one.
    unit : str
        Of the number.
    headline : bool
        Whether it is counted when all is summed up; the others are details of a curve.
    lag : int
        Trials back; 0 where that has no meaning.
    lowest, highest : float
        Between which it lies.
    needs : str
        Variable that not every recording of the experiment has.
    """

    name: str
    title: str
    condition: str = ""
    unit: str = RATIO
    headline: bool = True
    lag: int = 0
    lowest: float = -float("inf")
    highest: float = float("inf")
    needs: str = ""

    @property
    def label(self) -> str:
        """Name and condition, which no other question of the experiment has."""
        return f"{self.name} {self.condition}".strip()


def ask_probability(name: str, title: str, condition: str = "", needs: str = "") -> Question:
    """Ask for a proportion."""
    return Question(name, title, condition, PROBABILITY, lowest=0.0, highest=1.0, needs=needs)
