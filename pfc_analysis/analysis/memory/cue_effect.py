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
from pfc_analysis.analysis.memory.cue_pairs import CuePairs, find_repeated, pair_cues
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.statistics.session_sums import sum_by_unit
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

WEIGHTS = np.stack([np.concatenate([w, -np.asarray(w)]) for w in INDICES.values()])
"""The two effects, from stay probabilities by type of the cued trial, then of the others."""


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
    _check_once(cued.row)
    pairs = pair_cues(trials, cued, kind, int(blocks))
    require_any(pairs.has_other, "compare with other trials that could have been cued", trials)
    found = [_measure(pairs, trials.session, trials.subject == i) for i, _ in trials.by_subject()]
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


def _check_once(row: IntArray) -> None:
    """Raise `AnalysisError` if a trial was cued twice."""
    again = row[find_repeated(row)]
    if again.size:
        raise AnalysisError(
            f"cued_trial: found {np.unique(again).size} trial(s) that were cued twice or more, "
            f"first the trial in row {int(again.min())}; expected each at most once, so "
            "that the trials which could have been cued are known"
        )


def _measure(pairs: CuePairs, session: IntArray, own: BoolArray) -> dict[str, float]:
    """Measure both effects of one subject."""
    rows = np.flatnonzero(own & pairs.has_other)
    sessions, unit = np.unique(session[rows], return_inverse=True)
    stays, counted = (
        sum_by_unit(part[rows], unit, sessions.size) for part in (pairs.stays, pairs.counted)
    )
    effect, lower, upper, chance = estimate_cue_effect(stays, counted)
    result: dict[str, float] = {}
    for k, name in enumerate(INDICES):
        system = name.removesuffix("_index")
        result |= {
            f"{system}_effect": float(effect[k]),
            f"{system}_effect_lower": float(lower[k]),
            f"{system}_effect_upper": float(upper[k]),
            f"{system}_chance": float(chance[k]),
        }
    return result | {"n_trials": rows.size, "n_sessions": sessions.size}


def estimate_cue_effect(
    stays: FloatArray, counted: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Estimate the effects of the cue from sums within sessions.

    Parameters
    ----------
    stays, counted : float arrays (session, 8)
        Sums of `CuePairs` over the trials of each session.

    Returns
    -------
    effect, lower, upper, chance : float arrays (2,)
        By `INDICES`, with the interval of `compute_cue_effect`.
    """
    n, total = len(stays), counted.sum(axis=0)
    with np.errstate(invalid="ignore"):
        share = stays.sum(axis=0) / total
        influence = (stays - counted * share) / total
    effect, half = WEIGHTS @ share, len(TRIAL_TYPES)
    chance = -WEIGHTS[:, half:] @ share[half:]
    reach = np.full(len(WEIGHTS), np.nan)
    if n > 1:
        variance = n / (n - 1) * np.sum((influence @ WEIGHTS.T) ** 2, axis=0)
        reach = student_quantile(0.975, np.array([n - 1])) * np.sqrt(variance)
    return effect, effect - reach, effect + reach, chance
