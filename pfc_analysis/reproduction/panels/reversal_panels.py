"""Panels of Figure 6 about serial reversal: birds and agents side by side."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import (
    compute_subject_mean,
    summarise_subjects,
)
from pfc_analysis.plotting.learning.reversals import draw_problem_rate, draw_trials_to_criterion
from pfc_analysis.plotting.style import Axes
from pfc_analysis.reproduction.agents.reversal_agents import MEASURE, AgentReversals
from pfc_analysis.reproduction.agents.reversal_stages import TRAINED
from pfc_analysis.reproduction.animals.birds import Reversals
from pfc_analysis.reproduction.tables.reversal_numbers import RATE, compute_bird_rate, select_birds


def describe_stopping(birds: Reversals) -> str:
    """Describe how much faster birds became, and that the stopping rule explains most of it."""
    first, last = (float(birds.improvement["mean"].sel(quantity=q)) for q in ("first", "last"))
    return (
        f"first to last reversal: {first:.0f} to {last:.0f} trials, most of it\n"
        f"made by the rule that stopped the birds (slope,\n"
        f"against other orders it allows: p = {float(birds.order['p_value']):.2f})"
    )


def draw_reversals(
    axes: Axes, birds: Reversals, agents: AgentReversals, ideal: AgentReversals
) -> Axes:
    """Draw trials to criterion over reversals, of birds and agents; arguments as `add_reversals`.

    Of agents, as many reversals as a bird had at most.
    """
    shown = select_birds(birds)
    most = int(shown["reversal_number"].max())
    found, best = (
        each.problems[MEASURE].where(each.problems["reversal_number"] <= most, drop=True)
        for each in (agents, ideal)
    )
    return draw_trials_to_criterion(
        axes,
        shown,
        compute_subject_mean(shown),
        found,
        compute_subject_mean(found),
        best.isel(subject=0),
        note=describe_stopping(birds),
    )


def draw_training(axes: Axes, birds: Reversals, stages: xr.Dataset, ideal: AgentReversals) -> Axes:
    """Draw how fast problems are learned over all trials lived through, birds and agents.

    Parameters
    ----------
    birds : Reversals
        Of `pfc_analysis.reproduction.animals.birds.bird_reversals`.
    stages : xarray.Dataset
        Of `measure_training_stages`.
    ideal : AgentReversals
        Of `measure_ideal_reversals`.
    """
    rate = compute_bird_rate(birds)
    several = rate.isel(reversal_number=rate[RATE].notnull().sum("subject").values >= 2)
    mean = compute_subject_mean(several[RATE]).assign(trials=several["trials"].mean("subject"))
    return draw_problem_rate(
        axes,
        rate,
        mean,
        stages[RATE].transpose("subject", TRAINED),
        summarise_subjects(stages, RATE),
        float(ideal.rate[RATE].item()),
    )
