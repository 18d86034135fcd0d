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

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.learners.learner_replay import EVENTS
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.signals.replayed_errors import (
    LastTrial,
    ReplayedErrors,
    read_replayed_errors,
)
from pfc_analysis.analysis.signals.session_regression import (
    regress_pairs,
    residualise,
    tabulate_moments,
)
from pfc_analysis.analysis.statistics.bootstrap import (
    check_resamples,
    draw_weights,
    percentile_interval,
)

REGRESSORS = ("model_based", "model_free", "model_free_unique", "model_based_unique")
"""Learners' errors: raw, and the part not explained by the other's ("unique", a residual)."""

SELECTIONS: dict[str, tuple[str, ...]] = {
    "both": EVENTS,
    "second_state": ("second_state",),
    "outcome": ("outcome",),
}
"""Events that enter a regression; Fig. 5f, g pools both."""


@labelled
def regress_prediction_error(
    recording: xr.Dataset,
    generator: np.random.Generator | int,
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
    generator : numpy.random.Generator or int
        For the bootstrap; the same seed gives the same intervals.
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
        If `last_trial` or the number of resamples is out of range.
    LearnerError
        If `alpha`, `common_probability` or `initial_value` is out of range.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 5f, g. Daw et al. (2011), Neuron 69:1204,
    who enter the difference of the two learners' errors, orthogonalised, for the same reason.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> rng = np.random.default_rng(1)
    >>> fit = pfc.analysis.regress_prediction_error(recording, rng, n_bootstrap=50)
    >>> for regressor in ("model_based", "model_free_unique"):
    ...     r2 = fit["r2"].sel(regressor=regressor, selection="both").mean("subject")
    ...     print(f"{regressor}: {float(r2):.1f}")
    model_based: 0.8
    model_free_unique: 0.0

    Planning explains most of the variance of the agents' prediction errors; the part that only
    model-free learning predicts explains almost none.
    """
    generator = as_generator(generator, "generator")
    check_resamples(n_bootstrap, "n_bootstrap", fewest=2)
    errors = read_replayed_errors(recording, alpha, common_probability, initial_value, last_trial)
    centre, moments = _sum_products(errors)
    totals, n_sessions = [], []
    for index, name in errors.trials.by_subject():
        own = moments[_find_sessions(errors, moments, index, name)]
        # The same resampled sessions serve all selections, so that intervals can be compared.
        draws = draw_weights(len(own), n_bootstrap, generator)
        weights = np.vstack([np.ones(len(own)), draws])  # the sessions as they are come first
        totals.append(np.tensordot(weights, own, axes=1))
        n_sessions.append(len(own))
    result = _estimate(np.stack(totals), centre, np.array(n_sessions))
    result = result.assign_coords(subject=list(errors.trials.subjects))
    result.attrs = _describe(errors, alpha, last_trial) | {
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
    MissingVariableError, EmptySelectionError, AnalysisError, LearnerError
        As for `regress_prediction_error`.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> points = pfc.analysis.compute_prediction_error_points(recording)
    >>> points["rpe"].dims
    ('point',)
    >>> print(f"{np.corrcoef(points['rpe'], points['model_based'])[0, 1]:.1f}")
    0.9

    The correlation of the agents' prediction errors with those of a planning learner.
    """
    errors = read_replayed_errors(recording, alpha, common_probability, initial_value, last_trial)
    trials, trial = errors.trials, errors.trial
    data = {
        "rpe": errors.agent,
        "model_based": errors.model_based,
        "model_free": errors.model_free,
        **_unique_parts(errors),
    }
    points = xr.Dataset(
        {name: ("point", values, {"units": "reward"}) for name, values in data.items()},
        coords={
            "subject": ("point", np.array(trials.subjects)[trials.subject[trial]]),
            "session_index": ("point", trials.session[trial]),
            "trial": ("point", trial),
            "event": ("point", np.array(EVENTS)[errors.event]),
        },
    )
    points.attrs |= _describe(errors, alpha, last_trial)
    return points


def _describe(errors: ReplayedErrors, alpha: float, last_trial: LastTrial) -> dict[str, object]:
    return errors.trials.counts() | {
        "alpha": float(alpha),
        "last_trial": last_trial,
        "n_points_last_trial_left_out": errors.n_left_out,
    }


def _unique_parts(errors: ReplayedErrors) -> dict[str, FloatArray]:
    """Compute the residual of each learner's errors on the other's, subject by subject."""
    based, free = errors.model_based, errors.model_free
    subject = errors.trials.subject[errors.trial]
    unique = {"model_free_unique": np.empty_like(free), "model_based_unique": np.empty_like(based)}
    for index in np.unique(subject):
        rows = subject == index
        unique["model_free_unique"][rows] = residualise(free[rows], based[rows])
        unique["model_based_unique"][rows] = residualise(based[rows], free[rows])
    return unique


def _sum_products(errors: ReplayedErrors) -> tuple[FloatArray, FloatArray]:
    """Compute means (subject, selection, signal), and sums of products of deviations from them.

    The sums are on (session, selection, 4, 4). Each selection has its own means, so that the sums
    of a signal that does not vary there are exactly 0.
    """
    trials = errors.trials
    n_subjects, n_sessions = len(trials.subjects), int(trials.session[-1]) + 1
    signals = np.stack([errors.agent, errors.model_based, errors.model_free])
    centres, moments = [], []
    for events in SELECTIONS.values():
        rows = np.isin(errors.event, [EVENTS.index(event) for event in events])
        own, trial = signals[:, rows], errors.trial[rows]
        subject = trials.subject[trial]
        centre = np.zeros((n_subjects, len(own)))
        for index in np.unique(subject):
            centre[index] = own[:, subject == index].mean(axis=1)
        shifted = own - centre[subject].T
        centres.append(centre)
        moments.append(tabulate_moments(list(shifted), trials.session[trial], n_sessions))
    return np.stack(centres, axis=1), np.stack(moments, axis=1)


def _find_sessions(
    errors: ReplayedErrors, moments: FloatArray, subject: int, name: str
) -> IntArray:
    """Find the sessions of a subject that have a point."""
    sessions = np.unique(errors.trials.session[errors.trials.subject == subject])
    found = sessions[moments[sessions, :, 0, 0].any(axis=1)]
    if found.size == 0:
        raise EmptySelectionError(
            f"rpe: subject {name!r} has no usable prediction error; leave the subject out"
        )
    return found


def _estimate(total: FloatArray, centre: FloatArray, n_sessions: IntArray) -> xr.Dataset:
    """Estimate all regressions, with percentile intervals.

    Parameters
    ----------
    total : float array (subject, sample, selection, 4, 4)
        Sums of products; sample 0 holds the sessions as they are, the others are drawn.
    centre : float array (subject, selection, 3)
        Means that were subtracted from the signals.
    n_sessions : integer array (subject,)
    """
    found = regress_pairs(total, centre[:, None])
    dims = ("subject", "selection", "regressor")
    result: dict[str, tuple[str | tuple[str, ...], FloatArray | IntArray]] = {}
    for name, estimate in found.items():
        once, again = estimate[:, 0], np.moveaxis(estimate[:, 1:], 1, 0)
        known = np.isfinite(once) & (n_sessions > 1)[:, None, None]
        lower, upper = percentile_interval(again, known)
        result |= {
            name: (dims, once), f"{name}_lower": (dims, lower), f"{name}_upper": (dims, upper)
        }  # fmt: skip
    result["n_points"] = (dims[:2], np.rint(total[:, 0, :, 0, 0]).astype(np.int64))
    result["n_sessions"] = ("subject", n_sessions)
    return xr.Dataset(result, coords={"regressor": list(REGRESSORS), "selection": list(SELECTIONS)})
