r"""How far back do trials of each type affect the choice? (Wang et al. 2018, Fig. 5d, e)

The regression of Miller, Botvinick & Brody (2017): for each lag l and each type of trial k
(common/uncommon transition, rewarded/unrewarded) a predictor x that is 1 if the trial l before was
of that type and its choice was right, -1 if it was of that type and left, 0 otherwise:

.. math:: \log \frac{P(right_t)}{P(left_t)} = \beta_0 + \sum_{l, k} \beta_{l, k} x_{l, k}(t)

With a positive coefficient the subject tends to repeat the choice, with a negative one to change.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.logistic import Covariance, LogisticFit, check_ridge
from pfc_analysis.analysis.statistics.subject_fits import (
    fit_subjects,
    label_coefficients,
    label_counts,
)
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    ChoiceTrials,
    ForcedTrials,
    classify_trials,
    find_previous,
    mask_history,
    read_common_transition,
    read_trials,
    require_any,
)

EarlyTrials = Literal["zero", "drop"]

INDICES = {
    # Order of TRIAL_TYPES: common rewarded, common unrewarded, uncommon rewarded, unrewarded.
    "planning_index": (1.0, -1.0, -1.0, 1.0),
    "model_free_index": (1.0, -1.0, 1.0, -1.0),
    "perseveration_index": (1.0, 1.0, 1.0, 1.0),
}
"""Weights of the coefficients, the same at every lag."""


@labelled
def fit_choice_history(
    recording: xr.Dataset,
    n_lags: int = 5,
    ridge: float = 0.0,
    early_trials: EarlyTrials = "zero",
    *,
    covariance: Covariance = "nonrobust",
    forced_trials: ForcedTrials = "history",
) -> xr.Dataset:
    """Fit the choice-history regression of the two-step task, subject by subject.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none), `reward` (rewarded if above 0) and
        `common_transition` (1 common, 0 uncommon, -1 none) on `trial`; `forced` and `invalid`
        where it has them. Forced and invalid trials are never predicted; an invalid trial in
        the history is 0 in all predictors of its lag.
    n_lags : int
        Trials to look back, at least 1.
    ridge : float
        Weight of the penalty: the fit maximises ``log_likelihood - ridge / 2 * sum(coefficient **
        2)``, the sum without the intercept. 0 is maximum likelihood; trained agents, whose
        choices are nearly determined, need a ridge of about 1.
    early_trials : {"zero", "drop"}
        What to do with a trial whose history would reach before its session's start: predict it
        with zeros there, as Miller et al. do, or leave it out.
    covariance : {"nonrobust", "cluster"}
        Standard errors from the (penalised) Hessian, with normal intervals, or clustered by
        session, with Student's t (sessions - 1 degrees of freedom; NaN for one session; too
        narrow when sessions are fewer than coefficients).
    forced_trials : {"history", "drop"}
        Whether a forced trial counts as history, or is 0 in all predictors of its lag.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `lag`, `trial_type`): `coefficient` in log-odds, `standard_error`, `lower`,
        `upper` (95 %). On `subject`: `intercept`, `planning_index` (also called the model-based
        index: sums over lags of CR - CU - UR + UU), `model_free_index` (CR - CU + UR - UU) and
        `perseveration_index` (CR + CU + UR + UU), each with `_standard_error`, `_lower`, `_upper`
        from the covariance of the coefficients; `planning_index_after_lag_1`, the same sum from
        lag 2 on (with two lags or more); `log_likelihood` (natural logarithm,
        unpenalised), `n_trials` (predicted), `n_sessions` and `ridge`.
        On (`subject`, `lag`): `planning_weight`, the summand of the planning index at each lag,
        likewise with its standard error and interval.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        If a subject's choices follow from the history without error and there is no ridge, or all
        choices of a subject are the same.
    AnalysisError
        If no trial is left to predict, or a setting is out of range.

    References
    ----------
    Miller, Botvinick & Brody (2017), Nature Neuroscience 20:1269, Fig. 2 and equation 1.
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 5d, e.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> fit = pfc.analysis.fit_choice_history(recording, n_lags=5).sel(subject="planner")
    >>> print(fit["coefficient"].dims, fit["coefficient"].shape)
    ('lag', 'trial_type') (5, 4)
    >>> print(f"planning index {fit['planning_index']:.1f}, standard error "
    ...       f"{fit['planning_index_standard_error']:.1f}")
    planning index 8.2, standard error 0.8
    """
    _check_settings(n_lags, ridge, early_trials)
    trials = read_trials(recording)
    kind = classify_trials(trials, read_common_transition(recording))
    kind = np.where(mask_history(trials, forced_trials), kind, NONE).astype(np.int64)
    histories = find_histories(trials, kind, n_lags)
    predicted = trials.predicted
    if early_trials == "drop":
        predicted = predicted & (_trials_since_start(trials) >= n_lags)
    require_any(predicted, f"predict from {n_lags} lag(s)", trials)
    types = [f"{name} at lag {lag}" for lag in range(1, n_lags + 1) for name in TRIAL_TYPES]
    fits = fit_subjects(
        trials,
        lambda rows: expand_histories(histories[rows]),
        trials.choice.astype(np.float64),
        predicted,
        ["intercept", *types],
        ridge=ridge,
        covariance=covariance,
        purpose="predict",
        pattern=_number_histories(histories),
    )
    result = _label(trials, fits, n_lags, ridge)
    result.attrs |= trials.counts() | {
        "covariance": covariance,
        "early_trials": early_trials,
        "forced_trials": forced_trials,
        "interval": "95 %",
    }
    return result


def build_history_design(trials: ChoiceTrials, kind: IntArray, n_lags: int) -> FloatArray:
    """Build the predictors of the choice-history regression.

    Parameters
    ----------
    trials : ChoiceTrials
        Trials of the recording.
    kind : integer array (trial,)
        Index into `TRIAL_TYPES`; -1 for a trial that is no history.
    n_lags : int
        Trials to look back.

    Returns
    -------
    float array (trial, 1 + n_lags * 4)
        The intercept, then lag by lag the four trial types, coded 1 right, -1 left, 0 otherwise.
    """
    return expand_histories(find_histories(trials, kind, n_lags))


def find_histories(trials: ChoiceTrials, kind: IntArray, n_lags: int) -> IntArray:
    """Find type and side of the trials before each trial: integer array (trial, lag).

    An index into `TRIAL_TYPES` plus 1, negative for a choice of the left; 0 where there is none.
    """
    own = np.where(trials.choice == 1, 1, -1) * (kind + 1)
    own = np.append(own, 0).astype(np.int8)  # the last entry is that of no trial
    return np.stack([own[find_previous(trials, lag)] for lag in range(1, n_lags + 1)], axis=1)


def _number_histories(histories: IntArray) -> IntArray | None:
    """Give equal histories (of `find_histories`) the same number; None for too many lags."""
    n_lags = histories.shape[1]
    n_values = 2 * len(TRIAL_TYPES) + 1
    if n_values**n_lags > 2**62:
        return None
    number = np.zeros(len(histories), np.int64)
    for own in histories.T:
        number *= n_values
        number += own + len(TRIAL_TYPES)
    return number


def expand_histories(histories: IntArray) -> FloatArray:
    """Turn the result of `find_histories` into predictors, as `build_history_design` has them."""
    n_types = len(TRIAL_TYPES)
    n_rows, n_lags = histories.shape
    design = np.zeros((n_rows, 1 + n_lags * n_types))
    design[:, 0] = 1.0
    for lag, own in enumerate(histories.T):
        rows = np.flatnonzero(own)
        design[rows, lag * n_types + np.abs(own[rows])] = np.sign(own[rows])
    return design


def check_lags(n_lags: int) -> None:
    """Raise `AnalysisError` unless the number of lags is whole and at least 1."""
    if not isinstance(n_lags, (int, np.integer)) or n_lags < 1:
        raise AnalysisError(f"n_lags: found {n_lags!r}, expected a whole number of at least 1")


def _check_settings(n_lags: int, ridge: float, early_trials: str) -> None:
    check_lags(n_lags)
    check_ridge(ridge)
    if early_trials not in get_args(EarlyTrials):
        raise AnalysisError(
            f"early_trials: found {early_trials!r}, expected 'zero' (predict them, with zeros for "
            "the missing history) or 'drop' (leave them out)"
        )


def _trials_since_start(trials: ChoiceTrials) -> IntArray:
    """Count the trials between each trial and the first recorded one of its session."""
    _, first = np.unique(trials.session, return_index=True)
    return trials.position - trials.position[first][trials.session]


def _label(trials: ChoiceTrials, fits: list[LogisticFit], n_lags: int, ridge: float) -> xr.Dataset:
    """Put the subjects' fits on named dimensions."""
    quantile = np.array([fit.interval_quantile for fit in fits])
    dims = ("subject", "lag", "trial_type")
    result = xr.Dataset(
        label_coefficients(fits, dims, (n_lags, len(TRIAL_TYPES)), skip=1),
        coords={
            "subject": list(trials.subjects),
            "lag": np.arange(1, n_lags + 1),
            "trial_type": list(TRIAL_TYPES),
        },
    )
    planning, no_lag = INDICES["planning_index"], np.zeros(n_lags)
    weights = {"intercept": np.eye(1, 1 + n_lags * len(TRIAL_TYPES))[0]}
    weights |= {name: _spread_over_lags(w, no_lag + 1.0) for name, w in INDICES.items()}
    if n_lags > 1:
        later = np.append(0.0, no_lag[1:] + 1.0)
        weights["planning_index_after_lag_1"] = _spread_over_lags(planning, later)
    for name, weight in weights.items():
        add_contrast(result, name, "subject", [[fit.contrast(weight)] for fit in fits], quantile)
    by_lag = [_spread_over_lags(planning, row) for row in np.eye(n_lags)]
    contrasts = [[fit.contrast(weight) for weight in by_lag] for fit in fits]
    add_contrast(result, "planning_weight", ("subject", "lag"), contrasts, quantile)
    return result.assign(label_counts(fits, ridge))


def _spread_over_lags(by_type: tuple[float, ...], by_lag: FloatArray) -> FloatArray:
    """Multiply weights of types and of lags; the intercept, which comes first, has weight 0."""
    return np.append(0.0, np.outer(by_lag, by_type))


def add_contrast(
    result: xr.Dataset,
    name: str,
    dims: str | tuple[str, ...],
    contrasts: list[list[tuple[FloatArray, FloatArray]]],
    quantile: FloatArray,
) -> None:
    """Add weighted sums of coefficients (subject by subject: value and standard error)."""
    value, error = np.moveaxis(np.array(contrasts, dtype=np.float64), -1, 0)
    reach = quantile[:, None] * error
    if dims == "subject":
        value, error, reach = value[:, 0], error[:, 0], reach[:, 0]
    result[name] = (dims, value, {"units": "log-odds"})
    result[f"{name}_standard_error"] = (dims, error, {"units": "log-odds"})
    result[f"{name}_lower"] = (dims, value - reach, {"units": "log-odds"})
    result[f"{name}_upper"] = (dims, value + reach, {"units": "log-odds"})
