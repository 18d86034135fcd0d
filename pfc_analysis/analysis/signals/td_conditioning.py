r"""Simulate temporal-difference learning in conditioning, with a complete serial compound.

Time within a trial is cut into bins of equal length. A stimulus starts a row of elements, each
active in one bin: the first as it begins, the second in the next bin, and so on (Sutton & Barto
1990). Value is the sum of the weights w of the elements that are active in bin t. With reward r_t
and features phi_t, 1 for the active elements,

.. math::
    \delta_t = r_t + \gamma V_t - V_{t-1}, \qquad
    e_t = \gamma \lambda e_{t-1} + \phi_{t-1}, \qquad
    w \leftarrow w + \alpha \delta_t e_t

The prediction error of bin t compares the value and reward of bin t with the value of bin t - 1.
Nothing predicts the cue, and nothing follows a trial: value is 0 before the first bin and after the
last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import check_fraction
from pfc_analysis.analysis.result_labels import labelled


@dataclass(frozen=True)
class ConditioningSession:
    """Trials with one cue, rewarded after a delay.

    Parameters
    ----------
    label : int
        Number of the session in the study.
    n_trials : int
        Number of trials.
    reward_delay : float
        Time of the reward after the onset of the cue, in s.
    cue_duration : float
        In s.
    reward : float
        Amount of reward.

    Raises
    ------
    AnalysisError
        If there is no trial, or a time is not above 0.

    Examples
    --------
    Two sessions, with the reward later in the second one:

    >>> import pfc_analysis as pfc
    >>> sessions = [
    ...     pfc.analysis.ConditioningSession(
    ...         label=label, n_trials=50, reward_delay=delay, cue_duration=0.5
    ...     )
    ...     for label, delay in ((1, 1.0), (2, 1.5))
    ... ]
    >>> learner = pfc.analysis.TDConditioning()
    >>> played = pfc.analysis.simulate_conditioning(learner, sessions, 0.1, (-1.0, 2.0))
    >>> print(played.sizes["trial"], played["reward_delay"].values[[0, -1]])
    100 [1.  1.5]
    """

    label: int
    n_trials: int
    reward_delay: float
    cue_duration: float
    reward: float = 1.0

    def __post_init__(self) -> None:
        for name in ("n_trials", "reward_delay", "cue_duration"):
            value = getattr(self, name)
            if not 0 < value < np.inf:
                raise AnalysisError(f"ConditioningSession.{name}: found {value}, expected above 0")


@dataclass(frozen=True)
class TDConditioning:
    """A TD(lambda) learner of a cue, in bins of time.

    Parameters
    ----------
    learning_rate : float
        alpha, from 0 to 1.
    discount : float
        gamma, from 0 to 1: the value of a unit reward one second before it comes.
    trace_decay : float
        lambda, from 0 to 1, for each bin. 0 is TD(0).
    offset_elements : bool
        Whether the end of the cue starts a row of elements as its onset does. The two rows then
        share the value.

    Raises
    ------
    AnalysisError
        If a number lies outside its range.

    References
    ----------
    Sutton & Barto (1990), Time-derivative models of Pavlovian reinforcement. Montague, Dayan &
    Sejnowski (1996), J Neurosci 16:1936. Schultz, Dayan & Montague (1997), Science 275:1593.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> session = pfc.analysis.ConditioningSession(
    ...     label=1, n_trials=200, reward_delay=1.0, cue_duration=0.5
    ... )
    >>> for discount in (0.95, 0.5):
    ...     learner = pfc.analysis.TDConditioning(discount=discount)
    ...     played = pfc.analysis.simulate_conditioning(learner, [session], 0.1, (-1.0, 2.0))
    ...     value = played["value"].isel(trial=-1).sel(time=0.0, method="nearest")
    ...     print(f"discount {discount}: value of the cue {float(value):.1f}")
    discount 0.95: value of the cue 1.0
    discount 0.5: value of the cue 0.5

    A cue one second before the reward is worth less if later rewards are discounted more.
    """

    learning_rate: float = 0.1
    discount: float = 0.95
    trace_decay: float = 0.95
    offset_elements: bool = False

    def __post_init__(self) -> None:
        check_fraction(self, "learning_rate", "discount", "trace_decay")


@labelled
def simulate_conditioning(
    learner: TDConditioning,
    sessions: Sequence[ConditioningSession],
    step: float,
    window: tuple[float, float],
    subject: str = "TD",
) -> xr.Dataset:
    """Simulate a learner in sessions of conditioning, one after another.

    Parameters
    ----------
    learner : TDConditioning
        Its settings. It begins with all weights 0 and keeps them from session to session.
    sessions : sequence of ConditioningSession
        In order. Times are rounded to whole bins.
    step : float
        Length of a bin in s.
    window : tuple of float
        Start and end of the times in the result, in s from the onset of the cue. Trials last at
        least to the latest reward or end of a cue.
    subject : str
        Name of the learner.

    Returns
    -------
    xarray.Dataset
        `prediction_error` and `value` on (`trial`, `time`), in units of reward; `reward_delay` on
        trial, in s as rounded; coordinates `subject`, `session` (counted from 0),
        `session_label`, `trial_in_session` and `time` (of the bin, 0 where the cue begins). Before
        the cue both are 0. The result can be analysed like a recording of traces.

    Raises
    ------
    AnalysisError
        If there is no session, or the step is not above 0 or longer than a delay.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.analysis.TDConditioning(learning_rate=0.1)
    >>> session = pfc.analysis.ConditioningSession(
    ...     label=1, n_trials=200, reward_delay=1.0, cue_duration=0.5
    ... )
    >>> played = pfc.analysis.simulate_conditioning(learner, [session], 0.1, window=(-1.0, 2.0))
    >>> error = played["prediction_error"]
    >>> for name, trial in {"first trial": 0, "last trial": -1}.items():
    ...     cue, reward = error.isel(trial=trial).sel(time=[0.0, 1.0], method="nearest").values
    ...     print(f"{name}: {abs(cue):.1f} at the cue, {abs(reward):.1f} at the reward")
    first trial: 0.0 at the cue, 1.0 at the reward
    last trial: 0.9 at the cue, 0.0 at the reward

    The prediction error moves from the reward to the cue that predicts it.
    """
    _check(sessions, step)
    bins = [round(edge / step) for edge in window]
    latest = max(max(s.reward_delay, s.cue_duration) for s in sessions)
    n_bins = max(round(latest / step) + 2, bins[1] + 1)
    weights = np.zeros((2, n_bins))
    played = [_play(learner, session, weights, step) for session in sessions]
    shown = np.arange(bins[0], bins[1] + 1)
    label, length = [s.label for s in sessions], [s.n_trials for s in sessions]
    delay = [round(s.reward_delay / step) * step for s in sessions]
    counts = np.concatenate([np.arange(n) for n in length])
    recording = xr.Dataset(
        {
            name: (("trial", "time"), _show(np.concatenate([p[k] for p in played]), shown))
            for k, name in enumerate(("prediction_error", "value"))
        },
        coords={
            "subject": ("trial", np.full(len(counts), subject)),
            "session": ("trial", np.repeat(np.arange(len(sessions)), length)),
            "session_label": ("trial", np.repeat(label, length)),
            "trial_in_session": ("trial", counts),
            "time": ("time", np.round(shown * step, 9), {"units": "s"}),
        },
        attrs={"kind": "model", "learner": repr(learner)},
    )
    return recording.assign(reward_delay=("trial", np.repeat(delay, length), {"units": "s"}))


def _check(sessions: Sequence[ConditioningSession], step: float) -> None:
    if not sessions:
        raise AnalysisError("sessions: found none, expected one or more")
    shortest = min(min(s.reward_delay, s.cue_duration) for s in sessions)
    if not 0 < step <= shortest:
        raise AnalysisError(
            f"step: found {step} s, expected above 0 and at most {shortest:g} s, the shortest "
            "delay or cue"
        )


def _play(
    learner: TDConditioning, session: ConditioningSession, weights: FloatArray, step: float
) -> tuple[FloatArray, FloatArray]:
    """Play a session and change the weights; prediction errors and values (trial, bin)."""
    n_bins = weights.shape[1]
    reward = np.zeros(n_bins)
    reward[round(session.reward_delay / step)] = session.reward
    offset = round(session.cue_duration / step)
    gamma = learner.discount**step
    credit = _eligibility(n_bins, gamma * learner.trace_decay)
    errors, values = np.empty((2, session.n_trials, n_bins))
    for trial in range(session.n_trials):
        value = weights[0].copy()
        if learner.offset_elements:
            value[offset:] += weights[1, : n_bins - offset]
        error = reward + gamma * value - np.concatenate([[0.0], value[:-1]])
        # Each element is active in one bin, so a change of its weight has no effect later in the
        # same trial: all changes can be made at the end of the trial. The last bin has no later
        # error to learn from and stays at 0.
        change = learner.learning_rate * (credit @ error)
        weights[0] += change
        if learner.offset_elements:
            weights[1, : n_bins - offset] += change[offset:]
        errors[trial], values[trial] = error, value
    return errors, values


def _eligibility(n_bins: int, decay: float) -> FloatArray:
    """Compute the share of an error (column) by which the element of a bin (row) learns."""
    after = np.arange(n_bins)[None, :] - np.arange(n_bins)[:, None] - 1
    return np.where(after >= 0, float(decay) ** np.maximum(after, 0), 0.0)


def _show(trials: FloatArray, shown: np.ndarray) -> FloatArray:
    """Select the bins of the result, 0 before the cue."""
    return np.where(shown >= 0, trials[:, np.maximum(shown, 0)], 0.0)
