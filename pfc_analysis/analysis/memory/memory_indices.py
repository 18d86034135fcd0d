r"""How much do the last trial and the cued trial affect a choice? (Vikbladh et al. 2017)

One logistic regression of the choices of cued trials holds both influences at once:

.. math::
    \log \frac{P(right)}{P(left)} = \beta_0 + \sum_{i \in \{last, cued\}} s_i \left(
    \beta_{i, choice} + \beta_{i, transition} T_i + \beta_{i, outcome} R_i
    + \beta_{i, planning} \, 2 T_i R_i \right)

where for trial i the choice :math:`s_i` is 1 (right) or -1 (left), the transition :math:`T_i` 1/2
(common) or -1/2, and the outcome :math:`R_i` 1/2 (rewarded) or -1/2. So :math:`\beta_{i,
outcome}` is the log-odds of repeating the choice of trial i after reward, less those after none.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.choices.history_regression import add_contrast, check_lags
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.logistic import Covariance, LogisticFit, check_ridge
from pfc_analysis.analysis.statistics.subject_fits import (
    fit_subjects,
    label_coefficients,
    label_counts,
)
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    ForcedTrials,
    classify_trials,
    find_previous,
    mask_history,
    read_common_transition,
    read_trials,
    require_any,
)

PREDICTORS = ("choice", "transition", "outcome", "transition_x_outcome")
"""What a past trial enters the regression with."""

INDICES = {
    "incremental_model_based": ("last", "transition_x_outcome"),
    "incremental_model_free": ("last", "outcome"),
    "episodic_model_based": ("cued", "transition_x_outcome"),
    "episodic_model_free": ("cued", "outcome"),
}
"""Which coefficients are summed for each index: those of past trials, or of the cued one."""


@labelled
def fit_memory_indices(
    recording: xr.Dataset,
    n_lags: int = 1,
    ridge: float = 0.0,
    *,
    covariance: Covariance = "cluster",
    forced_trials: ForcedTrials = "history",
) -> xr.Dataset:
    """Fit incremental and episodic influences on the choices of cued trials, by one regression.

    Predictors, of the last trial (or of several) and of the cued trial alike: the side chosen, and
    its products with the transition, the outcome, and whether these agree. Their coefficients are
    differences in the log-odds of repeating that trial's choice, as in `compute_stay_regression`:
    `outcome` after reward less after none, `transition_x_outcome` after common rewarded and
    uncommon unrewarded trials less after the others. A cued trial that is one of the past trials in
    the regression is left out.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_cued_stay`. Predicted are free, valid choices of trials with a cue, whose
        last and cued trials are both valid.
    n_lags : int
        Past trials in the regression, at least 1. The published regression has the last one. An
        earlier trial that does not exist, or is not valid, is 0 in all its predictors.
    ridge : float
        Weight of the penalty ``ridge / 2 * sum(coefficient ** 2)`` without the intercept; 0 for
        maximum likelihood. Trained agents, whose choices are nearly determined, need about 1.
    covariance : {"cluster", "nonrobust"}
        Standard errors clustered by session (Student's t with sessions - 1 degrees of freedom; NaN
        for a subject with one session) or from the Hessian (normal).
    forced_trials : {"history", "drop"}
        Whether a forced trial may be the last or the cued trial.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `reference`, `predictor`): `coefficient` in log-odds, `standard_error`,
        `lower`, `upper` (95 %); `reference` is "lag 1" (the last trial), "lag 2", ..., "cued". On
        `subject`: `incremental_model_based` and `incremental_model_free`, the coefficients of
        `transition_x_outcome` and `outcome` of past trials, summed over lags;
        `episodic_model_based` and `episodic_model_free`, the same of the cued trial; each with
        `_standard_error`, `_lower`, `_upper`. `intercept`, `log_likelihood`, `n_trials`,
        `n_sessions`, `ridge`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        If the predictors separate the choices and there is no ridge, or a subject always chooses
        the same side.
    AnalysisError
        If a value or setting is out of range, or no trial is left.

    Notes
    -----
    Where what pays changes seldom, a trial of long ago says something about what pays now. So a
    subject that learns incrementally over many trials shows some episodic influence, though it
    remembers no single trial: with a learning rate of .1 and weight 5, 0.2 in the default setting
    of the task, beside an incremental index of 0.5; with a reversal probability of .025, 0.5 beside
    0.7. More lags take it up in part; `compute_cue_effect` does not find it. How often it is
    significant is measured in the documentation (Statistics, Memory).

    References
    ----------
    Vikbladh, Shohamy & Daw (2017), Episodic contributions to model-based reinforcement learning,
    Conference on Cognitive Computational Neuroscience.
    Ritter, Wang, Kurth-Nelson, Jayakumar, Blundell, Pascanu & Botvinick (2018), arXiv:1805.09692.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=50, seed=1, subject="one")
    >>> fit = pfc.analysis.fit_memory_indices(recording)
    >>> for name in ("incremental_model_based", "episodic_model_based", "episodic_model_free"):
    ...     low, high = (fit[f"{name}_{end}"].item() for end in ("lower", "upper"))
    ...     print(f"{name}: {fit[name].item():.1f} ({low:.1f} to {high:.1f})")
    incremental_model_based: 0.2 (-0.1 to 0.5)
    episodic_model_based: 2.9 (2.6 to 3.2)
    episodic_model_free: 0.1 (-0.2 to 0.4)
    """
    check_lags(n_lags)
    check_ridge(ridge)
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    kind = classify_trials(trials, read_common_transition(recording))
    kind = np.where(mask_history(trials, forced_trials), kind, NONE).astype(np.int64)
    past = [find_previous(trials, lag) for lag in range(1, n_lags + 1)]
    used = cued.is_cued & (cued.age > n_lags) & trials.predicted
    used &= _known(kind, past[0]) & _known(kind, cued.row)
    require_any(used, "predict from the last and the cued trial", trials)
    references = [*(f"lag {lag}" for lag in range(1, n_lags + 1)), "cued"]
    fits = fit_subjects(
        trials,
        build_memory_design(trials, kind, [*past, cued.row]),
        trials.choice.astype(np.float64),
        used,
        ["intercept", *(f"{name} of {of}" for of in references for name in PREDICTORS)],
        ridge=ridge,
        covariance=covariance,
        purpose="predict from the last and the cued trial",
    )
    result = _label(trials, fits, references, ridge)
    result.attrs |= trials.counts() | cued.counts()
    result.attrs |= {
        "covariance": covariance,
        "forced_trials": forced_trials,
        "interval": "95 %",
    }
    return result


def build_memory_design(
    trials: ChoiceTrials, kind: IntArray, references: list[IntArray]
) -> FloatArray:
    """Build the predictors of the regression.

    Parameters
    ----------
    trials : ChoiceTrials
        Trials of the recording.
    kind : integer array (trial,)
        Index into `TRIAL_TYPES`; -1 for a trial that is no history.
    references : list of integer array (trial,)
        Index of the trial referred to; -1 for none.

    Returns
    -------
    float array (trial, 1 + 4 * references)
        The intercept, then for each reference the `PREDICTORS`; 0 where there is no such trial.
    """
    columns = [np.ones(trials.choice.size)]
    for row in references:
        own = kind[row]
        side = np.where(_known(kind, row), 2.0 * trials.choice[row] - 1.0, 0.0)
        common, rewarded = own < 2, own % 2 == 0
        columns += [
            side,
            side * (common - 0.5),
            side * (rewarded - 0.5),
            side * ((common == rewarded) - 0.5),
        ]
    return np.stack(columns, axis=1)


def weigh_coefficients(index: str, references: list[str]) -> FloatArray:
    """Return the weights of all coefficients, the intercept first, whose sum is an index."""
    which, predictor = INDICES[index]
    picked = np.array([(of == "cued") == (which == "cued") for of in references])
    summed = np.outer(picked, np.array(PREDICTORS) == predictor).ravel()
    return np.append(0.0, summed.astype(np.float64))


def _known(kind: IntArray, row: IntArray) -> BoolArray:
    """Say where the trial referred to exists and is history, boolean array (trial,)."""
    return np.asarray((row >= 0) & (kind[row] >= 0), dtype=np.bool_)


def _label(
    trials: ChoiceTrials, fits: list[LogisticFit], references: list[str], ridge: float
) -> xr.Dataset:
    """Put the subjects' fits on named dimensions."""
    dims, shape = ("subject", "reference", "predictor"), (len(references), len(PREDICTORS))
    result = xr.Dataset(
        label_coefficients(fits, dims, shape, skip=1),
        coords={
            "subject": list(trials.subjects),
            "reference": references,
            "predictor": list(PREDICTORS),
        },
    )
    quantile = np.array([fit.interval_quantile for fit in fits])
    for name in INDICES:
        weight = weigh_coefficients(name, references)
        add_contrast(result, name, "subject", [[fit.contrast(weight)] for fit in fits], quantile)
    result["intercept"] = ("subject", [fit.coefficient[0] for fit in fits], {"units": "log-odds"})
    return result.assign(label_counts(fits, ridge))
