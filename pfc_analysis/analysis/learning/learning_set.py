"""Has the subject learned to learn? Learning sets of short problems (Wang et al. 2018, Fig. 6).

In the first trial of a problem nothing is known about it. A subject that has learned the rule of
such problems needs only the outcome of that trial, so the second trial shows how well it has
learned to learn.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import (
    estimate_clustered_proportions,
    wilson_interval,
)
from pfc_analysis.analysis.trials.choice_trials import NONE, check_values, read_flag, read_variable


@labelled
def compute_learning_set(recording: xr.Dataset, n_trials: int = 6) -> xr.Dataset:
    """Compute the proportion of correct choices in each trial of a problem.

    Parameters
    ----------
    recording : xarray.Dataset
        `correct` (1, 0, -1 where the trial was not completed) on `trial`, with coordinates
        `subject`, `session` (a problem) and `trial_in_session`; trials that `invalid` marks, where
        there is such a variable, were not completed either.
    n_trials : int
        Trials of a problem; later ones are left out.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial`), trials counted from 1: `correct`, the proportion of problems in
        which the choice was correct, with `lower` and `upper`, a 95 % interval clustered by session
        (`pfc_analysis.analysis.statistics.clustered_proportion`; a problem has each trial once),
        `n_trials`, the number of problems, and `n_uncompleted` of them. A trial that was not
        completed, or not reached before its problem ended, counts as incorrect.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If `n_trials` is below 1, `correct` is none of 1, 0 and -1, or a trial occurs twice.
    EmptySelectionError
        If there is no trial.

    References
    ----------
    Harlow (1949), Psychological Review 56:51. Wang et al. (2018), Nature Neuroscience 21:860,
    Fig. 6.

    Examples
    --------
    Two problems of three trials: the first choice is a guess, the later ones are right.

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> recording = xr.Dataset(
    ...     {"correct": ("trial", [0, 1, 1, 1, 1, 1])},
    ...     {
    ...         "subject": ("trial", ["monkey"] * 6),
    ...         "session": ("trial", np.repeat([0, 1], 3)),
    ...         "trial_in_session": ("trial", np.tile([0, 1, 2], 2)),
    ...     },
    ... )
    >>> result = pfc.analysis.compute_learning_set(recording, n_trials=3)
    >>> print(result["correct"].sel(subject="monkey").values)
    [0.5 1.  1. ]
    """
    outcomes, counts = _read_outcomes(recording, n_trials)
    parts = [_summarise(outcome).assign_coords(subject=name) for name, outcome in outcomes.items()]
    result = xr.concat(parts, dim="subject").transpose("subject", "trial")
    result.attrs = {
        "interval": "95 %, Wilson's score, clustered by session",
        **counts,
    }
    return result


@labelled
def compute_finished(recording: xr.Dataset, n_trials: int = 6) -> xr.Dataset:
    """Compute the share of problems in which every trial was completed.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_learning_set`.
    n_trials : int
        Trials of a problem.

    Returns
    -------
    xarray.Dataset
        On `subject`: `finished`, with `lower` and `upper`, Wilson's 95 % interval over problems,
        and `n_sessions`, the problems.

    Raises
    ------
    MissingVariableError, AnalysisError, EmptySelectionError
        As `compute_learning_set`.

    Examples
    --------
    Of two problems of three trials, the second was not completed:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> recording = xr.Dataset(
    ...     {"correct": ("trial", [0, 1, 1, 1, 1, -1])},
    ...     {
    ...         "subject": ("trial", ["monkey"] * 6),
    ...         "session": ("trial", np.repeat([0, 1], 3)),
    ...         "trial_in_session": ("trial", np.tile([0, 1, 2], 2)),
    ...     },
    ... )
    >>> result = pfc.analysis.compute_finished(recording, n_trials=3)
    >>> print(result["finished"].sel(subject="monkey").item())
    0.5
    """
    outcomes, _ = _read_outcomes(recording, n_trials)
    share = np.array([np.mean((outcome != NONE).all(axis=1)) for outcome in outcomes.values()])
    n = np.array([len(outcome) for outcome in outcomes.values()])
    lower, upper = wilson_interval(share, n)
    values = {"finished": share, "lower": lower, "upper": upper, "n_sessions": n}
    result = xr.Dataset({name: ("subject", value) for name, value in values.items()})
    result.attrs["interval"] = "95 %, Wilson's score"
    return result.assign_coords(subject=list(outcomes))


@labelled
def find_solvers(correct: xr.DataArray, criterion: float = 0.95) -> xr.Dataset:
    """Find the subjects that solve problems after one trial.

    Parameters
    ----------
    correct : xarray.DataArray
        Proportion of correct choices on (`subject`, `trial`), trials counted from 1.
    criterion : float
        Least mean over all trials but the first.

    Returns
    -------
    xarray.Dataset
        On `subject`: `solved`, 1 or 0, and `later_trials`, that mean. Without dimension: `share` of
        the subjects that solve them, with `share_lower` and `share_upper`, the exact 95 % interval
        (Clopper and Pearson).

    Raises
    ------
    AnalysisError
        If there is no later trial, or no subject.

    Examples
    --------
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> correct = xr.DataArray(
    ...     [[0.5, 0.98, 1.0], [0.5, 0.6, 0.7]],
    ...     {"subject": ["seed_1", "seed_2"], "trial": [1, 2, 3]},
    ...     ("subject", "trial"),
    ... )
    >>> found = pfc.analysis.find_solvers(correct)
    >>> print(found["solved"].values, found["share"].item())
    [1. 0.] 0.5

    The first agent solves problems after one trial: half of the agents do.
    """
    from scipy.stats import binomtest

    later = correct.sel(trial=correct["trial"] > 1)
    if not later.size:
        raise AnalysisError(
            f"correct: found {correct.sizes['subject']} subject(s) and {correct.sizes['trial']} "
            "trial(s), expected at least 1 and 2"
        )
    mean = later.mean("trial")
    solved = mean >= criterion
    share = binomtest(int(solved.sum()), solved.size)
    interval = share.proportion_ci(0.95, "exact")
    result = xr.Dataset({"solved": solved.astype(np.float64), "later_trials": mean})
    result = result.assign(
        share=share.statistic, share_lower=float(interval.low), share_upper=float(interval.high)
    )
    result.attrs = {"criterion": criterion, "interval": "95 %, exact (Clopper and Pearson)"}
    return result


def _read_outcomes(
    recording: xr.Dataset, n_trials: int
) -> tuple[dict[str, IntArray], dict[str, int]]:
    """Read outcomes (problem, trial) by subject, and count the trials."""
    if n_trials < 1:
        raise AnalysisError(f"n_trials: found {n_trials}, expected at least 1")
    names = ("subject", "session", "trial_in_session", "correct")
    subject, session, position, correct = (read_variable(recording, name) for name in names)
    check_values("correct", correct, np.isin(correct, (0, 1, NONE)), "0, 1 or -1 (no choice)")
    if correct.size == 0:
        raise EmptySelectionError("correct: found 0 trials, expected at least 1")
    correct = np.where(read_flag(recording, "invalid"), NONE, correct)
    outcomes = {}
    for name in dict.fromkeys(subject.astype(str).tolist()):
        own = subject.astype(str) == name
        outcomes[name] = _by_problem(session[own], position[own], correct[own], n_trials, name)
    counts = {
        "n_trials_recorded": int(correct.size),
        "n_trials_later": int(np.sum(position >= n_trials)),
    }
    return outcomes, counts


def _by_problem(
    session: IntArray, position: IntArray, correct: IntArray, n_trials: int, name: str
) -> IntArray:
    """Arrange a subject's outcomes (problem, trial); -1 where a trial was not completed."""
    problem, row = np.unique(session, return_inverse=True)
    outcome = np.full((problem.size, n_trials), NONE)
    seen = np.zeros(outcome.shape, np.int64)
    kept = position < n_trials
    place = row[kept], position[kept].astype(np.int64)
    np.add.at(seen, place, 1)
    if (seen > 1).any():
        at = np.argwhere(seen > 1)[0]
        raise AnalysisError(
            f"trial_in_session: found {at[1]} twice in session {problem[at[0]]} of subject {name}, "
            "expected each trial of a problem once"
        )
    outcome[place] = correct[kept]
    return outcome


def _summarise(outcome: IntArray) -> xr.Dataset:
    n_problems, n_trials = outcome.shape
    problem, trial = np.indices(outcome.shape)
    found = estimate_clustered_proportions(
        (outcome == 1).ravel().astype(np.float64), trial.ravel(), problem.ravel(), n_trials
    )
    values = {
        "correct": found.proportion,
        "lower": found.lower,
        "upper": found.upper,
        "n_trials": np.full(n_trials, n_problems),
        "n_uncompleted": (outcome == NONE).sum(axis=0),
    }
    return xr.Dataset(
        {name: ("trial", value) for name, value in values.items()},
        {"trial": np.arange(1, n_trials + 1)},
    )
