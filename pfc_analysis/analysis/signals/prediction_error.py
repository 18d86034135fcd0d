"""Do prediction errors follow planning or model-free learning? (Wang et al. 2018, Fig. 5f, g)

The errors of an agent's critic are compared with those of two learners that are run along the same
choices and outcomes: one that plans, `ModelBased`, and one that does not, SARSA(1)
(`ModelFreeChained` with eligibility 1). Both share the values of the second-stage states (Daw et
al. 2011).

The two learners' errors are equal at the outcome, so the raw model-free error correlates with any
sensible error. The part of it that the model-based error does not explain linearly is specific to
the model-free learner; that part is the regressor of Fig. 5g.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learners.learner import Learner
from pfc_analysis.analysis.learners.learner_replay import EVENTS, run_learner
from pfc_analysis.analysis.learners.two_step_learners import ModelBased, ModelFreeChained
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.signals.session_regression import (
    MomentTable,
    regress_pairs,
    residualise,
    tabulate_moments,
)
from pfc_analysis.analysis.statistics.bootstrap import (
    check_resamples,
    draw_weights,
    percentile_interval,
)
from pfc_analysis.analysis.trials.choice_trials import read_trials
from pfc_analysis.analysis.trials.labelled_values import read_at_labels

LastTrial = Literal["drop", "keep"]

REGRESSORS = ("model_based", "model_free", "model_free_unique", "model_based_unique")
"""Learners' errors: raw, and the part not explained by the other's ("unique", a residual)."""

SELECTIONS: Mapping[str, tuple[str, ...]] = {
    "both": EVENTS,
    "second_state": ("second_state",),
    "outcome": ("outcome",),
}
"""Events that enter a regression; Fig. 5f, g pools both."""


@labelled
def regress_prediction_error(
    recording: xr.Dataset,
    generator: np.random.Generator,
    *,
    alpha: float = 0.5,
    common_probability: float = 0.8,
    initial_value: float = 0.5,
    last_trial: LastTrial = "drop",
    n_bootstrap: int = 1000,
) -> xr.Dataset:
    """Regress an agent's prediction errors on those of planning and model-free learners.

    Each regression is ``rpe = intercept + slope * regressor + noise``, by least squares, per
    subject, for both events pooled and for each alone.

    Parameters
    ----------
    recording : xarray.Dataset
        An agent's recording: `rpe` on (`trial`, `event`) with events "second_state" and
        "outcome", and what `run_learner` reads.
    generator : numpy.random.Generator
        For the bootstrap; the same state gives the same intervals.
    alpha, common_probability, initial_value : float
        Learning rate of both learners; P(state i | choice i); values at a session's start.
    last_trial : {"drop", "keep"}
        What to do with the outcome of a session's last trial. No state follows it, so the critic's
        error lacks the discounted next value that it has in every other trial.
    n_bootstrap : int
        Resamples of the sessions, at least 2.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `regressor`, `selection`): `slope`, `intercept`, `r2` (squared
        correlation, 0 to 1) and, for the unique parts, `partial_r2` (their share of the variance
        that the other learner leaves unexplained), each with `_lower` and `_upper`: percentile
        intervals of the bootstrap over sessions, in which residuals are taken anew; NaN with one
        session. An interval of `r2` near 0 begins above 0, since r2 cannot be negative. Regressors:
        "model_based" (Fig. 5f), "model_free" (raw), "model_free_unique" (residual of model_free
        on model_based: Fig. 5g) and "model_based_unique". Selections: "both", "second_state",
        "outcome". A regressor without variance (at the outcome the learners' errors coincide, so
        there is nothing unique) gives NaN. `n_points` on (`subject`, `selection`),
        `n_sessions` on `subject`. Attribute `n_points_last_trial_left_out` counts what
        `last_trial` dropped.

    Raises
    ------
    MissingVariableError
        If the recording has no `rpe` (animals have none) or lacks another variable.
    EmptySelectionError
        If a subject has no usable prediction error.
    AnalysisError
        If a setting is out of range.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 5f, g. Daw et al. (2011), Neuron 69:1204,
    who enter the difference of the two learners' errors, orthogonalised, for the same reason.
    """
    check_resamples(n_bootstrap, "n_bootstrap", fewest=2)
    points = compute_prediction_error_points(
        recording,
        alpha=alpha,
        common_probability=common_probability,
        initial_value=initial_value,
        last_trial=last_trial,
    )
    names = list(dict.fromkeys(read_trials(recording).subjects))
    fits = [
        _regress_subject(
            points.isel(point=(points["subject"] == name).values), generator, n_bootstrap, name
        )
        for name in names
    ]
    result = xr.concat(fits, dim=xr.Variable("subject", names))
    result.attrs = points.attrs | {
        "interval": f"95 %, percentiles of {n_bootstrap} bootstrap samples of sessions"
    }
    return result


@labelled
def compute_prediction_error_points(
    recording: xr.Dataset,
    *,
    alpha: float = 0.5,
    common_probability: float = 0.8,
    initial_value: float = 0.5,
    last_trial: LastTrial = "drop",
) -> xr.Dataset:
    """List the points of Fig. 5f, g: an agent's prediction errors with those of the learners.

    Parameters
    ----------
    recording, alpha, common_probability, initial_value, last_trial
        As for `regress_prediction_error`.

    Returns
    -------
    xarray.Dataset
        On `point` (one event of one trial; invalid trials and missing errors left out), with
        coordinates `subject`, `session_index` (over the whole recording), `trial` (index in the
        recording) and `event`: `rpe`, the agent's, and one variable per name in `REGRESSORS`, all
        in units of reward. The unique parts are residuals over both events of the subject.

    Raises
    ------
    MissingVariableError, EmptySelectionError, AnalysisError
        As for `regress_prediction_error`.
    """
    read = read_at_labels(recording, "rpe", ("trial", "event"), EVENTS)
    rpe = np.asarray(read, dtype=np.float64)
    if last_trial not in get_args(LastTrial):
        raise AnalysisError(f"last_trial: found {last_trial!r}, expected 'drop' or 'keep'")
    learners: dict[str, Learner] = {
        "model_based": ModelBased(alpha, 0.0, common_probability, initial_value),
        "model_free": ModelFreeChained(alpha, 0.0, 1.0, initial_value),
    }
    felt = {
        name: run_learner(learner, recording)["prediction_error"].values
        for name, learner in learners.items()
    }
    trials = read_trials(recording)
    usable = np.isfinite(rpe) & np.isfinite(felt["model_based"]) & trials.valid[:, None]
    ends = np.append(np.diff(trials.session) > 0, True)
    outcome = np.array([event == "outcome" for event in EVENTS])
    terminal = usable & ends[:, None] & outcome
    if last_trial == "drop":
        usable = usable & ~terminal
    if not usable.any():
        raise EmptySelectionError(
            "rpe: no prediction error is left, expected finite numbers in valid trials, other than "
            "the last outcome of each session; use last_trial='keep', or record longer sessions"
        )
    trial, event = np.nonzero(usable)
    data = {"rpe": rpe[usable]} | {name: error[usable] for name, error in felt.items()}
    data |= _unique_parts(data, trials.subject[trial])
    points = xr.Dataset(
        {name: ("point", values, {"units": "reward"}) for name, values in data.items()},
        coords={
            "subject": ("point", np.array(trials.subjects)[trials.subject[trial]]),
            "session_index": ("point", trials.session[trial]),
            "trial": ("point", trial),
            "event": ("point", np.array(EVENTS)[event]),
        },
    )
    left_out = int(terminal.sum()) if last_trial == "drop" else 0
    points.attrs |= trials.counts() | {
        "alpha": float(alpha),
        "last_trial": last_trial,
        "n_points_last_trial_left_out": left_out,
    }
    return points


def _unique_parts(data: Mapping[str, FloatArray], subject: IntArray) -> dict[str, FloatArray]:
    """Compute the residual of each learner's errors on the other's, subject by subject."""
    based, free = data["model_based"], data["model_free"]
    unique = {"model_free_unique": np.empty_like(free), "model_based_unique": np.empty_like(based)}
    for index in np.unique(subject):
        rows = subject == index
        unique["model_free_unique"][rows] = residualise(free[rows], based[rows])
        unique["model_based_unique"][rows] = residualise(based[rows], free[rows])
    return unique


def _regress_subject(
    points: xr.Dataset, generator: np.random.Generator, n_bootstrap: int, name: str
) -> xr.Dataset:
    """Compute all regressions of one subject, with bootstrap intervals."""
    if points.sizes["point"] == 0:
        raise EmptySelectionError(
            f"rpe: subject {name!r} has no usable prediction error; leave the subject out"
        )
    y, based, free = (points[n].values for n in ("rpe", "model_based", "model_free"))
    _, session = np.unique(points["session_index"].values, return_inverse=True)
    n_sessions = int(session.max()) + 1
    # The same resampled sessions serve all selections, so that intervals can be compared.
    draws = draw_weights(n_sessions, n_bootstrap, generator)
    parts = []
    for events in SELECTIONS.values():
        rows = np.isin(points["event"].values, events)
        table = tabulate_moments(y[rows], based[rows], free[rows], session[rows], n_sessions)
        parts.append(_interval(table, draws).assign(n_points=int(rows.sum())))
    result = xr.concat(parts, dim=xr.Variable("selection", list(SELECTIONS)))
    return result.assign(n_sessions=n_sessions)


def _interval(table: MomentTable, draws: FloatArray) -> xr.Dataset:
    """Estimate one selection on `regressor`, with percentile intervals over the draws."""
    n_sessions = draws.shape[1]
    once = regress_pairs(table, np.ones((1, n_sessions)))
    again = regress_pairs(table, draws)
    result = xr.Dataset(coords={"regressor": list(REGRESSORS)})
    for name, estimate in once.items():
        ends = percentile_interval(again[name], np.isfinite(estimate[0]) & (n_sessions > 1))
        result[name] = ("regressor", estimate[0])
        result[f"{name}_lower"] = ("regressor", ends[0])
        result[f"{name}_upper"] = ("regressor", ends[1])
    return result
