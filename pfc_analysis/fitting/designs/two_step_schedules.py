"""Transitions and rewards of the two-step task, with states named by the choice that leads there.

A second state is numbered as the choice that commonly leads to it, because the map from choices to
states may differ between subjects. `reward_probability` of a recording is that of its second states
as the recording numbers them.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.fitting.designs.arm_schedules import read_on_trial
from pfc_analysis.fitting.designs.local_rates import (
    TIME_CONSTANT,
    estimate_local_rate,
    mean_rate,
)
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

RATE_BY_BETTER = (
    "The recording says which second state pays more, and not how often: each subject's rates of "
    "reward at the better and at the other state stand for the probabilities."
)
LOCAL_RATE = (
    "The recording does not say how often each second state paid. Its rate of reward in the trials "
    f"around (weights exp(-distance / {TIME_CONSTANT:g} trials), within the session) stands for "
    "the probability; reversals are therefore less sudden than they were."
)


def estimate_common(trials: FitTrials) -> FloatArray:
    """Estimate each subject's probability of a common transition, on its sessions; (session,).

    It is the share of common transitions among all trials with a second state.

    Raises
    ------
    EmptySelectionError
        If a subject has no trial with a second state.
    """
    found = np.empty(trials.n_sessions)
    subject = trials.subject[trials.session_of_trial]
    for index in np.unique(trials.subject):
        records = trials.records[(subject == index) & (trials.records["second_state"] >= 0)]
        if records.size == 0:
            raise EmptySelectionError(
                f"second_state: subject {trials.subjects[index]!r} has no trial with a choice and "
                "a second state, so its transitions are unknown; leave the subject out"
            )
        common = records["choice"] == records["second_state"]
        found[trials.subject == index] = np.mean(common)
    return found


def find_mirrored(recording: xr.Dataset, trials: FitTrials) -> BoolArray:
    """Find the sessions in which choice 0 commonly leads to second state 1; boolean (session,).

    A session without any second state is as the subject's other sessions.
    """
    state = read_on_trial(recording, trials, "second_state", ())
    relative = trials.records["second_state"]
    known = relative >= 0
    session = trials.session_of_trial
    other = np.bincount(session, known & (relative != state), trials.n_sessions)
    total = np.bincount(session, known, trials.n_sessions)
    by_subject = np.bincount(trials.subject, other), np.bincount(trials.subject, total)
    usual = by_subject[0] * 2 > by_subject[1]
    return np.where(total > 0, other * 2 > total, usual[trials.subject])


def read_state_schedule(
    recording: xr.Dataset, trials: FitTrials, mirrored: BoolArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """Read or estimate the probability of reward of each second state.

    Returns
    -------
    probability : float array (trial, 2)
        States as the choice that commonly leads to them.
    notes : tuple of str
        What was estimated.
    """
    swap = mirrored[trials.session_of_trial][:, None]
    if "reward_probability" in recording:
        probability = read_on_trial(recording, trials, "reward_probability", (2,))
        return np.where(swap, probability[:, ::-1], probability), ()
    if "better_state" in recording:
        better = read_on_trial(recording, trials, "better_state", ()).astype(np.int64)
        better = np.where(swap[:, 0], 1 - better, better)
        return _rate_by_state(trials, better), (RATE_BY_BETTER,)
    return _rate_around(trials), (LOCAL_RATE,)


def _rate_by_state(trials: FitTrials, better: IntArray) -> FloatArray:
    found = np.empty((better.size, 2))
    records = trials.records
    subject = trials.subject[trials.session_of_trial]
    for index in np.unique(subject):
        own = (subject == index) & (records["second_state"] >= 0)
        good = records["second_state"] == better
        rates = [mean_rate(records["rewarded"][own & (good == one)] == 1) for one in (True, False)]
        rows = subject == index
        found[rows] = np.where(better[rows, None] == np.arange(2), *rates)
    return found


def _rate_around(trials: FitTrials) -> FloatArray:
    found = np.empty((trials.rows.size, 2))
    session = trials.session_of_trial
    subject = trials.subject[session]
    for index in np.unique(subject):
        rows = np.flatnonzero(subject == index)
        records = trials.records[rows]
        found[rows] = estimate_local_rate(
            records["second_state"], records["rewarded"] == 1, session[rows], 2
        )
    return found
