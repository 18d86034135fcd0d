"""When does each arm pay? Probabilities of tasks without second states, by trial and arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.trials.arm_trials import ARM_PROBABILITIES
from pfc_analysis.fitting.designs.local_rates import (
    PRIOR_TRIALS,
    estimate_session_rate,
    mean_rate,
)
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

NO_PROBABILITY = (
    "The recording does not say how often each arm paid. Each arm's rate of reward in each session "
    f"stands for it (the subject's own rate of that arm counts as {PRIOR_TRIALS:g} more trial), so "
    "changes within a session are lost."
)
BLOCKS_AS_RECORDED = (
    "Reversals come when they came in the recording. If they followed the subject's own "
    "performance, a player that learns faster or slower would have met them at other times."
)
WAITING = (
    "Rewards that are not collected wait at their arm; in an invalid trial none is added, since "
    "the recording does not say."
)


class Schedule(NamedTuple):
    """Probabilities, whether rewards wait, and sentences; see `Design`."""

    probability: FloatArray
    baited: BoolArray
    notes: tuple[str, ...]


def read_arm_schedule(recording: xr.Dataset, trials: FitTrials) -> Schedule:
    """Read or estimate the probability of reward of each arm.

    What comes first counts: `base_probability` (with baiting) or `reward_probability`;
    `risky_probability` and `risky_side`; the side that pays (`find_better_arm`); else rates of
    reward, session by session.
    """
    unbaited = np.zeros(trials.n_sessions, dtype=np.bool_)
    for name in ARM_PROBABILITIES:
        if name in recording:
            probability = read_on_trial(recording, trials, name, (trials.n_arms,))
            baited = _find_baited(recording, trials, name)
            return Schedule(probability, baited, (WAITING,) if baited.any() else ())
    if "risky_probability" in recording and "risky_side" in recording:
        return Schedule(_read_risky(recording, trials), unbaited, ())
    better = find_better_arm(recording, trials) if trials.n_arms == 2 else None
    if better is not None:
        return Schedule(_rate_by_better(trials, better), unbaited, (BLOCKS_AS_RECORDED,))
    return Schedule(_rate_by_session(trials), unbaited, (NO_PROBABILITY,))


def read_on_trial(
    recording: xr.Dataset, trials: FitTrials, name: str, shape: tuple[int, ...]
) -> FloatArray:
    """Read a variable on the trials of a fit, with `shape` after the trial, as floats."""
    found = np.asarray(recording[name].values[trials.rows], dtype=np.float64)
    if found.shape[1:] != shape or not np.all(np.isfinite(found)):
        raise AnalysisError(
            f"{name}: found dimensions {listed(recording[name].dims)}, {found.shape[1:]} values a "
            f"trial, {int(np.sum(~np.isfinite(found)))} of them no finite numbers; expected finite "
            f"numbers of shape (trial, {', '.join(map(str, shape))})"
        )
    return found


def find_better_arm(recording: xr.Dataset, trials: FitTrials) -> IntArray | None:
    """Find which of two arms pays (more); int array (trial,), None if nothing says so.

    Read from `rewarded_side`, from `rewarded_option` and `option_on_left`, or from `correct` and
    the choice. A trial that does not say is as the one before it.
    """
    better = np.full(trials.rows.size, -1, dtype=np.int64)
    for found in (_read_side(recording), _read_option(recording), _read_correct(recording)):
        if found is not None:
            better = np.where(better >= 0, better, found[trials.rows])
    if np.all(better < 0):
        return None
    known = np.where(better >= 0, np.arange(better.size), int(np.argmax(better >= 0)))
    return np.asarray(better[np.maximum.accumulate(known)], dtype=np.int64)


def _read_side(recording: xr.Dataset) -> IntArray | None:
    return _integers(recording, "rewarded_side") if "rewarded_side" in recording else None


def _read_option(recording: xr.Dataset) -> IntArray | None:
    if not {"rewarded_option", "option_on_left"} <= set(recording.variables):
        return None
    pays, left = (_integers(recording, name) for name in ("rewarded_option", "option_on_left"))
    return np.where((pays < 0) | (left < 0), -1, (pays != left).astype(np.int64))


def _read_correct(recording: xr.Dataset) -> IntArray | None:
    if "correct" not in recording:
        return None
    correct, choice = (_integers(recording, name) for name in ("correct", "choice"))
    known = (correct >= 0) & np.isin(choice, (0, 1))
    return np.where(known, np.where(correct == 1, choice, 1 - choice), -1)


def _integers(recording: xr.Dataset, name: str) -> IntArray:
    return np.asarray(recording[name].values, dtype=np.int64)


def _find_baited(recording: xr.Dataset, trials: FitTrials, name: str) -> BoolArray:
    """Find the sessions in which rewards wait: all with base probabilities, or by `baited`."""
    if name == "base_probability":
        return np.ones(trials.n_sessions, dtype=np.bool_)
    if "baited" not in recording:
        return np.zeros(trials.n_sessions, dtype=np.bool_)
    ready = read_on_trial(recording, trials, "baited", (trials.n_arms,)) == 1
    choice = trials.records["choice"]
    left_alone = (choice[:, None] >= 0) & (choice[:, None] != np.arange(trials.n_arms))
    same = np.diff(trials.session_of_trial) == 0
    waits = (ready & left_alone)[:-1] & same[:, None]
    lost = np.bincount(
        trials.session_of_trial[:-1], (waits & ~ready[1:]).sum(axis=1), trials.n_sessions
    )
    kept = np.bincount(trials.session_of_trial[:-1], waits.sum(axis=1), trials.n_sessions)
    return np.asarray((kept > 0) & (lost == 0), dtype=np.bool_)


def _read_risky(recording: xr.Dataset, trials: FitTrials) -> FloatArray:
    """Place the risky arm's probability on its side; the safe arm's is its rate of reward."""
    risky = read_on_trial(recording, trials, "risky_side", ())
    pays = read_on_trial(recording, trials, "risky_probability", ())
    made = trials.records["choice"]
    safe = mean_rate(trials.records["rewarded"][(made >= 0) & (made != risky)] == 1)
    on_risky = np.arange(trials.n_arms) == risky[:, None]
    return np.where(on_risky, pays[:, None], safe)


def _rate_by_better(trials: FitTrials, better: IntArray) -> FloatArray:
    """Estimate each subject's rate of reward at the better and at the other arm."""
    found = np.empty((better.size, 2))
    records = trials.records
    subject = trials.subject[trials.session_of_trial]
    for index in np.unique(subject):
        own = (subject == index) & (records["choice"] >= 0)
        correct = records["choice"] == better
        rate = [mean_rate(records["rewarded"][own & (correct == hit)] == 1) for hit in (1, 0)]
        rows = subject == index
        found[rows] = np.where(better[rows, None] == np.arange(2), *rate)
    return found


def _rate_by_session(trials: FitTrials) -> FloatArray:
    """Estimate each arm's rate of reward, session by session."""
    found = np.empty((trials.rows.size, trials.n_arms))
    session = trials.session_of_trial
    subject = trials.subject[session]
    for index in np.unique(subject):
        rows = np.flatnonzero(subject == index)
        records = trials.records[rows]
        found[rows] = estimate_session_rate(
            records["choice"], records["rewarded"] == 1, session[rows], trials.n_arms
        )
    return found
