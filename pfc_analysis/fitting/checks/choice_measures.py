"""What a predictive check compares: our own analyses of choices, as one number a subject each.

A measure is a function of a recording and its design. It returns numbers by name, each a float
array (subject,) in the order of the recording's subjects; NaN where a subject has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.choices.history_regression import fit_choice_history
from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.choices.risk_preference import compute_risky_preference
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, find_previous, read_trials
from pfc_analysis.fitting.designs.design import Design

Measure = Callable[[xr.Dataset, Design], Mapping[str, FloatArray]]

N_LAGS = 5
"""Trials that regressions look back."""

RIDGE = 1.0
"""Penalty of the regressions, the same for subject and players: learners with strong weights choose
nearly without chance."""

AROUND_REVERSAL = (-1, 0, 1, 2, 3, 5, 8)
"""Trials before and after a reversal: 0 is the first one in which the other option is better."""


def list_measures(questions: str) -> tuple[Measure, ...]:
    """List the measures of a task: of the two-step task, or of tasks with arms that pay."""
    if questions == "two_step":
        return (measure_staying, measure_lags, measure_reversals, measure_reward)
    own = {"matching": (measure_matching,), "risky_choice": (measure_risk,)}
    weights = () if questions == "risky_choice" else (measure_reward_weights,)
    common = (measure_win_stay, *weights, measure_reversals, measure_reward)
    return (*own.get(questions, ()), *common)


def measure_staying(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Probability of staying after each type of trial (`compute_stay_probability`)."""
    stay = compute_stay_probability(recording)
    kinds = [str(kind) for kind in stay["previous"].values]
    found = {f"stay after {k}": stay["stay_probability"].sel(previous=k).values for k in kinds}
    for name in ("model_based_index", "model_free_index"):
        found[f"stay: {name}"] = stay[name].values
    return found


def measure_lags(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Weights of past trials by type and lag, and their sums (`fit_choice_history`)."""
    fit = fit_choice_history(recording, n_lags=N_LAGS, ridge=RIDGE)
    found = {
        f"lag {int(lag)}: {kind}": fit["coefficient"].sel(lag=lag, trial_type=kind).values
        for lag in fit["lag"].values
        for kind in fit["trial_type"].values
    }
    for name in ("planning_index", "model_free_index", "perseveration_index"):
        found[f"lags: {name}"] = fit[name].values
    return found


def measure_reward_weights(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Weights of past rewards and choices (`fit_reward_history`)."""
    fit = fit_reward_history(recording, n_lags=N_LAGS, ridge=RIDGE)
    return {
        f"lag {int(lag)}: {kind}": fit[f"{kind}_weight"].sel(lag=lag).values
        for lag in fit["lag"].values
        for kind in ("reward", "choice")
    }


def measure_matching(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Slope and intercept of the matching line over sessions (`fit_matching`)."""
    line = fit_matching(compute_log_ratios(recording))
    names = list(dict.fromkeys(map(str, recording["subject"].values)))
    line = line.reindex(subject=names)
    return {f"matching: {name}": line[name].values for name in ("slope", "intercept")}


def measure_risk(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Percentage of risky choices (`compute_risky_preference`)."""
    return {"risky choices": compute_risky_preference(recording)["risky_preference"].values}


def measure_reward(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Mean reward a trial, each session with equal weight, as `compute_performance` has it.

    By plain arrays, since a check computes it hundreds of times.
    """
    trials = read_trials(recording, two_arms=False)
    first = np.unique(trials.session, return_index=True)[1]
    earned = np.bincount(trials.session, recording["reward"].values) / np.bincount(trials.session)
    subject = trials.subject[first]
    return {"reward": np.bincount(subject, earned) / np.bincount(subject)}


def measure_win_stay(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Probability of staying after a reward, and of changing after none."""
    trials = read_trials(recording, two_arms=False)
    before = find_previous(trials)
    pair = (before >= 0) & trials.predicted & trials.valid[before]
    stay = trials.choice == trials.choice[before]
    won = trials.reward[before] > 0
    return {
        "win-stay": _share(stay, pair & won, trials),
        "lose-shift": _share(~stay, pair & ~won, trials),
    }


def measure_reversals(recording: xr.Dataset, design: Design) -> dict[str, FloatArray]:
    """Choices of the option that pays more: in all trials, and around reversals.

    In the two-step task it is the choice that commonly leads to the better second state. Trials in
    which all options pay the same do not count.
    """
    trials = read_trials(recording, two_arms=False)
    pays = design.probability
    better = pays.argmax(axis=1)
    apart = trials.predicted & (pays.max(axis=1) > pays.min(axis=1))
    correct = trials.choice == better
    found = {"better option": _share(correct, apart, trials)}
    since = _count_from_reversal(better, trials.session)
    if np.any(since == 0):
        for place in AROUND_REVERSAL:
            here = apart & (
                _before_reversal(since, trials.session) if place < 0 else since == place
            )
            name = f"better option, {place:+d} trials from reversal"
            found[name] = _share(correct, here, trials)
    return found


def _count_from_reversal(better: IntArray, session: IntArray) -> IntArray:
    """Count trials since the last reversal of the session; -1 before the first one."""
    rows = np.arange(better.size)
    starts = np.append(True, np.diff(session) != 0)
    turns = np.append(False, np.diff(better) != 0) & ~starts
    last = np.maximum.accumulate(np.where(turns, rows, -1))
    begin = np.maximum.accumulate(np.where(starts, rows, -1))
    return np.where(last > begin, rows - last, -1).astype(np.int64)


def _before_reversal(since: IntArray, session: IntArray) -> BoolArray:
    """Mark the last trial before each reversal."""
    return np.append(since[1:] == 0, False) & np.append(np.diff(session) == 0, False)


def _share(success: BoolArray, counted: BoolArray, trials: ChoiceTrials) -> FloatArray:
    """Share of successes among the trials that count, by subject; NaN without any."""
    n = len(trials.subjects)
    total = np.bincount(trials.subject, counted, n)
    hits = np.bincount(trials.subject, counted & success, n)
    return np.divide(hits, total, out=np.full(n, np.nan), where=total > 0)


def compute_measures(
    recording: xr.Dataset, design: Design, measures: Sequence[Measure]
) -> tuple[dict[str, FloatArray], list[str]]:
    """Compute all measures that these choices allow.

    Returns
    -------
    found : dict
        Float array (subject,) by name.
    left_out : list of str
        Sentences on measures whose analysis is not possible, for instance because no session has
        rewards from both arms.
    """
    found: dict[str, FloatArray] = {}
    left_out = []
    for measure in measures:
        try:
            found |= measure(recording, design)
        except AnalysisError as error:
            left_out.append(f"Left out, {measure.__name__}: {error}")
    return found, left_out
