"""Run learners of the better side along recorded trials, and choose by their beliefs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import SideLearner
from pfc_analysis.analysis.trials.side_signal import read_side_table

DESCRIPTIONS = {
    "predicted_right": "probability that the right side is the one to choose, before the outcome",
    "predicted_right_sd": "standard deviation of that probability under the posterior",
    "volatility": "expected volatility, before the outcome",
    "volatility_sd": "standard deviation of volatility under the posterior",
    "regime": "probability that the regime is volatile, before the outcome",
    "learning_rate": "effective learning rate: change of the prediction by this trial's outcome, "
    "as a share of its prediction error",
}


def replay_side_learner(
    learner: SideLearner, recording: xr.Dataset, sessions_at_once: int = 64
) -> xr.Dataset:
    """Run a learner along recorded choices and outcomes.

    Parameters
    ----------
    learner : SideLearner
        `pfc_analysis.analysis.learners.bayesian_volatility.BayesianVolatility` or
        `pfc_analysis.analysis.learners.hazard_observer.HazardObserver`.
    recording : xarray.Dataset
        `choice`, `reward` on `trial` with `subject`, `session` and `trial_in_session`.
    sessions_at_once : int
        Affects memory and time, not the result.

    Returns
    -------
    xarray.Dataset
        On `trial`: what the learner's `describe` returns before each outcome.
    """
    table = read_side_table(recording)
    n_sessions, n_trials = table.choice.shape
    found: dict[str, FloatArray] = {}
    for start in range(0, n_sessions, sessions_at_once):
        block = slice(start, start + sessions_at_once)
        choice, signal = table.choice[block], table.signal[block]
        state = learner.begin(len(choice))
        for t in range(n_trials):
            for name, values in learner.describe(state).items():
                full = found.setdefault(name, np.empty((n_sessions, n_trials)))
                full[block, t] = values
            # The reward that gives this signal with this choice.
            learner.learn(state, choice[:, t], (choice[:, t] == signal[:, t]).astype(np.float64))
    coords = ("subject", "session", "trial_in_session")
    result = xr.Dataset(
        {
            name: ("trial", table.unsort(values), {"long_name": DESCRIPTIONS[name], "units": "1"})
            for name, values in found.items()
        },
        coords={name: ("trial", recording[name].values) for name in coords},
    )
    result.attrs = {"learner": repr(learner)[:500]} | table.trials.counts()
    return result


def read_outcome(choice: IntArray, reward: FloatArray) -> tuple[IntArray, IntArray]:
    """Find the sessions with a valid choice, and the side that each outcome speaks for.

    Raises
    ------
    AnalysisError
        If a choice is none of 0, 1 and -1.
    """
    choice = np.asarray(choice)
    rows = np.flatnonzero(choice != -1)
    wrong = choice[rows][(choice[rows] != 0) & (choice[rows] != 1)]
    if wrong.size:
        raise AnalysisError(f"choice: found {wrong[0]}, expected 0 (left), 1 (right) or -1 (none)")
    paid = np.asarray(reward)[rows] > 0
    return rows, (choice[rows] == paid).astype(np.int64)


def choose_side(predicted_right: FloatArray, inverse_temperature: float) -> FloatArray:
    r"""Compute probabilities of choosing left and right; float array (session, 2).

    With r the probability that right is better, right is chosen with the logistic function of
    :math:`\beta (2 r - 1)`. For infinite :math:`\beta` the likelier side is chosen, or each with
    one half where they are equal.
    """
    from scipy.special import expit

    lean = 2.0 * predicted_right - 1.0
    if np.isinf(inverse_temperature):
        # Differences that are due to rounding count as equal.
        right = np.where(np.abs(lean) < 1e-12, 0.5, lean > 0)
    else:
        right = expit(inverse_temperature * lean)
    return np.stack([1.0 - right, right], axis=1)
