"""Compare how well two models predict the same held-out sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.selection.held_out import HeldOut

FEW = 5
"""Below this number of units, a note says what the interval rests on."""


@dataclass(frozen=True)
class PairedComparison:
    """By how much one model predicts choices better than another.

    Attributes
    ----------
    difference : float
        Log-likelihood of a choice under the first model less that under the second, in nats; its
        exponential is the ratio of their normalised likelihoods.
    low, high : float
        95 % confidence limits of `difference`; NaN with one unit.
    unit : {"session", "subject"}
        What was taken as independent.
    n_units : int
        Number of them.
    note : str
        What to know before the numbers are used; empty if nothing.
    """

    difference: float
    low: float
    high: float
    unit: str
    n_units: int
    note: str


def compare_held_out(first: Sequence[HeldOut], second: Sequence[HeldOut]) -> PairedComparison:
    r"""Compare two models on the same sessions of the same subjects.

    With one subject, sessions are the units: the difference is that of all choices,
    :math:`\sum_s d_s / \sum_s n_s`, and its standard error that of a ratio. With several subjects,
    these are the units: the difference is the mean of theirs. Limits are those of Student's t.

    Parameters
    ----------
    first, second : sequence of HeldOut
        Of each subject in the same order; sequences of one for one subject.

    Raises
    ------
    AnalysisError
        If the sequences differ in length, or sessions in their numbers of predicted choices.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd edition, section 6.3 (standard error of a ratio).

    Examples
    --------
    >>> import numpy as np
    >>> from pfc_analysis.fitting.selection.held_out import HeldOut
    >>> from pfc_analysis.fitting.selection.paired_models import compare_held_out
    >>> n = np.array([100, 100, 100])
    >>> better = HeldOut(np.array([-50.0, -52.0, -51.0]), n, note="")
    >>> chance = HeldOut(np.log(0.5) * n, n, note="")
    >>> compared = compare_held_out([better], [chance])
    >>> print(f"{compared.difference:.3f} [{compared.low:.3f}, {compared.high:.3f}]")
    0.183 [0.158, 0.208]
    """
    _check(first, second)
    gains = [a.log_likelihood - b.log_likelihood for a, b in zip(first, second, strict=True)]
    sizes = [one.n_predicted for one in first]
    if len(first) == 1:
        difference, error = _ratio(gains[0], sizes[0])
        return _limit(difference, error, "session", sizes[0].size)
    means = np.array([gain.sum() / size.sum() for gain, size in zip(gains, sizes, strict=True)])
    error = float(means.std(ddof=1) / np.sqrt(means.size))
    return _limit(float(means.mean()), error, "subject", means.size)


def _check(first: Sequence[HeldOut], second: Sequence[HeldOut]) -> None:
    if len(first) != len(second) or not first:
        raise AnalysisError(
            f"first and second: found {len(first)} and {len(second)} subjects, expected the same, "
            "at least one"
        )
    for k, (one, other) in enumerate(zip(first, second, strict=True)):
        if not np.array_equal(one.n_predicted, other.n_predicted):
            raise AnalysisError(
                f"n_predicted: found {one.n_predicted.tolist()} and {other.n_predicted.tolist()} "
                f"for subject {k}, expected the same sessions in both"
            )


def _ratio(gain: FloatArray, size: IntArray) -> tuple[float, float]:
    """Compute a ratio of sums and its standard error."""
    ratio, n = float(gain.sum() / size.sum()), gain.size
    if n < 2:
        return ratio, np.nan
    spread = np.sum((gain - ratio * size) ** 2) / (n - 1)
    return ratio, float(np.sqrt(n * spread) / size.sum())


def _limit(difference: float, error: float, unit: str, n_units: int) -> PairedComparison:
    from scipy.stats import t

    if n_units < 2:
        note = f"With one {unit} there is no interval."
        return PairedComparison(difference, np.nan, np.nan, unit, n_units, note)
    reach = float(t.ppf(0.975, n_units - 1)) * error
    few = f"With {n_units} {unit}s the interval is wide and rests on normal differences."
    note = few if n_units < FEW else ""
    return PairedComparison(difference, difference - reach, difference + reach, unit, n_units, note)
