"""How many times in a row does a subject choose the same arm? Run lengths (Lau & Glimcher 2005).

A run is a series of choices of the same arm, from one switch to the next. Its length is known if
both ends are recorded: it starts with the session's first trial or after a choice of another arm,
and ends before a choice of another arm. All other runs are left out and counted: the last run of
a session, and any run next to a gap in the file or to a trial that does not count (forced, with
automatic water, or with a flag in `leave_out`). Long runs are cut off more often than short ones,
so where many runs are cut off, the shares favour short ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.statistics.session_sums import estimate_clustered_mean
from pfc_analysis.analysis.trials.arm_trials import (
    ArmTrials,
    read_arm_trials,
    require_probability,
)

InvalidTrials = Literal["skip", "break"]

ARM_KINDS = ("richer", "leaner")


@dataclass(frozen=True)
class Runs:
    """Runs of choices, in order.

    Attributes
    ----------
    first : integer array (run,)
        Index of the trial a run starts with.
    length : integer array (run,)
        Choices in it.
    complete : boolean array (run,)
        Whether both ends were seen.
    """

    first: IntArray
    length: IntArray
    complete: BoolArray


@labelled
def compute_run_lengths(
    recording: xr.Dataset,
    max_length: int = 10,
    invalid_trials: InvalidTrials = "skip",
    *,
    leave_out: Sequence[str] = (),
) -> xr.Dataset:
    """Compute how many times in a row subjects choose the richer and the leaner arm.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0, 1, ... for any number of arms, -1 none), `reward` and `base_probability` or
        `reward_probability` (`trial`, `arm`); `forced`, `invalid` and `automatic_reward` where it
        has them.
    max_length : int
        Runs of this length or longer share the last bin.
    invalid_trials : {"skip", "break"}
        Whether an invalid trial is skipped, so that the choices before and after it follow each
        other (as baiting treats it), or cuts the run off.
    leave_out : sequence of str
        Further flags (0 or 1 on `trial`) whose trials do not count and cut a run off.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `arm_kind`, `run_length`), lengths from 1 to `max_length`, which stands for
        that length or longer: `share` of runs, with `lower` and `upper` (95 %, clustered by
        session). On (`subject`, `arm_kind`), "richer" and "leaner": `mean_length` with `_lower`
        and `_upper` (Student's t over sessions), of all lengths; `n_runs`, and `n_runs_cut_off`,
        left out. A run is of the richer arm if that arm's scheduled probability was the largest
        when it started, and of a leaner arm if another's was larger; runs of an arm that shared
        the largest probability with another one are left out. NaN without a run.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no run of unequal arms is complete.
    AnalysisError
        If a value or setting is out of range.

    References
    ----------
    Lau & Glimcher (2005), J Exp Anal Behav 84:555.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> runs = pfc.analysis.compute_run_lengths(recording).sel(subject="observer")
    >>> for kind in ("richer", "leaner"):
    ...     print(kind, f"{runs['mean_length'].sel(arm_kind=kind).item():.1f} choices in a row")
    richer 4.0 choices in a row
    leaner 1.1 choices in a row
    """
    if not isinstance(max_length, (int, np.integer)) or max_length < 1:
        raise AnalysisError(
            f"max_length: found {max_length!r}, expected a whole number of at least 1"
        )
    arms = read_arm_trials(recording, leave_out, two_arms=False)
    probability = require_probability(arms, "which arm is the richer one")
    runs = find_runs(arms, invalid_trials)
    at_start, highest = probability[runs.first], probability[runs.first].max(axis=1)
    own = at_start[np.arange(runs.first.size), arms.trials.choice[runs.first]]
    kind = np.where(own == highest, 0, 1)
    unequal = (kind == 1) | (np.sum(at_start == highest[:, None], axis=1) == 1)
    if not (unequal & runs.complete).any():
        raise EmptySelectionError(
            f"choice: found no complete run in which one arm pays more: of {runs.length.size} "
            f"run(s), {int(np.sum(~runs.complete))} are cut off and {int(np.sum(~unequal))} have "
            "equal arms; record longer sessions"
        )
    result = _tabulate(arms, runs, np.where(unequal, kind, -1), int(max_length))
    result.attrs = arms.counts() | {
        "n_runs_equal_arms": int(np.sum(~unequal)),
        "invalid_trials": invalid_trials,
        "interval": "95 %, clustered by session",
    }
    return result


def find_runs(arms: ArmTrials, invalid_trials: InvalidTrials = "skip") -> Runs:
    """Find the runs of choices of the same arm.

    Raises
    ------
    AnalysisError
        If the setting is unknown.
    """
    if invalid_trials not in get_args(InvalidTrials):
        raise AnalysisError(
            f"invalid_trials: found {invalid_trials!r}, expected 'skip' (they are skipped) or "
            "'break' (they cut a run off)"
        )
    rows = np.arange(arms.counted.size)
    if invalid_trials == "skip":
        rows = np.flatnonzero(arms.trials.valid)
    if rows.size == 0:
        return Runs(rows, rows, np.zeros(0, np.bool_))
    # Trials that do not count are runs of their own kind, which make their neighbours incomplete.
    label = np.where(arms.counted, arms.trials.choice, -1)[rows]
    segment, session = arms.segment[rows], arms.trials.session[rows]
    new_segment = np.diff(segment) != 0
    starts = np.append(True, new_segment | (np.diff(label) != 0))
    first = np.flatnonzero(starts)
    length = np.diff(np.append(first, rows.size))
    last = first + length - 1
    opens = np.append(True, np.diff(session) != 0) & arms.from_start[rows]
    after_choice = np.append(False, ~new_segment & (label[:-1] >= 0))[first]
    before_choice = np.append(~new_segment & (label[1:] >= 0), False)[last]
    choices = label[first] >= 0
    complete = (opens[first] | after_choice) & before_choice
    return Runs(rows[first][choices], length[choices], complete[choices])


def _tabulate(arms: ArmTrials, runs: Runs, kind: IntArray, max_length: int) -> xr.Dataset:
    """Compute shares and means by subject and kind of arm (0 richer, 1 leaner, -1 neither)."""
    n_kinds = len(ARM_KINDS)
    shape = (len(arms.trials.subjects), n_kinds)
    share = {name: np.full((*shape, max_length), np.nan) for name in ("share", "lower", "upper")}
    mean = np.full((*shape, 3), np.nan)
    n_runs, n_cut = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    subject, session = arms.trials.subject[runs.first], arms.trials.session[runs.first]
    for index, _ in arms.trials.by_subject():
        own = (subject == index) & (kind >= 0)
        rows = own & runs.complete
        n_runs[index] = np.bincount(kind[rows], minlength=n_kinds)
        n_cut[index] = np.bincount(kind[own & ~runs.complete], minlength=n_kinds)
        binned = np.minimum(runs.length[rows], max_length)
        for length in range(1, max_length + 1):
            found = estimate_clustered_proportions(
                (binned == length).astype(np.float64), kind[rows], session[rows], n_kinds
            )
            share["share"][index, :, length - 1] = found.proportion
            share["lower"][index, :, length - 1] = found.lower
            share["upper"][index, :, length - 1] = found.upper
        for code in range(n_kinds):
            of_kind = rows & (kind == code)
            lengths = runs.length[of_kind].astype(np.float64)
            mean[index, code] = estimate_clustered_mean(lengths, session[of_kind])
    dims = ("subject", "arm_kind")
    result = xr.Dataset(
        {name: ((*dims, "run_length"), values) for name, values in share.items()},
        coords={
            "subject": list(arms.trials.subjects),
            "arm_kind": list(ARM_KINDS),
            "run_length": np.arange(1, max_length + 1),
        },
    )
    result["run_length"].attrs["long_name"] = f"choices in a row; {max_length} or more in the last"
    for column, suffix in enumerate(("", "_lower", "_upper")):
        result[f"mean_length{suffix}"] = (dims, mean[..., column], {"units": "choices"})
    return result.assign(n_runs=(dims, n_runs), n_runs_cut_off=(dims, n_cut))
