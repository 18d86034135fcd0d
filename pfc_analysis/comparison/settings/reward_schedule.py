"""Read what two options pay and how often they exchange roles, recorded or from outcomes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learning.hidden_blocks import fit_hidden_blocks
from pfc_analysis.comparison.question import PROBABILITY
from pfc_analysis.comparison.settings.task_setting import (
    ESTIMATED,
    RECORDED,
    TaskSetting,
    read_mean,
    read_share,
)

BETTER = "reward_probability"
WORSE = "reward_probability_worse"
REVERSALS = "reversal_probability"
CHANGES = "change_probability"

SHOWN_PAIRS = 3
"""Pairs of probabilities that are listed, the commonest first."""

FITTED = "two probabilities that exchange options at random, fitted to the outcomes"


def read_recorded_schedule(
    probability: FloatArray, session: IntArray, options: str
) -> list[TaskSetting]:
    """Read the schedule from recorded probabilities of reward.

    Parameters
    ----------
    probability : float array (trial, 2)
        Of both options.
    session : integer array (trial,)
        Session of each trial.
    options : str
        What the options are called: "arm", "second state".

    Returns
    -------
    list of TaskSetting
        Probability of reward of the better and the worse option; share of trials at whose start
        they exchanged roles; and share of trials at whose start any probability changed.
    """
    better, worse = probability.max(axis=1), probability.min(axis=1)
    begun = np.append(False, np.diff(session) == 0)
    exchanged = find_exchanges(probability, begun)
    changed = begun & np.append(False, np.any(np.diff(probability, axis=0) != 0, axis=1))
    title = "changes of a reward probability a trial"
    return [
        read_mean(BETTER, f"reward probability, better {options}", PROBABILITY, better, session,
                  detail=list_pairs(better, worse)),
        read_mean(WORSE, f"reward probability, worse {options}", PROBABILITY, worse, session),
        read_share(REVERSALS, "reversals a trial", exchanged, begun, session, RECORDED),
        read_share(CHANGES, title, changed, begun, session, RECORDED),
    ]  # fmt: skip


def estimate_schedule(
    option: IntArray, paid: BoolArray, session: IntArray, options: str
) -> list[TaskSetting]:
    """Estimate the schedule from outcomes (`fit_hidden_blocks`).

    Parameters
    ----------
    option : integer array (trial,)
        Option whose outcome was seen, -1 for none.
    paid : boolean array (trial,)
        Whether it paid.
    session, options
        As for `read_recorded_schedule`.
    """
    found = fit_hidden_blocks(option, paid.astype(np.int64), session)
    titles = (
        f"reward probability, better {options}",
        f"reward probability, worse {options}",
        "reversals a trial",
    )
    return [
        TaskSetting(name, title, PROBABILITY, float(value), float(lower), float(upper),
                    found.n_trials, "trials", ESTIMATED, FITTED)
        for name, title, value, lower, upper in zip(
            (BETTER, WORSE, REVERSALS), titles, found.value, found.lower, found.upper, strict=True)
    ]  # fmt: skip


def read_probability(recording: xr.Dataset, *names: str) -> FloatArray | None:
    """Read the first of several variables on (trial, arm); None if there is none of two options."""
    for name in names:
        if name in recording:
            found = np.asarray(recording[name].values, dtype=np.float64)
            if found.ndim == 2 and found.shape[1] == 2 and np.isfinite(found).all():
                return found
            raise AnalysisError(
                f"{name}: found shape {found.shape}, expected (trial, 2) of finite numbers"
            )
    return None


def find_exchanges(probability: FloatArray, begun: BoolArray) -> BoolArray:
    """Find the trials at whose start the better option became the worse one.

    Trials with equal options count as what came before them in the session.
    """
    sign = np.sign(probability[:, 1] - probability[:, 0])
    start = np.maximum.accumulate(np.where(begun, 0, np.arange(begun.size)))
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(sign.size), -1))
    held = np.where(last >= start, sign[last], 0.0)
    before = np.append(0.0, held[:-1])
    return np.asarray(begun & (held * before < 0))


def list_pairs(better: FloatArray, worse: FloatArray) -> str:
    """List the commonest pairs of probabilities, with their shares of trials."""
    pairs, counts = np.unique(
        np.round(np.stack([better, worse], axis=1), 3), axis=0, return_counts=True
    )
    if len(pairs) == 1:
        return ""
    order = np.argsort(-counts, kind="stable")[:SHOWN_PAIRS]
    shares = counts[order] / counts.sum()
    listed = ", ".join(
        f"{pairs[i][0]:g}/{pairs[i][1]:g} ({share:.0%} of trials)"
        for i, share in zip(order, shares, strict=True)
    )
    if shares[0] < 0.01:
        return f"{len(pairs):,} pairs, {better.min():.2g} to {better.max():.2g} better"
    return f"{len(pairs):,} pairs, most often {listed}"
