"""Does the subject use the memory of a trial that it is reminded of? (Ritter et al. 2018)

In the episodic two-step task a cue brings back one earlier trial. A subject that remembers that
trial repeats its choice if a common transition led to reward or an uncommon one to none, and takes
the other choice otherwise: the pattern of planning, but relative to the trial that was cued. A
subject that learns only incrementally shows the pattern relative to the last trial.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.choices.stay_probability import INTERVAL, label_stay
from pfc_analysis.analysis.memory.cued_trials import CuedTrials, read_cued_trials
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    TRIAL_TYPES,
    ChoiceTrials,
    ForcedTrials,
    classify_trials,
    find_previous,
    mask_history,
    read_common_transition,
    read_trials,
    require_any,
)

REFERENCES = {
    "last_trial_uncued": "choices of trials without a cue, relative to the last trial",
    "last_trial_cued": "choices of trials with a cue, relative to the last trial",
    "cued_trial": "choices of trials with a cue, relative to the trial that was cued",
}
"""Which choices are compared with the choice of which trial."""


@labelled
def compute_cued_stay(recording: xr.Dataset, forced_trials: ForcedTrials = "history") -> xr.Dataset:
    """Compute how probably the choice of the last and of the cued trial is repeated.

    Trials without a cue are compared with the trial before; trials with a cue with the trial before
    and with the trial that was cued. A cue that belongs to the trial just before is left out, since
    both comparisons are then the same. Forced and invalid trials are treated as in
    `compute_stay_probability`.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_stay_probability`, with `cued_trial` on `trial`: the `trial_in_session`
        (from 0) of the earlier trial of the session that the cue belongs to, -1 without a cue.
    forced_trials : {"history", "drop"}
        Whether a choice may be compared with that of a forced trial.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `reference`, `previous`): `stay_probability`, its 95 % interval `lower`,
        `upper`, `n_trials` (pairs) and `n_effective`. `reference` is "last_trial_uncued",
        "last_trial_cued" or "cued_trial"; `previous` the transition and outcome of the trial that
        the choice is compared with. On (`subject`, `reference`): `model_based_index` and
        `model_free_index` as in `compute_stay_probability`, each with `_lower` and `_upper`;
        relative to the last trial they are called incremental, relative to the cued trial episodic.
        `n_sessions` with such pairs. Cells without a pair are NaN. Attributes count the trials left
        out.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no trial has a cue, or no pair of trials is left.
    AnalysisError
        If a variable has a value that it cannot have.

    Notes
    -----
    The two influences are not told apart here. The trials that are cued one after another lie in
    the same part of the session, so that what they say is alike: a learner that follows the last
    trial alone, with weight 3, shows an episodic model-based index of .05 in the task's default
    setting, and one that follows the cued trial alone an incremental one of .04. They are larger
    the more seldom what pays changes: .13 and .09 with a reversal probability of .025.
    `fit_memory_indices` tells these two apart, and `compute_cue_effect` also learners that look
    further back.

    See Also
    --------
    fit_memory_indices : both influences by one regression.
    compute_cue_effect : the episodic index, less what it would be without an effect of the cue.

    References
    ----------
    Ritter, Wang, Kurth-Nelson, Jayakumar, Blundell, Pascanu & Botvinick (2018), arXiv:1805.09692.
    Vikbladh, Shohamy & Daw (2017), Episodic contributions to model-based reinforcement learning,
    Conference on Cognitive Computational Neuroscience.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=50, seed=1, subject="one")
    >>> stay = pfc.analysis.compute_cued_stay(recording).sel(subject="one")
    >>> for reference in ("last_trial_uncued", "cued_trial"):
    ...     print(reference, stay["stay_probability"].sel(reference=reference).values.round(1))
    last_trial_uncued [0.5 0.5 0.5 0.5]
    cued_trial [0.8 0.2 0.2 0.8]

    This learner follows the cued trial, and nothing else.
    """
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    kind = classify_trials(trials, read_common_transition(recording))
    kind = np.where(mask_history(trials, forced_trials), kind, NONE).astype(np.int64)
    pairs = find_references(trials, cued)
    cells = {
        name: np.where((row >= 0) & trials.predicted, kind[row], NONE).astype(np.int64)
        for name, row in pairs.items()
    }
    require_any(cells["cued_trial"] >= 0, "compare with the cued trial", trials)
    parts = [_estimate(trials, pairs[name], cells[name]) for name in REFERENCES]
    result = xr.concat(parts, xr.Variable("reference", list(REFERENCES)))
    result = result.transpose("subject", "reference", "previous")
    result.attrs |= trials.counts() | cued.counts()
    result.attrs |= {"forced_trials": forced_trials, "interval": INTERVAL}
    return result


def find_references(trials: ChoiceTrials, cued: CuedTrials) -> dict[str, IntArray]:
    """Find the trial that each choice is compared with, by the names of `REFERENCES`.

    Returns
    -------
    dict of str to integer array (trial,)
        Index of that trial; -1 where there is none, or the choice is not of that kind.
    """
    last = find_previous(trials)
    known: BoolArray = np.asarray(cued.is_cued & ~cued.is_last & (cued.row >= 0))
    found = (
        np.where(cued.is_cued, NONE, last),
        np.where(known, last, NONE),
        np.where(known, cued.row, NONE),
    )
    return {name: row.astype(np.int64) for name, row in zip(REFERENCES, found, strict=True)}


def _estimate(trials: ChoiceTrials, pairs: IntArray, cell: IntArray) -> xr.Dataset:
    """Estimate stay probabilities of every subject relative to one reference."""
    stay = (trials.choice == trials.choice[pairs]).astype(np.float64)
    estimates = []
    for index, _ in trials.by_subject():
        rows = (cell >= 0) & (trials.subject == index)
        estimates.append(
            estimate_clustered_proportions(
                stay[rows], cell[rows], trials.session[rows], len(TRIAL_TYPES)
            )
        )
    return label_stay(trials, estimates)
