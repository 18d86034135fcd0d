"""Supplementary Figure 9: does it matter to the network whether it reads rewards or errors?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure s9`, or copy it.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis import record
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.dose_response import draw_reference
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.rpe_input import (
    MEASURES,
    compute_best_ratio,
    compute_chance,
    compute_relative_reward,
)
from pfc_analysis.reproduction.numbers import Numbers

SEED = 9
SESSIONS = 200  # of each replica, in which reward is measured
NETWORKS = ("reward", "RPE")  # what the network that chooses reads
AGENTS = {
    task: (experiment, f"{task}_rpe_input")
    for task, experiment in {
        "bandit": "bandit_independent",
        "matching": "matching",
        "volatility": "volatility",
        "inferred_value": "inferred_value",
        "two_step": "two_step",
    }.items()
}
PANELS = {
    ("bandit", "regret"): ("b", "bandit", "regret, 100 trials"),
    ("matching", "slope"): ("c", "matching", "slope"),
    ("volatility", "learning_rate_rise"): ("d", "volatility", "learning rate, volatile - stable"),
    ("inferred_value", "inferred_ratio"): ("e", "inferred value", "inferred / experienced"),
    ("two_step", "r2"): ("f", "two-step", "$r^2$ on model-based errors"),
}
SHORT = {
    "common_rewarded": "common,\nrewarded",
    "common_unrewarded": "common,\nunrewarded",
    "uncommon_rewarded": "uncommon,\nrewarded",
    "uncommon_unrewarded": "uncommon,\nunrewarded",
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def play(experiment: str, task: Mapping[str, Any], sessions: int) -> xr.Dataset:
        agent = None if agents is None else agents / experiment
        return record(experiment, agent=agent, sessions=sessions, task=task, units=False)

    # Record, analyse and tabulate, task by task: the same functions for both networks.
    numbers = Numbers(read_published("wang_2018"), figure="s9")
    found: dict[tuple[str, str], xr.DataArray] = {}
    for task, experiments in AGENTS.items():
        earned = [compute_performance(play(name, {}, SESSIONS)) for name in experiments]
        chance = compute_chance(play(experiments[0], {}, 1), 3000, SEED)
        relative = [compute_relative_reward(each, earned[0], chance) for each in earned]
        measured = [MEASURES[task](partial(play, name)) for name in experiments]
        for network, own, rewards in zip(NETWORKS, measured, relative, strict=True):
            source = f"agents, {network}"
            numbers.add("a", source, f"{task}_relative_reward", rewards, "relative_reward")
            for quantity, result in own.items():
                numbers.add("", source, f"{task}_{quantity}", result, quantity)
        found[task, "reward"] = relative[1]["relative_reward"]
        for quantity in measured[0]:
            found[task, quantity] = _side_by_side([own[quantity][quantity] for own in measured])
    best = compute_best_ratio(play("inferred_value", {}, 600))
    numbers.add("e", "observer", "inferred_value_inferred_ratio", best, "inferred_ratio")
    stay = found["two_step", "stay_probability"]
    apart = stay.isel(network=1, drop=True) - stay.isel(network=0, drop=True).mean("subject")
    numbers.add("g", "agents, RPE", "two_step_stay_difference",
                apart.to_dataset(name="difference"), "difference")  # fmt: skip

    with figure_style():
        figure = new_figure(13, 6.6)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        a, b, c = above.subplots(1, 3, width_ratios=[1.6, 1, 1])
        d, e, f, g = below.subplots(1, 4, width_ratios=[1.1, 0.7, 0.7, 2.4])
        shares = [found[task, "reward"] for task in AGENTS]
        _dots(
            a,
            xr.concat(shares, xr.Variable("task", list(AGENTS))),
            "reward above chance, of\nthe standard network's",
        )
        draw_reference(a, 1.0, "standard network")
        a.set_ylim(0.0, 1.1)
        label_panel(a, "a", "reads prediction errors (RPE): what it earns")
        for axes, ((task, quantity), (letter, title, label)) in zip(
            (b, c, d, e, f), PANELS.items(), strict=True
        ):
            _dots(axes, found[task, quantity], label)
            axes.set_ylim(0.0, 1.1 * axes.get_ylim()[1])
            label_panel(axes, letter, title)
        draw_reference(e, best["inferred_ratio"].mean().item(), "ideal observer")
        _dots(
            g,
            stay.assign_coords(previous=[SHORT[str(k)] for k in stay["previous"].values]),
            "stay probability",
        )
        g.set_ylim(0.0, 1.05)
        label_panel(g, "g", "two-step")
        files = save_figure(figure, out, "figs9_rpe_input")
    return [*files, numbers.write(out / "figs9_rpe_input.csv")]


def _side_by_side(values: list[xr.DataArray]) -> xr.DataArray:
    """Put both networks' values next to each other; replicas of a seed have nothing in common."""
    return xr.concat(
        [each.reset_coords(drop=True) for each in values], xr.Variable("network", list(NETWORKS))
    )


def _dots(axes: Axes, values: xr.DataArray, label: str) -> None:
    """Draw a column of dots for every combination of labels."""
    others = [str(dim) for dim in values.dims if dim != "subject"]
    if len(others) > 1:
        first = next(dim for dim in others if dim != "network")
        values = values.stack(column=(first, "network")).reset_index("column")
        names = [
            f"{str(one).replace('_', ' ')}\n{network}"
            for one, network in zip(values[first].values, values["network"].values, strict=True)
        ]
        values = values.drop_vars([first, "network"]).assign_coords(column=names)
    draw_dots(axes, values, summarise_subjects(values.to_dataset(name="value"), "value"), {})
    axes.set_ylabel(label)
