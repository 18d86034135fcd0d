"""Matching of agents and of an observer, and coding of their units, as numbers of Figure 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.matching_residuals import (
    compute_matching_residuals,
    select_share,
)
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.neurons.coding.unit_coding import compute_unit_coding
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors
from pfc_analysis.analysis.statistics.means_over_subjects import find_interval, summarise_subjects
from pfc_analysis.reproduction.numbers import MEAN, Numbers, tabulate_result

HELD_OUT = [(0.2, 0.4), (0.6, 0.8)]
"""Shares of the right arm that training left out."""

UNCLOCKED = (5, 45)
"""First and last trial before any session of training ends. Later on the network's value also
follows the time left, which would correlate with everything else that drifts."""

LINE = ("slope", "intercept", "r", "r_squared")
WEIGHTS = ("reward_weight", "choice_weight")
UNITS = (
    "mean_absolute", "mean_absolute_null", "mean_absolute_above_null", "n_significant",
    "n_significant_null_upper", "n_significant_above_null", "n_significant_family_wise",
    "share_significant",
)  # fmt: skip


@dataclass(frozen=True)
class Matched:
    """How subjects match their choices to rewards, within the trained range and outside it.

    Attributes
    ----------
    points, held_out : xarray.Dataset
        `log_reward_ratio` and `log_choice_ratio` on `point`, a session each: shares of the right
        arm that were trained, and those that were held out.
    line : xarray.Dataset
        The line fitted to `points`, on `subject` (`fit_matching`).
    history : xarray.Dataset
        Weights of past rewards and choices on (`subject`, `lag`) (`fit_reward_history`).
    residuals : xarray.Dataset
        How far `held_out` is from `line`, on `subject` (`compute_matching_residuals`).
    """

    points: xr.Dataset
    held_out: xr.Dataset
    line: xr.Dataset
    history: xr.Dataset
    residuals: xr.Dataset


def add_matching(numbers: Numbers, source: str, recording: xr.Dataset) -> Matched:
    """Analyse how the subjects of a recording match, and tabulate it in panels d and f.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    source : str
        Entry of that column.
    recording : xarray.Dataset
        Recording of the matching task.

    Returns
    -------
    Matched
    """
    every = compute_log_ratios(recording)
    held = select_share(every, HELD_OUT)
    points, held_out = every.isel(point=~held), every.isel(point=held)
    line = fit_matching(points)
    # A session of 100 trials has no history of fifteen trials before its sixteenth.
    history = fit_reward_history(recording, early_trials="drop", ridge=0.0)
    numbers.add("d", source, "reward", compute_performance(recording))
    for quantity in LINE:
        numbers.add("d", source, quantity, line)
    numbers.add("d", source, "slope_held_out", fit_matching(held_out), "slope")
    away = compute_matching_residuals(held_out, line)
    for quantity in ("mean_residual", "signed_residual", "slope_difference"):
        numbers.add("d", source, f"{quantity}_held_out", away, quantity)
    for quantity in (*WEIGHTS, "reward_half_life"):
        numbers.add("f", source, quantity, history)
    drop = -history[["reward_weight"]].diff("lag")  # from the lag before
    numbers.add("f", source, "reward_weight_drop", drop, "reward_weight")
    return Matched(points, held_out, line, history, away)


def add_residual_difference(numbers: Numbers, agents: xr.Dataset, observer: xr.Dataset) -> None:
    """Compare agents' residuals in held-out sessions with the observer's, and tabulate it.

    Log ratios lie on a line only approximately, so that the residuals of a player with one rule for
    all sessions are not 0 (`pfc_analysis.analysis.choices.matching_residuals`).

    Parameters
    ----------
    numbers : Numbers
        Gets the rows, in panel d: of every agent, and of their mean. The intervals contain the
        uncertainty of the observer's residuals too, which are from a finite number of sessions.
    agents, observer : xarray.Dataset
        Residuals (`Matched.residuals`).
    """
    for quantity in ("mean_residual", "signed_residual"):
        own, bounds = observer[quantity].item(), find_interval(observer, quantity)
        reach = (bounds["upper"] - bounds["lower"]).item() / 2
        mean = summarise_subjects(agents, quantity).expand_dims(subject=[MEAN])
        for result, name in ((agents, quantity), (mean, "mean")):
            width = find_interval(result, name)
            half = np.hypot((width["upper"] - width["lower"]) / 2, reach)
            value = result[name] - own
            apart = xr.Dataset({"value": value, "lower": value - half, "upper": value + half})
            if "n_subjects" in result:
                apart["n_subjects"] = result["n_subjects"]
            labels = {"source": "agents", "quantity": f"{quantity}_held_out_minus_observer"}
            numbers.tables.append(tabulate_result(apart, "value", panel="d", **labels))


def add_unit_coding(numbers: Numbers, agent: xr.Dataset, sessions: int, seed: int) -> xr.Dataset:
    """Correlate units with what happened, and tabulate it in panel e.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows: quantities of trials `UNCLOCKED`, and with "_all_trials" those of all trials.
    agent : xarray.Dataset
        Recording of agents.
    sessions : int
        Sessions of every replica that are used; all pairs of them make the null distribution.
    seed : int
        Seed of the random draws.

    Returns
    -------
    xarray.Dataset
        Of `compute_unit_coding`, from trials `UNCLOCKED`.
    """
    agent = agent.isel(trial=(agent["session"] < sessions).values)
    place = agent["trial_in_session"]
    early = ((place >= UNCLOCKED[0]) & (place < UNCLOCKED[1])).values
    factors, generator = build_trial_factors(agent), np.random.default_rng(seed)
    found = {}
    for ending, rows in (("", early), ("_all_trials", np.full(early.size, True))):
        coding = compute_unit_coding(
            agent.isel(trial=rows), generator, factors=factors.isel(trial=rows)
        )
        found[ending] = coding.assign(
            mean_absolute_above_null=coding["mean_absolute"] - coding["mean_absolute_null"],
            n_significant_above_null=coding["n_significant"] - coding["n_significant_null_upper"],
        )
        for quantity in UNITS:
            numbers.add("e", "agents", f"{quantity}{ending}", found[ending], quantity)
    return found[""]
