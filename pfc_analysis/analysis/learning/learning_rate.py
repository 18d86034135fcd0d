"""How high is the learning rate, and is it higher when the world is volatile?

A delta rule is fitted to the choices of each phase, as by Behrens et al. (2007), without magnitudes
of reward (`pfc_analysis.analysis.learning.rate_likelihood` has the equations).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learning.rate_likelihood import compute_log_likelihood
from pfc_analysis.analysis.learning.rate_posterior import jackknife_rates
from pfc_analysis.analysis.learning.schedule_phases import find_phases
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.trials.side_signal import SideTable, read_side_table

Start = Literal["session", "phase"]

MOST_GROUPS = 100
"""Most groups of sessions that the jackknife leaves out one by one."""

WINDOW_GROUPS = 20
"""The same for sliding windows, which are many."""


@labelled
def compute_learning_rate(
    recording: xr.Dataset, start: Start = "session", counted: float = 0.5
) -> xr.Dataset:
    """Fit the learning rate of each subject, in each phase of a schedule where there are phases.

    All sessions of a subject are pooled. Where the recording has regimes, sessions must share
    their schedule, as the task's test sessions do; record each order of phases separately. Without
    regimes all trials are one phase, "all trials", and sessions may differ in length.

    A trial without a valid choice is never predicted and nothing is learned in it. A forced choice
    is not predicted, but the rule learns from its outcome.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` on `trial`, with coordinates `subject`,
        `session` and `trial_in_session`; `regime` (0 stable, 1 volatile) where there are phases.
    start : {"session", "phase"}
        Where the delta rule begins at one half: at the start of the session, running through all
        of it with one learning rate; or again at the start of each phase.
    counted : float
        Share of each phase, its last part, whose choices count, above 0 and at most 1. Behrens et
        al. took the second half, when the subject has seen how volatile the phase is. Without
        regimes, it is the share of each session's valid choices, its last ones.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `phase`): `learning_rate` (posterior mean, 0 to 1) with `_lower` and
        `_upper`, and `log_inverse_temperature` with the same. On `phase`, in the order played and
        named by its regime, with its number where a regime comes twice: `regime` ("none" without
        regimes), `first_trial` and `last_trial` (of the phase, in the longest session),
        `first_counted` (NaN where sessions differ). On `subject`: `n_sessions`. Intervals are
        95 %, by a jackknife of sessions (or of 100 groups of them) and Student's t; NaN for one
        session. The posterior's own width would be too small, since choices within a session may
        depend on history in other ways than by the delta rule.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If a subject has no choice that counts.
    AnalysisError
        If sessions differ in their regimes, choices lead to second states (they are then no
        choices between arms), a session lacks trials, or a setting is out of range.

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214. Wang et al. (2018), Nature Neuroscience
    21:860, Fig. 3d.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver(), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=20, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_learning_rate(recording).sel(subject="observer")
    >>> rate = result["learning_rate"]
    >>> bool(rate.sel(phase="volatile") > rate.sel(phase="stable"))
    True

    The observer learns faster while the better arm changes often.
    """
    if start not in get_args(Start):
        raise AnalysisError(f"start: found {start!r}, expected 'session' or 'phase'")
    if not 0 < counted <= 1:
        raise AnalysisError(f"counted: found {counted}, expected a number above 0 and at most 1")
    if "second_state" in recording:
        raise AnalysisError(
            "second_state: found in the recording, so choices lead to states that pay; expected "
            "arms that pay directly. pfc.fit fits learners of the two-step task"
        )
    table = read_side_table(recording)
    phases = find_phases(table, recording, counted)
    restart = np.zeros(table.choice.shape[1], np.int64)
    restart[phases.first if start == "phase" else 0] = 1

    estimate, error, freedom = _fit(table, phases.window, restart, MOST_GROUPS)
    result = _label(table, estimate, error, freedom, "phase")
    result = result.assign_coords(phase=phases.names)
    result["regime"] = ("phase", phases.regimes)
    for name, values in (
        ("first_trial", phases.first),
        ("last_trial", phases.last),
        ("first_counted", phases.first_counted),
    ):
        result[name] = ("phase", values, {"units": "trials", "long_name": "counted from 0"})
    result.attrs |= {"start": start, "counted": float(counted)} | table.trials.counts()
    return result


@labelled
def compute_step_learning_rate(recording: xr.Dataset, window: int = 20) -> xr.Dataset:
    """Fit the learning rate of each subject in a window that slides along a schedule.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_learning_rate`, `regime` not needed: sessions of one schedule, many (500).
    window : int
        Trials of the window, at least 1. The delta rule runs from the start of the session, and
        the choices in the window count.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial_in_session`), the middle of the window (the later one of two):
        `learning_rate` and `log_inverse_temperature`, with `_lower` and `_upper` (95 %, jackknife
        of 20 groups of sessions, or of sessions where they are fewer). On `subject`: `n_sessions`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If a subject has no choice in some window.
    AnalysisError
        If the window is longer than a session, or a session lacks trials.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 3b; how its line was obtained is not
    published.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver(), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=12, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_step_learning_rate(recording, window=150)
    >>> print(result["learning_rate"].dims, result.sizes["trial_in_session"])
    ('subject', 'trial_in_session') 51

    One learning rate for each of 51 positions of the window in a session of 200 trials.
    """
    table = read_side_table(recording)
    n_trials = table.choice.shape[1]
    if not isinstance(window, (int, np.integer)) or not 1 <= window <= n_trials:
        raise AnalysisError(
            f"window: found {window!r}, expected a whole number from 1 to {n_trials}, the "
            "trials of a session"
        )
    restart = np.zeros(n_trials, np.int64)
    restart[0] = 1
    estimate, error, freedom = _fit(
        table,
        np.broadcast_to(np.arange(n_trials), table.choice.shape),
        restart,
        WINDOW_GROUPS,
        width=int(window),
    )
    result = _label(table, estimate, error, freedom, "trial_in_session")
    middle = np.arange(n_trials - window + 1) + window // 2
    result = result.assign_coords(trial_in_session=middle)
    result.attrs |= {"window": int(window)} | table.trials.counts()
    return result


def _fit(
    table: SideTable, window: IntArray, restart: IntArray, most_groups: int, width: int = 1
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Fit estimates and errors (quantity, subject, window), with degrees of freedom (subject,).

    Parameters
    ----------
    table : SideTable
    window : integer array (session, trial in session)
    restart : integer array (trial in session,)
        See `compute_log_likelihood`.
    most_groups : int
    width : int
        Number of neighbouring windows that are pooled.
    """
    forced = table.sort(table.trials.forced.astype(np.int64), 0) == 1
    estimates, errors, freedom = [], [], []
    for index, name in table.trials.by_subject():
        rows = np.flatnonzero(table.subject == index)
        choice, signal = table.choice[rows], table.signal[rows]
        counted = np.where(forced[rows] | (choice < 0), -1, window[rows])
        n_windows = int(window.max()) + 1
        single = np.bincount(counted[counted >= 0], minlength=n_windows)
        there = np.convolve(single, np.ones(width), "valid")
        if not there.all():
            raise EmptySelectionError(
                f"choice: found no free and valid choice of subject {name!r} in window "
                f"{int(np.argmin(there > 0))}, expected at least one in every window or phase"
            )
        n_groups = min(rows.size, most_groups)
        group = np.arange(rows.size) % n_groups
        start = np.broadcast_to(restart, choice.shape)
        likelihood = compute_log_likelihood(choice, signal, counted, group, start)
        likelihood = _pad(likelihood, n_windows)
        sums = np.cumsum(likelihood, axis=1)
        sums[:, width:] -= sums[:, :-width].copy()
        taken = sums[:, width - 1 :]
        fits = [jackknife_rates(taken[:, k]) for k in range(taken.shape[1])]
        estimates.append(np.stack([fit[0] for fit in fits], axis=1))
        errors.append(np.stack([fit[1] for fit in fits], axis=1))
        freedom.append(n_groups - 1)
    return np.stack(estimates, axis=1), np.stack(errors, axis=1), np.array(freedom)


def _pad(likelihood: FloatArray, n_windows: int) -> FloatArray:
    """Add windows at the end in which no choice counted; their likelihood is 1."""
    missing = n_windows - likelihood.shape[1]
    return np.pad(likelihood, ((0, 0), (0, missing), (0, 0), (0, 0)))


def _label(
    table: SideTable, estimate: FloatArray, error: FloatArray, freedom: IntArray, dim: str
) -> xr.Dataset:
    """Put estimates on named dimensions, with their intervals."""
    reach = student_quantile(0.975, np.maximum(freedom, 1))[:, None] * error
    result = xr.Dataset(coords={"subject": list(table.trials.subjects)})
    result["n_sessions"] = ("subject", np.bincount(table.subject))
    texts = {
        "learning_rate": "learning rate of the delta rule, posterior mean",
        "log_inverse_temperature": "natural logarithm of the inverse temperature, posterior mean",
    }
    for k, (name, text) in enumerate(texts.items()):
        low, high = estimate[k] - reach[k], estimate[k] + reach[k]
        if name == "learning_rate":
            low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
        for suffix, values in (("", estimate[k]), ("_lower", low), ("_upper", high)):
            result[f"{name}{suffix}"] = (("subject", dim), values, {"long_name": text})
    result.attrs = {"interval": "95 %, jackknife of sessions, Student's t"}
    return result
