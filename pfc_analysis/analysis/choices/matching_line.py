r"""Do choices match rewards? Log ratios and the line through them (Wang et al. 2018, Fig. 2a, d).

Generalised matching: with C choices of and R rewards from each arm, in a session or a block,

.. math:: \log_2 \frac{C_{right}}{C_{left}} = s \log_2 \frac{R_{right}}{R_{left}} + b

Sensitivity s is 1 in perfect matching and below 1 in undermatching; b is the bias to the right.
Chance affects s in two ways. Rewards are earned by choosing, so chance in the choices moves both
ratios. Rewards are few, so chance in the rewards scatters x and pulls s towards 0. To see how large
s is by chance alone, simulate a player who ignores rewards and analyse it in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.straight_line import LineCovariance, StraightLine, fit_line
from pfc_analysis.analysis.trials.arm_trials import (
    LEFT,
    RIGHT,
    ArmTrials,
    read_arm_trials,
    require_probability,
)

Unit = Literal["session", "block"]


@labelled
def compute_log_ratios(
    recording: xr.Dataset,
    by: Unit = "session",
    min_trials: int = 1,
    *,
    leave_out: Sequence[str] = (),
) -> xr.Dataset:
    """Compute the log ratios of choices and of rewards, session by session or block by block.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` (at least 0 where the choice is valid) on
        `trial`; `base_probability` or `reward_probability` (`trial`, `arm`), `forced`, `invalid`
        and `automatic_reward` where it has them. Only free, valid choices count, and no trial
        with automatic water.
    by : {"session", "block"}
        What makes a point: a session (an agent's episode), or a run of trials of a session in
        which both arms' scheduled probabilities stay the same.
    min_trials : int
        Leave out points with fewer choices that count.
    leave_out : sequence of str
        Further flags (0 or 1 on `trial`) whose trials do not count, such as "stimulated".

    Returns
    -------
    xarray.Dataset
        On `point`: `log_choice_ratio` and `log_reward_ratio`, right over left to base 2, and
        `n_trials`, the choices that counted. If the recording says how well the arms pay:
        `base_probability_right`, the right arm's share of the two probabilities, 0 to 1 (NaN where
        it changes within the point, or both are 0). Coordinates `subject`, `session` (as in
        the recording), `block` (counted from 0 in each session; 0 throughout by session) and
        `first_trial` (in its session). Attributes count the points left out, and name subjects
        that have none: ratios exist only if both arms were chosen and both paid. Short points and
        points with a lean arm are therefore left out more often than others.

    Raises
    ------
    MissingVariableError
        If a variable is missing; for blocks, if the arms' probabilities are.
    EmptySelectionError
        If no point is left.
    AnalysisError
        If a value or a setting is out of range.

    References
    ----------
    Lau & Glimcher (2005), J Exp Anal Behav 84:555. Tsutsui et al. (2016), Nat Commun 7:12554.
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 2a, d.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> points = pfc.analysis.compute_log_ratios(recording)
    >>> print(points["log_choice_ratio"].dims, points.sizes["point"])
    ('point',) 26
    >>> print(points["log_choice_ratio"].values[:4].round(2))
    [ 3.4   0.56 -2.62 -3.38]

    A value of 1 means twice as many choices of the right arm as of the left one.
    """
    if by not in get_args(Unit):
        raise AnalysisError(f"by: found {by!r}, expected 'session' or 'block'")
    if not isinstance(min_trials, (int, np.integer)) or min_trials < 1:
        raise AnalysisError(
            f"min_trials: found {min_trials!r}, expected a whole number of at least 1"
        )
    arms = read_arm_trials(recording, leave_out)
    arms.require_counted("enter a ratio")
    point = _number_points(arms, by)
    choices, rewards = _total(arms, point)
    n_trials = choices.sum(axis=1).astype(np.int64)
    short = n_trials < min_trials
    one_sided = ~short & (choices == 0).any(axis=1)
    unpaid = ~short & ~one_sided & (rewards == 0).any(axis=1)
    kept = np.flatnonzero(~(short | one_sided | unpaid))
    dropped = {
        "n_points_found": int(n_trials.size),
        "n_points_too_short": int(short.sum()),
        "n_points_one_arm_never_chosen": int(one_sided.sum()),
        "n_points_one_arm_never_paid": int(unpaid.sum()),
    }
    if kept.size == 0:
        raise EmptySelectionError(
            f"choice, reward: found no {by} with at least {min_trials} trial(s) in which both arms "
            f"were chosen and both paid: {dropped}. Use longer sessions or by='session'."
        )
    first = np.unique(point, return_index=True)[1]
    result = xr.Dataset(
        {
            "log_choice_ratio": ("point", _log_ratio(choices[kept]), {"units": "log2 ratio"}),
            "log_reward_ratio": ("point", _log_ratio(rewards[kept]), {"units": "log2 ratio"}),
            "n_trials": ("point", n_trials[kept]),
        },
        coords=_coordinates(recording, arms, first, kept),
    )
    if arms.probability is not None:
        share = _share_right(arms.probability, point, first)
        result["base_probability_right"] = ("point", share[kept])
    left = [name for name in arms.trials.subjects if name not in result["subject"].values]
    result.attrs = arms.counts() | dropped
    result.attrs |= {"subjects_without_point": ", ".join(left)}
    result.attrs |= {"by": by, "min_trials": int(min_trials), "leave_out": ", ".join(leave_out)}
    return result


@labelled
def fit_matching(points: xr.Dataset, covariance: LineCovariance = "HC3") -> xr.Dataset:
    """Fit the matching line, subject by subject.

    Parameters
    ----------
    points : xarray.Dataset
        Result of `compute_log_ratios`, or a selection of its points.
    covariance : {"HC3", "nonrobust"}
        Standard errors that allow for unequal scatter (MacKinnon & White 1985), or the classical
        ones. Log ratios scatter more the fewer rewards the lean arm paid, towards both ends of
        the line, hence the default; classical errors are then too small.

    Returns
    -------
    xarray.Dataset
        On `subject`: `slope` (sensitivity) and `intercept` (bias to the right, log2 ratio) by
        ordinary least squares, each with `_standard_error`, `_lower` and `_upper` (95 %,
        Student's t with n - 2 degrees of freedom); `r` (Fisher's z) and `r_squared` (the squares
        of r's interval) with theirs; `slope_intercept_covariance`; `residual_deviation`;
        `n_points`. NaN for a subject with fewer than three points or no spread in x; the interval
        of r needs four.

    Raises
    ------
    EmptySelectionError
        If no subject has three points.
    AnalysisError
        If the covariance is unknown.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> line = pfc.analysis.fit_matching(pfc.analysis.compute_log_ratios(recording))
    >>> line = line.sel(subject="observer")
    >>> print(f"slope {line['slope']:.2f} ({line['slope_lower']:.2f} to {line['slope_upper']:.2f})")
    slope 0.82 (0.74 to 0.89)

    A slope of 1 is perfect matching; one below 1 is undermatching.
    """
    names = list(dict.fromkeys(points["subject"].values.tolist()))
    lines = []
    for name in names:
        own = points.isel(point=points["subject"].values == name)
        x, y = own["log_reward_ratio"].values, own["log_choice_ratio"].values
        lines.append(fit_line(x, y, covariance))
    if max((line.n_points for line in lines), default=0) < 3:
        raise EmptySelectionError(
            f"point: found at most {max((n.n_points for n in lines), default=0)} point(s) a "
            "subject, expected at least 3 for a line with an interval; record more sessions, or "
            "use compute_log_ratios(..., by='block')"
        )
    return _label(names, lines, covariance)


def _number_points(arms: ArmTrials, by: Unit) -> IntArray:
    """Count sessions or blocks over the recording, from 0; the number of each trial."""
    session = arms.trials.session
    if by == "session":
        return session
    probability = require_probability(arms, "where a block ends")
    changes = (np.diff(session) != 0) | np.any(np.diff(probability, axis=0) != 0, axis=1)
    return np.cumsum(np.append(False, changes)).astype(np.int64)


def _total(arms: ArmTrials, point: IntArray) -> tuple[FloatArray, FloatArray]:
    """Sum the choices that count, and their rewards; float arrays (point, arm)."""
    n = int(point.max()) + 1
    choices, rewards = np.zeros((n, 2)), np.zeros((n, 2))
    for arm in (LEFT, RIGHT):
        chosen = arms.counted & (arms.trials.choice == arm)
        choices[:, arm] = np.bincount(point, chosen, n)
        rewards[:, arm] = np.bincount(point, np.where(chosen, arms.reward, 0.0), n)
    return choices, rewards


def _log_ratio(total: FloatArray) -> FloatArray:
    return np.asarray(np.log2(total[:, RIGHT] / total[:, LEFT]), dtype=np.float64)


def _share_right(probability: FloatArray, point: IntArray, first: IntArray) -> FloatArray:
    """Compute the right arm's share of the scheduled probabilities; NaN where it changes."""
    total = probability.sum(axis=1)
    share = np.divide(probability[:, RIGHT], total, np.full(total.size, np.nan), where=total > 0)
    varies = np.any(probability != probability[first[point]], axis=1)
    return np.where(np.bincount(point, varies) > 0, np.nan, share[first])


def _coordinates(
    recording: xr.Dataset, arms: ArmTrials, first: IntArray, kept: IntArray
) -> dict[str, tuple[str, np.ndarray]]:
    """Build the coordinates that say from which trials each point is."""
    session = arms.trials.session[first]
    # Points of a session follow each other, so a block's number is its distance from the first.
    block = np.arange(first.size) - np.searchsorted(session, session)
    at = first[kept]
    return {
        "subject": ("point", recording["subject"].values[at].astype(str)),
        "session": ("point", recording["session"].values[at]),
        "block": ("point", block[kept]),
        "first_trial": ("point", arms.trials.position[at]),
    }


def _label(names: list[str], lines: list[StraightLine], covariance: str) -> xr.Dataset:
    """Put the subjects' lines on a named dimension."""
    fields = (
        "slope",
        "intercept",
        "r",
        "r_squared",
        "slope_intercept_covariance",
        "residual_deviation",
        "n_points",
    )
    result = xr.Dataset(coords={"subject": names})
    for name in fields:
        result[name] = ("subject", np.array([getattr(line, name) for line in lines]))
    for name in ("slope", "intercept"):
        error = np.array([getattr(line, f"{name}_error") for line in lines])
        result[f"{name}_standard_error"] = ("subject", error)
    for name in ("slope", "intercept", "r", "r_squared"):
        bounds = np.array([line.interval(name) for line in lines])
        result[f"{name}_lower"] = ("subject", bounds[:, 0])
        result[f"{name}_upper"] = ("subject", bounds[:, 1])
    result["slope"].attrs["long_name"] = "sensitivity of choice to reward; 1 is matching"
    result["intercept"].attrs |= {"long_name": "bias to the right", "units": "log2 ratio"}
    result.attrs |= {
        "covariance": covariance,
        "interval": "95 %, Student's t for slope and intercept, Fisher's z for r",
    }
    return result
