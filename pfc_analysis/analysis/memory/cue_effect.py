r"""Do choices follow the trial that was cued more than others that could have been cued?

What an old trial brought says something about what pays now, also to a subject that remembers no
single trial. So an episodic index is above 0 without memory. But such a subject would choose the
same if the cue were that of another trial. Where cues are drawn at random from a block of old
trials, each at most once, the cue at trial t could as well have been any cue shown later in the
same block of cued trials:

.. math:: D = I(\text{cued trial}) - I(\text{other trials that could have been cued})

where I is the model-based (or model-free) index of stay probabilities, and each trial's other
trials have the same total weight as its cued trial. Without an effect of the cue, D is 0 on
average, however a subject learns.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.choices.stay_probability import INDICES
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.memory.cued_stay import find_references
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    ForcedTrials,
    classify_trials,
    mask_history,
    read_common_transition,
    read_trials,
    require_any,
)


@labelled
def compute_cue_effect(
    recording: xr.Dataset, blocks: int = 2, forced_trials: ForcedTrials = "history"
) -> xr.Dataset:
    """Compute how much more choices follow the cued trial than trials that were not cued then.

    Needs choices between two arms, and cues that were drawn at random from a block of old trials,
    each at most once.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_cued_stay`.
    blocks : int
        Blocks of cued trials in a session, of the same length; the cues of each were drawn from
        old trials of its own. The task of this package has two (`cue_blocks`).
    forced_trials : {"history", "drop"}
        Whether a choice may be compared with that of a forced trial.

    Returns
    -------
    xarray.Dataset
        On `subject`, for `model_based` and `model_free`: `model_based_effect`, the index relative
        to the cued trial less `model_based_chance`, the index relative to trials that were cued
        later in the same block; the effect with `_lower` and `_upper` (95 % over sessions,
        linearised, Student's t; NaN with one session); -2 to 2, 0 without an effect of the cue.
        NaN for a subject that lacks one of the four types of cued trials. `n_trials` with at least
        one other trial that could have been cued, `n_sessions`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no trial has a cue, or no other trial could have been cued.
    AnalysisError
        If `blocks` is no whole number of at least 1, a cue was shown twice in a session, or a
        variable has a value that it cannot have.

    Notes
    -----
    That cues were drawn at random cannot be seen from the data. If, say, rewarded trials are cued
    first, the effect is biased. The control is this toolkit's, not published.

    Examples
    --------
    A learner that follows the last trial, and one that follows the cued trial:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> for weight in (0, 3):
    ...     learner = pfc.analysis.EpisodicLearner(
    ...         incremental_model_based=3 - weight, episodic_model_based=weight
    ...     )
    ...     recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=80, seed=1, subject="a")
    ...     effect = pfc.analysis.compute_cue_effect(recording)
    ...     low, high = (effect[f"model_based_effect_{end}"].item() for end in ("lower", "upper"))
    ...     print(f"weight {weight}: {effect['model_based_effect'].item():.2f} "
    ...           f"[{low:.2f}, {high:.2f}]")
    weight 0: 0.01 [-0.04, 0.06]
    weight 3: 0.38 [0.33, 0.42]
    """
    if not isinstance(blocks, (int, np.integer)) or isinstance(blocks, bool) or blocks < 1:
        raise AnalysisError(f"blocks: found {blocks!r}, expected a whole number of at least 1")
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    kind = classify_trials(trials, read_common_transition(recording))
    kind = np.where(mask_history(trials, forced_trials), kind, NONE).astype(np.int64)
    row = find_references(trials, cued)["cued_trial"]
    usable = (row >= 0) & (kind[row] >= 0) & trials.predicted
    _check_once(trials.session, cued.row)
    block = _find_blocks(trials.session, cued.is_cued, int(blocks))
    own, other = _pair_others(block, row, usable)
    require_any(own >= 0, "compare with other trials that could have been cued", trials)
    found = []
    for index, _ in trials.by_subject():
        mine = trials.subject[own] == index
        found.append(_measure(trials.choice, kind, trials.session, row, own[mine], other[mine]))
    result = xr.Dataset(
        {name: ("subject", [each[name] for each in found]) for name in found[0]},
        coords={"subject": list(trials.subjects)},
    )
    result.attrs |= trials.counts() | cued.counts()
    result.attrs |= {
        "blocks": int(blocks),
        "forced_trials": forced_trials,
        "interval": "95 %, linearised over sessions, Student's t",
    }
    return result


def _check_once(session: IntArray, row: IntArray) -> None:
    """Raise `AnalysisError` if a trial was cued twice."""
    told = row[row >= 0]
    values, counts = np.unique(told, return_counts=True)
    if np.any(counts > 1):
        raise AnalysisError(
            f"cued_trial: found {int((counts > 1).sum())} trial(s) that were cued twice or more, "
            f"first the trial in row {int(values[counts > 1][0])}; expected each at most once, so "
            "that the trials which could have been cued are known"
        )


def _find_blocks(session: IntArray, is_cued: BoolArray, blocks: int) -> IntArray:
    """Return the number of the block of each trial with a cue, over all sessions; else -1."""
    block = np.full(session.size, NONE)
    for one in np.unique(session[is_cued]):
        rows = np.flatnonzero((session == one) & is_cued)
        block[rows] = one * blocks + np.arange(rows.size) * blocks // rows.size
    return block.astype(np.int64)


def _pair_others(block: IntArray, row: IntArray, usable: BoolArray) -> tuple[IntArray, IntArray]:
    """Pair each trial with the trials that are cued later in its block, all of them usable.

    Returns
    -------
    own, other : integer arrays (pair,)
        Index of the trial, and of the old trial that could have been its cued trial.
    """
    own, other = [], []
    for one in np.unique(block[usable]):
        rows = np.flatnonzero((block == one) & usable)
        first, second = np.triu_indices(rows.size, k=1)
        own.append(rows[first])
        other.append(row[rows[second]])
    if not own:
        return np.array([NONE]), np.array([NONE])
    # An old trial must be older than the trial itself: cues of later trials may be too young.
    every, olds = np.concatenate(own), np.concatenate(other)
    older = olds < every - 1
    return every[older].astype(np.int64), olds[older].astype(np.int64)


def _measure(
    choice: IntArray,
    kind: IntArray,
    session: IntArray,
    row: IntArray,
    own: IntArray,
    other: IntArray,
) -> dict[str, float]:
    """Measure both indices of one subject relative to cued trials and to the others."""
    told, counts = np.unique(own, return_counts=True)
    weight = 1.0 / counts[np.searchsorted(told, own)]
    sessions, place = np.unique(session[told], return_inverse=True)
    mine = _weigh(choice[told] == choice[row[told]], kind[row[told]], np.ones(told.size), place)
    of_pair = place[np.searchsorted(told, own)]
    others = _weigh(choice[own] == choice[other], kind[other], weight, of_pair)
    n = sessions.size
    reach = float(student_quantile(0.975, np.array([n - 1]))[0]) if n > 1 else np.nan
    result: dict[str, float] = {}
    for name, weights in INDICES.items():
        system = name.removesuffix("_index")
        value, chance = weights @ mine[0], weights @ others[0]
        influence = (mine[1] - others[1]) @ weights
        error = np.sqrt(n / (n - 1) * np.sum(influence**2)) if n > 1 else np.nan
        effect = float(value - chance)
        result |= {
            f"{system}_effect": effect,
            f"{system}_effect_lower": effect - reach * error,
            f"{system}_effect_upper": effect + reach * error,
            f"{system}_chance": float(chance),
        }
    return result | {"n_trials": told.size, "n_sessions": n}


def _weigh(
    stay: BoolArray, kind: IntArray, weight: FloatArray, session: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Compute weighted stay probabilities by type, and the influence of each session on them.

    Returns
    -------
    share : float array (type,)
    influence : float array (session, type)
    """
    n_sessions, n_types = int(session.max(initial=0)) + 1, len(TRIAL_TYPES)
    flat, shape = session * n_types + kind, (n_sessions, n_types)
    total = np.bincount(flat, weight, n_sessions * n_types).reshape(shape)
    stays = np.bincount(flat, weight * stay, n_sessions * n_types).reshape(shape)
    with np.errstate(invalid="ignore"):
        share = stays.sum(axis=0) / total.sum(axis=0)
        influence = (stays - total * share) / total.sum(axis=0)
    return share, influence
