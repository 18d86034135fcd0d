"""Read trials around reversals of the paying side (Wang et al. 2018, Fig. 4).

One side pays and the other does not, until they change roles without notice. *Trial n* is the first
trial whose outcome shows the reversal. A subject that understands the task then knows on trial
n + 1 what both sides are worth: the side that it has just seen (*experienced*) and the other one
(*inferred*).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    check_values,
    find_previous,
    read_trials,
    read_variable,
)

KINDS = ("before", "reversal", "experienced", "inferred")
BEFORE, REVERSAL, EXPERIENCED, INFERRED = range(len(KINDS))

CONDITIONS = ("before", "experienced", "inferred")
"""The kinds that Fig. 4b compares, without trial n itself ("reversal")."""


@dataclass(frozen=True)
class ReversalTrials:
    """Plain arrays on trial, read and checked once.

    Attributes
    ----------
    trials : ChoiceTrials
        Subjects, sessions, choices and rewards.
    cue, rewarded_side : integer arrays
        0 left, 1 right; -1 where no cue was shown.
    since : integer array
        Trials since the sides changed roles, or since the session began; 0 on the first of them.
    kind : integer array
        Index into `KINDS`, -1 in other trials.
    """

    trials: ChoiceTrials
    cue: IntArray
    rewarded_side: IntArray
    since: IntArray
    kind: IntArray

    @property
    def pays_now(self) -> BoolArray:
        """Whether the cue's side pays in this trial."""
        return self.cue == self.rewarded_side


@labelled
def classify_reversal_trials(recording: xr.Dataset, *, min_trials_since: int = 3) -> xr.Dataset:
    """Classify trials by their position around a reversal.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `cue` (0 left, 1 right, -1 none shown), `rewarded_side` (0 or 1), `choice` and `reward`
        (above 0 exactly where the cue's side pays) on `trial`; `invalid` where it has it.
    min_trials_since : int
        Fewest trials of a block before its last trial, for that last trial to count as "before";
        at least 2, so that no trial is both "before" and trial n + 1.

    Returns
    -------
    xarray.Dataset
        On `trial`, with the recording's coordinates: `kind`, an index into its attribute `labels`,
        -1 elsewhere:

        0. before: the last trial before a reversal;
        1. reversal: trial n, the first valid one after it, whose outcome shows it;
        2. experienced: trial n + 1 where it shows the side of trial n;
        3. inferred: trial n + 1 where it shows the other side.

        Trial n + 1 is left out where what pays has changed again by then. `trials_since_reversal`
        counts trials since the block (or the session) began, from 0; `pays_now` is 1 where the
        cue's side pays. Attributes count trials of each kind.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a variable has a value it cannot have, or reward does not follow from cue and paying
        side, so that no single outcome shows a reversal.
    EmptySelectionError
        If there is no reversal.

    References
    ----------
    Bromberg-Martin, Matsumoto, Hong & Hikosaka (2010), J Neurophysiol 104:1068.
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 4.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("inferred_value", sessions=20, units=False)
    >>> trials = pfc.analysis.classify_reversal_trials(recording)
    >>> for code, label in enumerate(trials["kind"].attrs["labels"]):
    ...     print(f"{label}: {100 * float((trials['kind'] == code).mean()):.0f} % of trials")
    before: 6 % of trials
    reversal: 8 % of trials
    experienced: 4 % of trials
    inferred: 3 % of trials
    """
    found = read_reversal_trials(recording, min_trials_since)
    text = "position around a reversal, an index into `labels`; -1 none of these"
    result = xr.Dataset(
        {
            "kind": ("trial", found.kind.astype(np.int8), {"long_name": text}),
            "trials_since_reversal": ("trial", found.since),
            "pays_now": ("trial", found.pays_now.astype(np.int8)),
        },
        coords={name: recording[name] for name in ("subject", "session", "trial_in_session")},
    )
    result["kind"].attrs["labels"] = list(KINDS)
    result.attrs = found.trials.counts() | count_kinds(found)
    return result


def read_reversal_trials(recording: xr.Dataset, min_trials_since: int = 3) -> ReversalTrials:
    """Read and classify trials; arguments and errors as `classify_reversal_trials`."""
    if min_trials_since < 2:
        raise AnalysisError(f"min_trials_since: found {min_trials_since}, expected at least 2")
    trials = read_trials(recording)
    cue = read_variable(recording, "cue").astype(np.int64)
    side = read_variable(recording, "rewarded_side").astype(np.int64)
    check_values("cue", cue, np.isin(cue, (0, 1, NONE)), "0 (left), 1 (right) or -1 (none)")
    check_values("rewarded_side", side, np.isin(side, (0, 1)), "0 (left) or 1 (right)")
    follows = ~trials.valid | ((trials.reward > 0) == (cue == side))
    check_values(
        "reward",
        trials.reward,
        follows & ~(trials.valid & (cue == NONE)),
        "above 0 exactly where the cue's side is the rewarded one, as one outcome must show a "
        "reversal",
    )
    since, kind = _classify(trials, cue, side, min_trials_since)
    if not (kind == REVERSAL).any():
        raise EmptySelectionError(
            f"rewarded_side: found no valid trial after a reversal in {cue.size} trial(s), "
            "expected at least one; record longer sessions, or more of them"
        )
    return ReversalTrials(trials, cue, side, since, kind)


def count_kinds(found: ReversalTrials) -> dict[str, int]:
    """Attributes for a result: trials of each kind."""
    return {f"n_{name}": int(np.sum(found.kind == code)) for code, name in enumerate(KINDS)}


def _classify(
    trials: ChoiceTrials, cue: IntArray, side: IntArray, min_trials_since: int
) -> tuple[IntArray, IntArray]:
    """Compute the trials since the block began, and `ReversalTrials.kind`."""
    index = np.arange(side.size)
    opens = np.append(True, np.diff(trials.session) != 0)
    changes = ~opens & np.append(False, np.diff(side) != 0)
    first = np.maximum.accumulate(np.where(opens | changes, index, 0))
    since = trials.position - trials.position[first]

    # The first valid trial of a block that a reversal opened.
    valid_before: IntArray = np.cumsum(trials.valid) - trials.valid
    earlier = valid_before - valid_before[first]
    reversal = trials.valid & changes[first] & (earlier == 0)

    kind = np.where(reversal, REVERSAL, NONE)
    previous = find_previous(trials)
    after = (previous >= 0) & reversal[previous] & trials.valid & (side == side[previous])
    kind[after] = np.where(cue == cue[previous], EXPERIENCED, INFERRED)[after]

    last = np.append(changes[1:], False) & trials.valid & (since >= min_trials_since)
    kind[last & (kind == NONE)] = BEFORE
    return since, kind.astype(np.int64)
