r"""The ideal observer of the inferred-value task (Wang et al. 2018, simulation 3).

It knows the rules of the task and infers which side pays. Let p be the probability, given all
outcomes so far, that the side now shown pays, :math:`\gamma` the discount for each step, and W the
value of the trials that follow, at the next fixation. Then

.. math::
    V(\text{cue}) = \gamma p + \gamma^3 W, \quad V(\text{on target}) = p + \gamma^2 W, \quad
    V(\text{outcome}) = \gamma W, \quad V(\text{fixation}) = \gamma^2 / 2 + \gamma^4 W.

Either side is shown equally often, so W depends only on the number of trials left. The prediction
error is therefore :math:`\gamma^2 (p - 1/2)` at a cue, reward minus p at an outcome, 0 elsewhere.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.reversal_trials import ReversalTrials, read_reversal_trials

STEPS = ("fixation", "cue", "on_target", "outcome")
EVENTS = ("cue", "on_target", "outcome", "next_fixation")


@labelled
def compute_observer_errors(
    recording: xr.Dataset,
    *,
    reversal_probability: float = 0.1,
    shortest_block: int = 2,
    discount: float = 0.9,
) -> xr.Dataset:
    """Compute values and prediction errors of an ideal observer in the trials of a recording.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        What `classify_reversal_trials` reads. Sessions must be recorded from their first trial.
    reversal_probability : float
        Probability, at the start of a trial, that the paying side changes.
    shortest_block : int
        Fewest trials for which a side pays before it may change.
    discount : float
        Factor for each step, from 0 to 1.

    Returns
    -------
    xarray.Dataset
        The trial table of the recording with the observer's `value` on (`trial`, `step`) and
        `rpe` on (`trial`, `event`), in units of reward, for `compute_cue_rpe` and
        `compute_inferred_ratio`; and `belief` on `trial`, the probability that the right side
        pays, at the start of the trial. The observer does not expect aborted trials: it learns
        nothing from them, and its values and errors are NaN there.

    Raises
    ------
    AnalysisError
        If a setting is out of range, a session lacks trials, or as `classify_reversal_trials`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("inferred_value", sessions=20, units=False)
    >>> observer = pfc.analysis.compute_observer_errors(recording)
    >>> agents = pfc.analysis.compute_cue_rpe(recording)["rpe"].mean("subject")
    >>> ideal = pfc.analysis.compute_cue_rpe(observer)["rpe"].mean("subject")
    >>> for name, rpe in {"agents": agents, "observer": ideal}.items():
    ...     inferred = rpe.sel(condition="inferred", arrival="cue")
    ...     print(name, inferred.sel(pays=["pays_now", "does_not_pay"]).values.round(1))
    agents [ 0.4 -0.3]
    observer [ 0.4 -0.4]

    The mean prediction error of cues whose value can only be inferred, if the side pays and if not.
    """
    for name, number in (("reversal_probability", reversal_probability), ("discount", discount)):
        if not 0.0 <= number <= 1.0:
            raise AnalysisError(f"{name}: found {number!r}, expected a number from 0 to 1")
    if shortest_block < 1:
        raise AnalysisError(f"shortest_block: found {shortest_block!r}, expected at least 1")
    found = read_reversal_trials(recording)
    belief = filter_rewarded_side(found, reversal_probability, shortest_block)
    pays = np.where(found.trials.valid, np.where(found.cue == 1, belief, 1.0 - belief), np.nan)
    value, rpe = _value_trials(pays, found, discount)
    result = recording.drop_dims([d for d in ("step", "event", "unit") if d in recording.dims])
    return result.assign_coords(step=list(STEPS), event=list(EVENTS)).assign(
        value=(("trial", "step"), value, {"units": "reward"}),
        rpe=(("trial", "event"), rpe, {"units": "reward"}),
        belief=("trial", belief, {"long_name": "probability that the right side pays"}),
    )


def filter_rewarded_side(
    found: ReversalTrials, reversal_probability: float, shortest_block: int
) -> FloatArray:
    """Compute the probability that the right side pays, given the outcomes before each trial.

    Parameters
    ----------
    found : ReversalTrials
        Cues and outcomes.
    reversal_probability, shortest_block
        As for `compute_observer_errors`.

    Returns
    -------
    float array (trial,)

    Raises
    ------
    AnalysisError
        If a session lacks trials.
    """
    place = _count_from_start(found)
    belief = np.empty(place.size)
    n_sessions = int(found.trials.session.max()) + 1
    # P(paying side, trials since it began to pay), (session, 2, shortest_block + 1); the last
    # entry stands for that many or more.
    state = np.zeros((n_sessions, 2, shortest_block + 1))
    state[:, :, 0] = 0.5
    for trial in range(int(place.max()) + 1):
        now = np.flatnonzero(place == trial)
        session = found.trials.session[now]
        if trial > 0:
            state = _pass_time(state, reversal_probability)
        belief[now] = state[session, 1].sum(axis=-1)
        seen = found.trials.valid[now]
        shown, rewarded = found.cue[now][seen], found.trials.reward[now][seen] > 0
        refuted = np.where(rewarded, 1 - shown, shown)
        state[session[seen], refuted] = 0.0
        total = state.sum(axis=(1, 2), keepdims=True)
        _check_possible(total, trial, reversal_probability, shortest_block)
        state /= total
    return belief


def _check_possible(
    total: FloatArray, trial: int, reversal_probability: float, shortest_block: int
) -> None:
    """Raise `AnalysisError` where the outcomes are impossible under the settings."""
    if not (total > 0).all():
        raise AnalysisError(
            f"rewarded_side: found a reversal at trial {trial} of session "
            f"{int(np.argmin(total))} of the recording, which is impossible with "
            f"reversal_probability {reversal_probability:g} and shortest_block {shortest_block}; "
            "pass those of the task"
        )


def _count_from_start(found: ReversalTrials) -> IntArray:
    """Count trials from the session's start; raise an error if some were not recorded."""
    trials = found.trials
    begins = np.append(True, np.diff(trials.session) != 0)
    expected = np.arange(begins.size) - np.flatnonzero(begins)[trials.session]
    wrong = np.flatnonzero(expected != trials.position)
    if wrong.size:
        raise AnalysisError(
            f"trial_in_session: found {trials.position[wrong[0]]} at trial {wrong[0]}, expected "
            f"{expected[wrong[0]]}: an observer must see every trial of a session, from its first; "
            "leave out sessions that lack trials"
        )
    return expected


def _pass_time(state: FloatArray, reversal_probability: float) -> FloatArray:
    """Move beliefs to the start of the next trial, when the sides may change roles."""
    later = np.zeros_like(state)
    later[:, :, 1:] = state[:, :, :-1]
    later[:, :, -1] += state[:, :, -1]
    changed = reversal_probability * later[:, :, -1]
    later[:, :, -1] -= changed
    later[:, :, 0] = changed[:, ::-1]
    return later


def _value_trials(
    pays: FloatArray, found: ReversalTrials, discount: float
) -> tuple[FloatArray, FloatArray]:
    """Compute values (trial, step) and prediction errors (trial, event) by the equations above."""
    session = found.trials.session
    place = _count_from_start(found)
    n_left = np.bincount(session)[session] - place - 1
    ahead = np.append(0.0, np.cumsum(discount**2 / 2 * discount ** (4 * np.arange(n_left.max()))))
    worth = ahead[n_left]
    unknown = np.where(np.isfinite(pays), 0.0, np.nan)
    g = discount
    value = np.stack(
        [
            g**2 / 2 + g**4 * worth + unknown,
            g * pays + g**3 * worth,
            pays + g**2 * worth,
            g * worth + unknown,
        ],
        axis=1,
    )
    reward = np.zeros_like(value)
    reward[:, 2] = np.where(found.trials.reward > 0, found.trials.reward, 0.0)
    following = np.column_stack([value[:, 1:], worth])
    return value, reward + g * following - value
