"""Settings of small recurrent networks and of their training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.near_names import did_you_mean

Cell = Literal["gru", "lstm", "vanilla"]

LARGEST_UNITS = 64
"""More units than this would be a large network, which the training here is not made for."""


@dataclass(frozen=True)
class NetworkSettings:
    """Size and kind of a network, and how it is trained.

    Networks of one to four units predict choices of single animals better than classical learners
    (Ji-An, Benna & Mattar 2025). The values of training are settings of ours, chosen on the rats of
    Miller, Botvinick & Brody (2017).

    Attributes
    ----------
    units : int
        Number of units.
    cell : {"gru", "lstm", "vanilla"}
        Gated recurrent units (Cho et al. 2014), long short-term memory (Hochreiter & Schmidhuber
        1997), or units with a hyperbolic tangent (Elman 1990).
    starts : int
        Networks that are trained from different random weights.
    folds : int
        Parts of the training sessions, each held out once to find when to stop. With fewer
        sessions, one part a session.
    updates : int
        Largest number of updates.
    patience : int
        Training ends if the likelihood of the sessions held out to stop has not risen for so many
        updates.
    learning_rate : float
        Of Adam (Kingma & Ba 2015).
    penalty : float
        Half of it, times the sum of squared weights (but not biases), is added to the negative
        log-likelihood of all training choices.
    average : bool
        Whether the network's preferences are the mean of those of all networks trained, of every
        start and with every part held out, instead of those of one network. In the rats, odd and
        even sessions, the average of networks of four units predicts better by .001 to .016.

    Raises
    ------
    AnalysisError
        If a value is out of its range.

    Examples
    --------
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> NetworkSettings(units=2).name
    'gru_2'
    """

    units: int
    cell: Cell = "gru"
    starts: int = 3
    folds: int = 5
    updates: int = 800
    patience: int = 150
    learning_rate: float = 0.05
    penalty: float = 1.0
    average: bool = True

    def __post_init__(self) -> None:
        """Check every value."""
        _check_count("units", self.units, 1, LARGEST_UNITS)
        if self.cell not in get_args(Cell):
            raise AnalysisError(
                f"cell: found {self.cell!r}{did_you_mean(str(self.cell), list(get_args(Cell)))}, "
                f"expected one of {', '.join(get_args(Cell))}"
            )
        _check_count("starts", self.starts, 1)
        _check_count("folds", self.folds, 2)
        _check_count("updates", self.updates, 1)
        _check_count("patience", self.patience, 1)
        if not 0 < self.learning_rate < 1:
            raise AnalysisError(
                f"learning_rate: found {self.learning_rate}, expected a number above 0 and below 1"
            )
        if not 0 <= self.penalty < float("inf"):
            raise AnalysisError(f"penalty: found {self.penalty}, expected a number of at least 0")

    @property
    def name(self) -> str:
        """Kind of cell and number of units, such as "gru_4"."""
        return f"{self.cell}_{self.units}"


def _check_count(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Raise an error unless a setting is a whole number in its range."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        limit = f"at least {least}" if most is None else f"from {least} to {most}"
        raise AnalysisError(f"{name}: found {value!r}, expected a whole number {limit}")
