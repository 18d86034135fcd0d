"""Are the choice probabilities that the reward-history regression predicts right?

The regression is fitted to one part of a subject's trials and predicts the other part, and the
other way round. A model with too many weights then predicts badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.choices.history_regression import EarlyTrials
from pfc_analysis.analysis.choices.reward_history import (
    AutomaticTrials,
    build_reward_design,
    fit_rows,
    select_predicted,
)
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.statistics.logistic import fit_logistic
from pfc_analysis.analysis.trials.arm_trials import ArmTrials, read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import ForcedTrials, require_any

Split = Literal["sessions", "halves"]

LARGEST_LOG_ODDS = 30.0


@dataclass(frozen=True)
class _Calibration:
    """One subject's calibration: bins, and the line through the log-odds."""

    predicted: FloatArray
    observed: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_trials: IntArray
    line: dict[str, float]


@labelled
def compute_choice_calibration(
    recording: xr.Dataset,
    n_bins: int = 10,
    split: Split = "sessions",
    *,
    n_lags: int = 15,
    ridge: float = 1e-3,
    early_trials: EarlyTrials = "zero",
    forced_trials: ForcedTrials = "history",
    automatic_trials: AutomaticTrials = "history",
    leave_out: Sequence[str] = (),
) -> xr.Dataset:
    """Compare choices with cross-validated predictions of `fit_reward_history`.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `fit_reward_history`.
    n_bins : int
        Bins of predicted probability, equally wide from 0 to 1.
    split : {"sessions", "halves"}
        How trials are split into the part that is fitted and the part that is predicted: by every
        second session, or by halves of each session, for subjects with a single session.
    n_lags, ridge, early_trials, forced_trials, automatic_trials, leave_out
        As for `fit_reward_history`.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `bin`), the coordinate its centre: `predicted`, mean predicted probability
        of the right arm; `observed`, share of choices of it, with `lower` and `upper` (95 %,
        clustered by session); `n_trials`. Bins without a trial are NaN. On `subject`:
        `calibration_slope` and `calibration_intercept`, of a logistic regression of the choice
        on the predicted log-odds (Cox 1958; 1 and 0 where predictions are right, a slope below 1
        where they are too extreme), each with `_lower` and `_upper` (clustered by session where
        there are two or more); `log_likelihood` of the predictions (natural logarithm) and
        `likelihood_per_trial`, its geometric mean.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        If one part's choices are all the same, or separated without a ridge.
    AnalysisError
        If a subject has a single session and is to be split by sessions, or a value or setting
        is out of range.

    References
    ----------
    Cox (1958), Biometrika 45:562.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_choice_calibration(recording, n_bins=5, n_lags=5)
    >>> for name in ("predicted", "observed"):
    ...     print(name, result[name].sel(subject="observer").values.round(1))
    predicted [0.1 0.3 0.5 0.7 0.9]
    observed [0.1 0.2 0.5 0.7 0.9]
    """
    if not isinstance(n_bins, (int, np.integer)) or n_bins < 1:
        raise AnalysisError(f"n_bins: found {n_bins!r}, expected a whole number of at least 1")
    arms = read_arm_trials(recording, leave_out)
    predicted = select_predicted(arms, n_lags, early_trials)
    part = _split_trials(arms, split)
    found = []
    for name, rows, own in arms.by_subject():
        design = build_reward_design(own, n_lags, forced_trials, automatic_trials)
        log_odds = _cross_predict(own, design, predicted[rows], part[rows], ridge, name)
        found.append(_calibrate(own, predicted[rows], log_odds, n_bins, name))
    result = _label(arms, found, n_bins)
    result.attrs = arms.counts() | {"split": split, "n_lags": int(n_lags), "interval": "95 %"}
    return result


def _split_trials(arms: ArmTrials, split: Split) -> IntArray:
    """Assign every trial to part 0 or 1."""
    if split not in get_args(Split):
        raise AnalysisError(f"split: found {split!r}, expected 'sessions' or 'halves'")
    session = arms.trials.session
    if split == "halves":
        _, first, length = np.unique(session, return_index=True, return_counts=True)
        return (2 * (np.arange(session.size) - first[session]) >= length[session]).astype(np.int64)
    part = np.zeros(session.size, dtype=np.int64)
    for index, name in arms.trials.by_subject():
        own = arms.trials.subject == index
        # Every second session of this subject; sessions of other subjects may lie in between.
        sessions, order = np.unique(session[own], return_inverse=True)
        if sessions.size == 1:
            raise AnalysisError(
                f"session: subject {name!r} has 1 session, expected at least 2 for "
                "split='sessions'; use split='halves'"
            )
        part[own] = order % 2
    return part


def _cross_predict(
    arms: ArmTrials, design: FloatArray, rows: BoolArray, part: IntArray, ridge: float, name: str
) -> FloatArray:
    """Predict log-odds of the right arm in each part by the fit to the other; 0 elsewhere."""
    log_odds = np.zeros(rows.size)
    for held_out in (0, 1):
        fitted = rows & (part != held_out)
        where = f"subject {name!r}, part {1 - held_out} of 2"
        require_any(fitted, f"fit ({where})", arms.trials)
        fit = fit_rows(arms, design, fitted, ridge, subject=name)
        log_odds[part == held_out] = design[part == held_out] @ fit.coefficient
    return np.where(rows, log_odds, 0.0).clip(-LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)


def _calibrate(
    arms: ArmTrials, rows: BoolArray, log_odds: FloatArray, n_bins: int, name: str
) -> _Calibration:
    """Compare one subject's choices with predictions."""
    from scipy.special import expit

    right = arms.trials.choice[rows].astype(np.float64)
    session, odds = arms.trials.session[rows], log_odds[rows]
    probability = np.asarray(expit(odds))
    cell = np.minimum((probability * n_bins).astype(np.int64), n_bins - 1)
    share = estimate_clustered_proportions(right, cell, session, n_bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(cell, probability, n_bins) / share.n_trials
    line = fit_logistic(
        np.stack([np.ones(odds.size), odds], axis=1),
        right,
        session,
        ["intercept", "predicted log-odds"],
        covariance="cluster" if np.ptp(session) > 0 else "nonrobust",
        subject=name,
    )
    found: dict[str, float] = {}
    for index, quantity in enumerate(("calibration_intercept", "calibration_slope")):
        value = float(line.coefficient[index])
        reach = line.interval_quantile * float(np.sqrt(line.covariance[index, index]))
        found |= {quantity: value, f"{quantity}_lower": value - reach}
        found[f"{quantity}_upper"] = value + reach
    total = -float(np.sum(np.logaddexp(0.0, np.where(right > 0, -odds, odds))))
    found |= {"log_likelihood": total, "likelihood_per_trial": float(np.exp(total / odds.size))}
    return _Calibration(mean, share.proportion, share.lower, share.upper, share.n_trials, found)


def _label(arms: ArmTrials, found: list[_Calibration], n_bins: int) -> xr.Dataset:
    """Put the subjects' results on named dimensions."""
    result = xr.Dataset(
        coords={
            "subject": list(arms.trials.subjects),
            "bin": (np.arange(n_bins) + 0.5) / n_bins,
        }
    )
    for name in ("predicted", "observed", "lower", "upper", "n_trials"):
        values = np.stack([getattr(one, name) for one in found])
        result[name] = (("subject", "bin"), values)
    for name in found[0].line:
        result[name] = ("subject", [one.line[name] for one in found])
    return result
