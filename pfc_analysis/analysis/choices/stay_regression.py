"""Does the subject plan? Logistic regression with a control for correct choices (Akam et al. 2015).

Stay probabilities alone can look model-based for the wrong reason. When choices are mostly correct,
reward after a common transition goes with having chosen correctly, and correct choices are repeated
anyway. The predictor "correct" accounts for that.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.choices.stay_probability import pair_trials
from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.logistic import Covariance, check_ridge
from pfc_analysis.analysis.statistics.subject_fits import (
    fit_subjects,
    label_coefficients,
    label_counts,
)
from pfc_analysis.analysis.trials.choice_trials import (
    ForcedTrials,
    find_previous,
    read_common_transition,
    read_second_state,
    read_trials,
    read_variable,
    require_any,
)


@labelled
def compute_stay_regression(
    recording: xr.Dataset,
    *,
    correct: bool = True,
    ridge: float = 0.0,
    covariance: Covariance = "cluster",
    forced_trials: ForcedTrials = "history",
) -> xr.Dataset:
    """Regress staying with the first-stage choice on what happened in the trial before.

    Predictors, all of the previous trial: `stay` (the intercept: tendency to repeat), `outcome`
    (0.5 rewarded, -0.5 not), `transition` (0.5 common, -0.5 uncommon), `transition_x_outcome`
    (0.5 after common rewarded and uncommon unrewarded, -0.5 otherwise) and `correct` (0.5 if the
    choice was the one that commonly leads to the state that pays more often, -0.5 if not).

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_stay_probability`; with `second_state` and `better_state` (0 or 1) on
        `trial` if `correct` is true.
    correct : bool
        Whether the predictor `correct` enters.
    ridge : float
        Weight of the penalty ``ridge / 2 * sum(coefficient ** 2)`` without the intercept; 0 for
        maximum likelihood.
    covariance : {"cluster", "nonrobust"}
        Standard errors clustered by session (Student's t with sessions - 1 degrees of freedom;
        NaN for a subject with one session) or from the Hessian (normal).
    forced_trials : {"history", "drop"}
        Whether a pair may begin with a forced trial.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `predictor`): `coefficient` in log-odds, `standard_error`, `lower`, `upper`
        (95 %). On `subject`: `log_likelihood` (natural logarithm, unpenalised), `n_trials`,
        `n_sessions` and `ridge`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        If the predictors separate staying from switching and there is no ridge, or a subject
        always stays or always switches.
    AnalysisError
        If no pair of trials is left, predictors do not vary, or a setting is out of range.

    References
    ----------
    Akam, Costa & Dayan (2015), PLoS Computational Biology 11:e1004648, "Logistic regression
    analysis of stay probabilities".

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> fit = pfc.analysis.compute_stay_regression(recording).sel(subject="planner")
    >>> planning = fit.sel(predictor="transition_x_outcome")
    >>> print(f"{planning['coefficient']:.1f} ({planning['lower']:.1f} to {planning['upper']:.1f})")
    1.3 (0.8 to 1.8)

    The interval of the interaction leaves out 0: this subject plans.
    """
    check_ridge(ridge)
    trials = read_trials(recording)
    common = read_common_transition(recording)
    current, cell = pair_trials(trials, common, forced_trials)
    before = find_previous(trials)
    columns = _predictors(cell)
    if correct:
        was_correct = read_correct(recording, common)[before]
        columns["correct"] = was_correct.astype(np.float64) - 0.5
        current = current & (was_correct >= 0)
    require_any(current, "follow another trial", trials)
    design = np.stack(list(columns.values()), axis=1)
    fits = fit_subjects(
        trials,
        design,
        (trials.choice == trials.choice[before]).astype(np.float64),
        current,
        list(columns),
        ridge=ridge,
        covariance=covariance,
        purpose="follow another trial",
    )
    result = xr.Dataset(
        label_coefficients(fits, ("subject", "predictor"), [len(columns)])
        | label_counts(fits, ridge),
        coords={"subject": list(trials.subjects), "predictor": list(columns)},
    )
    result.attrs |= trials.counts() | {"forced_trials": forced_trials, "covariance": covariance}
    return result


def read_correct(recording: xr.Dataset, common: IntArray) -> IntArray:
    """Read whether the choice commonly leads to the better state: 1, 0, -1 unknown; on trial."""
    if "better_state" not in recording:
        raise MissingVariableError(
            "better_state: the recording does not say which second-stage state pays more often, "
            "which predictor 'correct' needs. Add it where the data are read, or use correct=False."
        )
    better = read_variable(recording, "better_state")
    state = read_second_state(recording)
    # The state that the choice commonly leads to is the one reached, or the other one after an
    # uncommon transition. This holds for either map from sides to states.
    usual = np.where(common == 1, state, 1 - state)
    known = (common >= 0) & (state >= 0) & np.isin(better, (0, 1))
    return np.where(known, usual == better, -1).astype(np.int64)


def _predictors(cell: IntArray) -> dict[str, FloatArray]:
    """Build the design's columns from the previous trial's type (index into `TRIAL_TYPES`)."""
    common, rewarded = cell < 2, cell % 2 == 0
    return {
        "stay": np.ones(cell.size),
        "outcome": rewarded - 0.5,
        "transition": common - 0.5,
        "transition_x_outcome": (common == rewarded) - 0.5,
    }
