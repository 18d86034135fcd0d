"""Does the subject plan? Stay probabilities of the two-step task (Wang et al. 2018, Fig. 5b, c).

After reward, a subject that plans repeats its choice if the transition was common, and changes it
if the transition was uncommon. A subject that only repeats what was rewarded repeats its choice
after either transition.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import (
    ClusteredProportions,
    estimate_clustered_proportions,
)
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

INDICES = {
    # Order of TRIAL_TYPES: common rewarded, common unrewarded, uncommon rewarded, unrewarded.
    "model_based_index": np.array([0.5, -0.5, -0.5, 0.5]),
    "model_free_index": np.array([0.5, -0.5, 0.5, -0.5]),
}
"""Weights of the stay probabilities: interaction of reward and transition, effect of reward."""

INTERVAL = (
    "95 %, Wilson score at the effective sample size under clustering by session (Korn and "
    "Graubard 1998); independent trials where a cell has one session or a proportion of 0 or 1"
)


@labelled
def compute_stay_probability(
    recording: xr.Dataset, forced_trials: ForcedTrials = "history"
) -> xr.Dataset:
    """Compute how probably a first-stage choice is repeated, by its transition and outcome.

    A pair of trials enters if both lie next to each other in one session, the second was free and
    valid, and the first was valid; see `pfc_analysis.analysis.trials.choice_trials` for forced
    trials.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none), `reward` (rewarded if above 0) and
        `common_transition` (1 common, 0 uncommon, -1 none) on `trial`; `forced` and `invalid`
        where it has them.
    forced_trials : {"history", "drop"}
        Whether a pair may begin with a forced trial.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `previous`): `stay_probability`, its 95 % interval `lower`, `upper`,
        `n_trials` (pairs) and `n_effective`. On `subject`: `model_based_index`, the interaction
        [(CR - CU) - (UR - UU)] / 2, and `model_free_index`, the main effect of reward
        [(CR + UR) - (CU + UU)] / 2, both from -1 to 1, each with `_lower` and `_upper`; and
        `n_sessions`. Cells without a pair are NaN. Attributes count the trials left out.

    Raises
    ------
    AnalysisError
        If a variable is missing or has a value it cannot have, or no pair of trials is left.

    Notes
    -----
    The intervals widen with the correlation of trials within sessions: Wilson score intervals at
    the effective sample size of the session-clustered variance (Korn & Graubard 1998). Those of
    the indices are assembled from them (Zou & Donner 2008).

    References
    ----------
    Daw, Gershman, Seymour, Dayan & Dolan (2011), Neuron 69:1204, Fig. 2.
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 5b, c.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stay = pfc.analysis.compute_stay_probability(recording)
    >>> for kind in stay["previous"].values:
    ...     print(kind, f"{stay['stay_probability'].sel(previous=kind).item():.2f}")
    common_rewarded 0.89
    common_unrewarded 0.42
    uncommon_rewarded 0.45
    uncommon_unrewarded 0.86

    A planner repeats its choice after a common transition to a reward, and after an uncommon
    transition to no reward.
    """
    trials = read_trials(recording)
    current, cell = pair_trials(trials, read_common_transition(recording), forced_trials)
    require_any(current, "follow another trial", trials)
    before = find_previous(trials)
    stay = (trials.choice == trials.choice[before]).astype(np.float64)
    estimates = []
    for index, _ in trials.by_subject():
        rows = current & (trials.subject == index)
        estimates.append(
            estimate_clustered_proportions(
                stay[rows], cell[rows], trials.session[rows], len(TRIAL_TYPES)
            )
        )
    result = label_stay(trials, estimates)
    result.attrs |= trials.counts() | {"forced_trials": forced_trials, "interval": INTERVAL}
    return result


def pair_trials(
    trials: ChoiceTrials, common: np.ndarray, forced_trials: ForcedTrials
) -> tuple[np.ndarray, np.ndarray]:
    """Find the trials that follow a usable trial, and the type of that previous trial.

    Returns
    -------
    current : boolean array (trial,)
        Predicted trials with a usable previous trial in the same session.
    cell : integer array (trial,)
        Index of the previous trial's type in `TRIAL_TYPES`; -1 where `current` is false.
    """
    before = find_previous(trials)
    kind = np.where(mask_history(trials, forced_trials), classify_trials(trials, common), NONE)
    cell = np.where((before >= 0) & trials.predicted, kind[before], NONE)
    return cell >= 0, cell


def label_stay(trials: ChoiceTrials, estimates: list[ClusteredProportions]) -> xr.Dataset:
    """Put the subjects' estimates on named dimensions."""
    dims = ("subject", "previous")
    names = {
        "stay_probability": ("proportion", "probability of repeating the choice"),
        "lower": ("lower", "lower end of the 95 % interval of stay_probability"),
        "upper": ("upper", "upper end of the 95 % interval of stay_probability"),
        "n_trials": ("n_trials", "pairs of trials"),
        "n_effective": ("n_effective", "effective number of independent pairs"),
    }
    data = {
        name: (dims, np.stack([getattr(e, field) for e in estimates]), {"long_name": text})
        for name, (field, text) in names.items()
    }
    result = xr.Dataset(
        data, coords={"subject": list(trials.subjects), "previous": list(TRIAL_TYPES)}
    )
    texts = ("interaction of reward and transition", "main effect of reward")
    for text, (name, weights) in zip(texts, INDICES.items(), strict=True):
        attributes = {"long_name": f"{text}, on the probability of staying", "units": "1"}
        triple = np.array([e.contrast(weights) for e in estimates])
        for column, suffix in enumerate(("", "_lower", "_upper")):
            result[name + suffix] = ("subject", triple[:, column], attributes)
    result["n_sessions"] = ("subject", [e.n_sessions for e in estimates])
    return result
