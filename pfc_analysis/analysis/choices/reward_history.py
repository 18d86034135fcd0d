r"""How far back do rewards and choices affect the next choice? (Wang et al. 2018, Fig. 2c, f)

The regression of Lau & Glimcher (2005), over lags j in the same session:

.. math::
    \log \frac{P(right_t)}{P(left_t)} = \gamma + \sum_j \alpha_j (R^R_{t-j} - R^L_{t-j})
    + \sum_j \beta_j (C^R_{t-j} - C^L_{t-j})

with :math:`R^i` the reward earned from arm i (0 if another was chosen) and :math:`C^i` 1 if arm i
was chosen. With a positive weight at lag j the subject tends to choose again the arm that was
rewarded, or chosen, j trials ago. An invalid trial is 0 in all predictors of its lag. Automatic
water is not an earned reward. A trial with automatic water is never predicted. In the history of
later trials its choice counts and its reward is 0; with ``automatic_trials="drop"`` its choice is
0 too, since the water may have attracted the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray
from pfc_analysis.analysis.choices.history_regression import EarlyTrials, check_lags
from pfc_analysis.analysis.choices.weight_decay import Decay, fit_decay
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.logistic import Covariance, LogisticFit, fit_logistic
from pfc_analysis.analysis.statistics.subject_fits import label_counts
from pfc_analysis.analysis.trials.arm_trials import ArmTrials, read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import (
    ForcedTrials,
    find_previous,
    has_history,
    mask_history,
    require_any,
)

AutomaticTrials = Literal["history", "drop"]

KINDS = ("reward", "choice")


@labelled
def fit_reward_history(
    recording: xr.Dataset,
    n_lags: int = 15,
    ridge: float = 1e-3,
    early_trials: EarlyTrials = "zero",
    *,
    covariance: Covariance = "nonrobust",
    forced_trials: ForcedTrials = "history",
    automatic_trials: AutomaticTrials = "history",
    leave_out: Sequence[str] = (),
) -> xr.Dataset:
    """Fit the regression of choices on past rewards and choices, subject by subject.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` (at least 0 where the choice is valid;
        0 and 1, or amounts) on `trial`; `forced`, `invalid` and `automatic_reward` where it has
        them.
    n_lags : int
        Trials to look back, at least 1.
    ridge : float
        Weight of the penalty ``ridge / 2 * sum(coefficient ** 2)`` without the intercept; 0 for
        maximum likelihood. With the small default a fit exists also where the history nearly
        determines the choices.
    early_trials : {"zero", "drop"}
        What to do with a trial whose history would reach before its session's start: predict it
        with zeros there, or leave it out.
    covariance : {"nonrobust", "cluster"}
        Standard errors from the Hessian, with normal intervals, or clustered by session, with
        Student's t (NaN for one session; too narrow when sessions are fewer than coefficients).
    forced_trials : {"history", "drop"}
        Whether a forced trial counts as history, or is 0 in all predictors of its lag.
    automatic_trials : {"history", "drop"}
        The same for a trial with automatic water; its reward is 0 either way.
    leave_out : sequence of str
        Flags (0 or 1 on `trial`) whose trials are not predicted, such as "stimulated"; they count
        as history.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `lag`), lags from 1: `reward_weight` in log-odds per unit of reward and
        `choice_weight` in log-odds, each with `_standard_error`, `_lower`, `_upper` (95 %). On
        `subject`: `intercept` with the same (bias to the right); `reward_half_life` in trials, with
        `_lower` and `_upper` (see `pfc_analysis.analysis.choices.weight_decay`; NaN where the
        weights do not decay exponentially); `log_likelihood` (natural logarithm, unpenalised),
        `n_trials` (predicted), `n_sessions` and `ridge`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        As `fit_choice_history`.
    AnalysisError
        If no trial is left to predict, or a value or setting is out of range.

    References
    ----------
    Lau & Glimcher (2005), J Exp Anal Behav 84:555, equation 7. Tsutsui et al. (2016), Nat Commun
    7:12554. Wang et al. (2018), Nature Neuroscience 21:860, Fig. 2c, f.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> fit = pfc.analysis.fit_reward_history(recording, n_lags=5).sel(subject="observer")
    >>> print(fit["reward_weight"].values.round(1))
    [ 1.8  0.9 -0.1 -0.1 -0.4]

    Log-odds of choosing an arm for a reward that it paid 1 to 5 trials ago.
    """
    arms = read_arm_trials(recording, leave_out)
    predicted = select_predicted(arms, n_lags, early_trials)
    fits = []
    for subject, rows, own in arms.by_subject():
        design = build_reward_design(own, n_lags, forced_trials, automatic_trials)
        require_any(predicted[rows], f"predict for subject {subject!r}", arms.trials)
        fits.append(fit_rows(own, design, predicted[rows], ridge, covariance, subject))
    result = _label(arms, fits, n_lags, ridge)
    result.attrs |= arms.counts() | {
        "covariance": covariance,
        "early_trials": early_trials,
        "forced_trials": forced_trials,
        "automatic_trials": automatic_trials,
        "leave_out": ", ".join(leave_out),
        "interval": "95 %",
    }
    return result


def build_reward_design(
    arms: ArmTrials,
    n_lags: int,
    forced_trials: ForcedTrials = "history",
    automatic_trials: AutomaticTrials = "history",
) -> FloatArray:
    """Build the predictors of the regression.

    Returns
    -------
    float array (trial, 1 + 2 * n_lags)
        The intercept, differences of rewards at lags 1, 2, ..., then those of choices.
    """
    check_lags(n_lags)
    if automatic_trials not in get_args(AutomaticTrials):
        raise AnalysisError(
            f"automatic_trials: found {automatic_trials!r}, expected 'history' (a choice in a "
            "trial with automatic water counts as history) or 'drop' (it does not)"
        )
    history = mask_history(arms.trials, forced_trials)
    if automatic_trials == "drop":
        history = history & ~arms.automatic
    chosen = np.where(history, 2.0 * arms.trials.choice - 1.0, 0.0)
    rewarded = chosen * arms.reward
    design = np.zeros((chosen.size, 1 + 2 * n_lags))
    design[:, 0] = 1.0
    for lag in range(1, n_lags + 1):
        before = find_previous(arms.trials, lag)
        there = before >= 0
        design[there, lag] = rewarded[before[there]]
        design[there, n_lags + lag] = chosen[before[there]]
    return design


def select_predicted(arms: ArmTrials, n_lags: int, early_trials: EarlyTrials) -> BoolArray:
    """Select the trials that the regression predicts; boolean array (trial,)."""
    check_lags(n_lags)
    if early_trials not in get_args(EarlyTrials):
        raise AnalysisError(
            f"early_trials: found {early_trials!r}, expected 'zero' (predict them, with zeros for "
            "the missing history) or 'drop' (leave them out)"
        )
    predicted = arms.counted
    if early_trials == "drop":
        predicted = predicted & has_history(arms.trials, n_lags)
    require_any(predicted, f"predict from {n_lags} lag(s)", arms.trials)
    return predicted


def fit_rows(
    arms: ArmTrials,
    design: FloatArray,
    rows: BoolArray,
    ridge: float,
    covariance: Covariance = "nonrobust",
    subject: str = "",
) -> LogisticFit:
    """Fit the regression to some trials, given as a boolean array (trial,)."""
    n_lags = (design.shape[1] - 1) // 2
    names = [f"{kind} at lag {lag}" for kind in KINDS for lag in range(1, n_lags + 1)]
    return fit_logistic(
        design[rows],
        arms.trials.choice[rows].astype(np.float64),
        arms.trials.session[rows],
        ["intercept", *names],
        ridge=ridge,
        covariance=covariance,
        subject=subject,
    )


def _label(arms: ArmTrials, fits: list[LogisticFit], n_lags: int, ridge: float) -> xr.Dataset:
    """Put the subjects' fits on named dimensions."""
    estimate = np.stack([fit.coefficient for fit in fits])
    error = np.stack([np.sqrt(np.diag(fit.covariance)) for fit in fits])
    reach = np.array([fit.interval_quantile for fit in fits])[:, None] * error
    triple = {"": estimate, "_standard_error": error}
    triple |= {"_lower": estimate - reach, "_upper": estimate + reach}
    result = xr.Dataset(
        coords={"subject": list(arms.trials.subjects), "lag": np.arange(1, n_lags + 1)}
    )
    units = {"reward": "log-odds per unit of reward", "choice": "log-odds"}
    for suffix, values in triple.items():
        for index, kind in enumerate(KINDS):
            columns = slice(1 + index * n_lags, 1 + (index + 1) * n_lags)
            attributes = {"units": units[kind]}
            result[f"{kind}_weight{suffix}"] = (("subject", "lag"), values[:, columns], attributes)
        result[f"intercept{suffix}"] = ("subject", values[:, 0], {"units": "log-odds"})
    decays = [_reward_decay(fit, n_lags) for fit in fits]
    for suffix in ("", "_lower", "_upper"):
        lives = [getattr(decay, "half_life" + suffix) for decay in decays]
        result[f"reward_half_life{suffix}"] = ("subject", lives, {"units": "trials"})
    return result.assign(label_counts(fits, ridge))


def _reward_decay(fit: LogisticFit, n_lags: int) -> Decay:
    rewards = slice(1, 1 + n_lags)
    return fit_decay(fit.coefficient[rewards], fit.covariance[rewards, rewards])
