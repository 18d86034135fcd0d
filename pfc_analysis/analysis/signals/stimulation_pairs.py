"""Read pairs of trials around stimulation in the two-step task, and build predictors from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.choices.stay_probability import pair_trials
from pfc_analysis.analysis.choices.stay_regression import read_correct
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    ForcedTrials,
    find_previous,
    mask_history,
    read_common_transition,
    read_flag,
    read_trials,
    require_any,
)


@dataclass(frozen=True)
class StimulationPairs:
    """Trials and those before them, as arrays on trial.

    Attributes
    ----------
    trials : ChoiceTrials
        All trials.
    usable : boolean array
        Trials that are predicted and follow a trial that counts as history.
    before : integer array
        Index of the trial before; -1 where there is none.
    kind : integer array
        Type of the trial before, an index into `TRIAL_TYPES`; -1 where it is no history.
    stay : float array
        1 where the choice of the trial before was repeated, 0 where not.
    common, stimulated, correct : integer arrays
        Of the trial itself; `correct` is None without that control.
    history : boolean array
        Trials that count as history at longer lags.
    """

    trials: ChoiceTrials
    usable: BoolArray
    before: IntArray
    kind: IntArray
    stay: FloatArray
    common: IntArray
    stimulated: IntArray
    correct: IntArray | None
    history: BoolArray

    def rows(self, subject: int, name: str) -> IntArray:
        """Select a subject's predicted trials, or raise an error if none or all are stimulated."""
        found = np.flatnonzero(self.usable & (self.trials.subject == subject))
        require_any(found >= 0, f"follow another trial for subject {name!r}", self.trials)
        n = int(self.stimulated[self.before[found]].sum())
        if n in (0, found.size):
            raise AnalysisError(
                f"stimulated: found {n} of {found.size} trials of subject {name!r} that another "
                "one follows, expected some with and some without stimulation. Leave the subject "
                "out, or join its sessions with and without."
            )
        return found


def read_pairs(
    recording: xr.Dataset, correct: bool, refractory: int, forced_trials: ForcedTrials
) -> StimulationPairs:
    """Read the pairs of trials of a recording; arguments as in `regress_stimulation`."""
    if "stimulated" not in recording:
        raise MissingVariableError(
            "stimulated: the recording does not say in which trials there was stimulation. "
            "Expected 0 or 1 on dimension 'trial'; add it where the data are read or recorded."
        )
    if not isinstance(refractory, (int, np.integer)) or refractory < 0:
        raise AnalysisError(
            f"refractory: found {refractory!r}, expected a whole number of trials, at least 0"
        )
    trials = read_trials(recording)
    common = read_common_transition(recording)
    stimulated = read_flag(recording, "stimulated").astype(np.int64)
    usable, kind = pair_trials(trials, common, forced_trials)
    before = find_previous(trials)
    for lag in range(2, refractory + 2):  # counted from the predicted trial
        earlier = find_previous(trials, lag)
        usable = usable & ~((earlier >= 0) & (stimulated[earlier] == 1))
    was_correct = read_correct(recording, common) if correct else None
    if was_correct is not None:
        usable = usable & (was_correct[before] >= 0)
    require_any(usable, "follow another trial", trials)
    return StimulationPairs(
        trials=trials,
        usable=usable,
        before=before,
        kind=kind,
        stay=(trials.choice == trials.choice[before]).astype(np.float64),
        common=common,
        stimulated=stimulated,
        history=mask_history(trials, forced_trials) & (common >= 0),
        correct=was_correct,
    )


def build_stimulation_design(
    pairs: StimulationPairs, rows: IntArray, n_lags: int, outcome_interactions: bool
) -> tuple[FloatArray, list[str]]:
    """Build the design of one subject.

    Parameters
    ----------
    pairs : StimulationPairs
        From `read_pairs`.
    rows : integer array (row,)
        Predicted trials of the subject.
    n_lags : int
        Trials to look back.
    outcome_interactions : bool
        As in `regress_stimulation`.

    Returns
    -------
    design : float array (row, n_lags * predictor)
        Lag by lag.
    names : list of str
        The predictors of a lag, in order.
    """
    centre = float(pairs.stimulated[pairs.before[rows]].mean())
    last = pairs.trials.choice[pairs.before[rows]]
    blocks = []
    for lag in range(1, n_lags + 1):
        then = find_previous(pairs.trials, lag)[rows]
        known = (then >= 0) & pairs.history[then]
        if pairs.correct is not None:
            known = known & (pairs.correct[then] >= 0)
        sign = np.where(pairs.trials.choice[then] == last, 1.0, -1.0)
        columns = _columns(pairs, then, centre, outcome_interactions)
        block = np.stack(list(columns.values()), axis=1)
        blocks.append(np.where(known[:, None], sign[:, None] * block, 0.0))
    return np.concatenate(blocks, axis=1), list(columns)


def _columns(
    pairs: StimulationPairs, then: IntArray, centre: float, outcome_interactions: bool
) -> dict[str, FloatArray]:
    """Build the predictors from the trials `then`."""
    outcome = (pairs.trials.reward[then] > 0) - 0.5
    transition = pairs.common[then] - 0.5
    stimulated = pairs.stimulated[then] - centre
    columns = {
        "stay": np.ones(then.size),
        "outcome": outcome,
        "transition": transition,
        "transition_x_outcome": 2 * transition * outcome,
        "stimulated": stimulated,
        "transition_x_stimulated": 2 * transition * stimulated,
    }
    if outcome_interactions:
        columns["outcome_x_stimulated"] = 2 * outcome * stimulated
        columns["transition_x_outcome_x_stimulated"] = 4 * transition * outcome * stimulated
    if pairs.correct is not None:
        columns["correct"] = pairs.correct[then] - 0.5
        columns["better_reached"] = 2 * transition * columns["correct"]
    return columns
