"""Figure 1: do agents explore, then exploit, and does their activity hold what the arms pay?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 1`, or copy it.
"""

from pathlib import Path

import xarray as xr
from matplotlib.figure import SubFigure

from pfc_analysis import record, simulate
from pfc_analysis.analysis.learners.bandit_learners import (
    BayesOptimal,
    CorrelatedBayesOptimal,
    Gittins,
    Thompson,
    UpperConfidenceBound,
)
from pfc_analysis.analysis.learning.regret import compute_regret, compute_share_of_best
from pfc_analysis.analysis.learning.switch_trial import compute_switch_trial
from pfc_analysis.analysis.neurons.payoff_order import compute_payoff_order
from pfc_analysis.analysis.neurons.state_space import compute_principal_components, project_states
from pfc_analysis.analysis.statistics.summary import compute_group_difference, summarise_subjects
from pfc_analysis.plotting.choices.choice_raster import draw_choices
from pfc_analysis.plotting.curves import Look, draw_curves
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.neurons.state_space import (
    align_state_spaces,
    draw_session_states,
    draw_states,
)
from pfc_analysis.plotting.schematic import draw_network
from pfc_analysis.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.bandit import Bandit

SEED = 1
CHANCE = 25.0  # regret in 100 trials of random choices: half the mean difference of the arms, .5
EASIER, HARDER = (0.25, 0.75), (0.6, 0.4)  # what the arms pay, left and right, in panels c and d
SHOWN = (0.99, 0.46, 0.33, 0.01)  # what the left arm pays in panel e
LEARNERS = {
    "UCB": (UpperConfidenceBound(), Look(GREY, "-.")),
    "Thompson": (Thompson(), Look(GREEN, "--")),
    "Gittins": (Gittins(), Look(ORANGE, "--")),
    "Bayes-optimal": (BayesOptimal(), Look(INK, ":")),
    "Bayes-optimal, correlated": (CorrelatedBayesOptimal(), Look(PURPLE, ":")),
}
AGENTS = {
    "agents, independent": ("bandit_independent", Look(VERMILLION)),
    "agents, correlated": ("bandit_correlated", Look(BLUE)),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def play(
        experiment: str, pay: tuple[float, float] | None = None, sessions: int | None = None
    ) -> xr.Dataset:
        agent = None if agents is None else agents / experiment
        task = {} if pay is None else {"arms": "fixed", "left": pay[0], "right": pay[1]}
        return record(experiment, agent=agent, sessions=sessions, task=task)

    # Record: agents with frozen weights, textbook algorithms, on arms that pay the same.
    correlated = play("bandit_correlated")
    easier = {name: play(agent, EASIER) for name, (agent, _) in AGENTS.items()}
    mirrored = {name: play(agent, EASIER[::-1]) for name, (agent, _) in AGENTS.items()}
    harder = play("bandit_correlated", HARDER)
    learners = {
        name: simulate(player, Bandit("fixed", *EASIER), sessions=3000, seed=SEED, subject=name)
        for name, (player, _) in LEARNERS.items()
    }
    best = simulate(CorrelatedBayesOptimal(), Bandit("correlated"), sessions=5000, seed=SEED,
                    subject="Bayes-optimal, correlated")  # fmt: skip

    # Analyse: the same functions for agents and algorithms.
    regret = {name: compute_regret(played) for name, played in {**learners, **easier}.items()}
    exchanged = {name: compute_regret(played) for name, played in mirrored.items()}
    once = [regret[name]["regret"].isel(trial_in_session=-1, drop=True) for name in AGENTS]
    twice = [exchanged[name]["regret"].isel(trial_in_session=-1, drop=True) for name in AGENTS]
    both = [(one + other) / 2 for one, other in zip(once, twice, strict=True)]
    ceiling = compute_regret(best).isel(trial_in_session=-1, drop=True)
    at_end = compute_regret(correlated).isel(trial_in_session=-1, drop=True)
    share = compute_share_of_best(at_end, CHANCE, ceiling["regret"].item())
    switch = xr.concat(
        [compute_switch_trial(easier["agents, correlated"]), compute_switch_trial(harder)],
        xr.Variable("arms", [f"{left:g}/{right:g}" for left, right in (EASIER, HARDER)]),
    )
    later = switch[["switch_trial"]].diff("arms").rename(switch_trial="switch_trial_later")
    last = correlated["trial_in_session"].max().item()
    order = compute_payoff_order(correlated, [last]).isel(trial_in_session=0, drop=True)

    # Tabulate: every number drawn, the paper's beside it.
    numbers = Numbers(read_published("wang_2018"), figure="1")
    at = [0, 9, 24, 49, last]
    for name, result in regret.items():
        numbers.add("d", name, "regret", result.isel(trial_in_session=at))
    for name, result in exchanged.items():
        numbers.add("d", name, "regret_arms_exchanged", result.isel(trial_in_session=[last]),
                    "regret")  # fmt: skip
    for quantity, of in (("regret_difference", once), ("regret_difference_both_orders", both)):
        difference = compute_group_difference(of[0], of[1])
        numbers.add("d", "independent - correlated", quantity, difference, "difference")
    numbers.add("", "Bayes-optimal, correlated", "regret_correlated_arms", ceiling, "regret")
    numbers.add("", "agents, correlated", "reward_share", share)
    numbers.add("c", "agents, correlated", "switch_trial", switch)
    numbers.add("c", "agents, correlated", "switch_trial_later", later)
    for quantity in ("rank_correlation", "joint_rank_correlation", "explained_variance_ratio"):
        numbers.add("f", "agents, correlated", quantity, order)

    with figure_style():
        figure = new_figure(13, 7)
        above, below = figure.subfigures(2, 1, squeeze=False, hspace=0.05)[:, 0]
        choices = {EASIER: easier["agents, correlated"], HARDER: harder}
        draw_behaviour(above, choices, switch, regret)
        draw_activity(below, correlated, {left: play("bandit_correlated", (left, 1 - left), 1)
                                          for left in SHOWN}, order)  # fmt: skip
        files = save_figure(figure, out, "fig1_bandits")
    return [*files, numbers.write(out / "fig1_bandits.csv")]


def draw_behaviour(
    figure: SubFigure,
    choices: dict[tuple[float, float], xr.Dataset],
    switch: xr.Dataset,
    regret: dict[str, xr.Dataset],
) -> None:
    """Draw panels a, c and d: the agent, its choices, and regret."""
    a, *rasters, dots, d = figure.subplots(1, 5, width_ratios=[0.9, 1, 1, 0.5, 1.7])
    draw_network(a, choices[EASIER].sizes["unit"])
    label_panel(a, "a", "the agent")
    for axes, (payoff, played) in zip(rasters, choices.items(), strict=True):
        draw_choices(axes, by_session(first_agent(played)["choice"]))
        label_panel(axes, "c" if axes is rasters[0] else "", "arms pay {:g}, {:g}".format(*payoff))
        axes.set_ylabel("session of one agent" if axes is rasters[0] else "")
    draw_dots(dots, switch["switch_trial"], summarise_subjects(switch, "switch_trial"), {})
    label_panel(dots, "", "switch, trial")
    for name, (_, look) in {**LEARNERS, **AGENTS}.items():
        counted = regret[name].assign_coords(trial_in_session=regret[name]["trial_in_session"] + 1)
        draw_curves(d, {name: summarise_subjects(counted, "regret")}, {name: look})
    d.set(xlabel="trial", ylabel="cumulative regret", ylim=(0, 5), xlim=(1, None))
    d.legend(loc="upper left")
    label_panel(d, "d", "arms pay {:g}, {:g}".format(*EASIER))


def draw_activity(
    figure: SubFigure, correlated: xr.Dataset, shown: dict[float, xr.Dataset], order: xr.Dataset
) -> None:
    """Draw panels e and f: states of one agent, and how all agents' states order sessions."""
    *paths, f, dots = figure.subplots(1, 6, width_ratios=[1, 1, 1, 1, 1.25, 0.6])
    states = first_agent(correlated)
    components = compute_principal_components(states["hidden"], 2)
    for axes, (left, played) in zip(paths, shown.items(), strict=True):
        one = first_agent(played)
        score = project_states(one["hidden"].isel(step=0), components)
        trials = draw_session_states(axes, score, one["choice"])
        label_panel(axes, "e" if axes is paths[0] else "", f"arms pay {left:g}, {1 - left:g}")
    figure.colorbar(trials, ax=paths[-1], label="trial")
    last = states["trial_in_session"].max()
    ends = states.isel(trial=(states["trial_in_session"] == last).values)
    score = project_states(ends["hidden"].isel(step=0), components)
    payoff = draw_states(f, score, ends["reward_probability"].isel(arm=0))
    figure.colorbar(payoff, ax=f, label="left arm pays")
    label_panel(f, "f", f"trial {last.item() + 1}")
    align_state_spaces([*paths, f])
    joint = order["joint_rank_correlation"].expand_dims(component=["both"])
    single = order["rank_correlation"].assign_coords(component=["first", "second"])
    ranks = xr.concat([single, joint], "component").to_dataset(name="rank")
    draw_dots(dots, ranks["rank"], summarise_subjects(ranks, "rank"), {})
    dots.set(ylim=(0, 1.02))
    label_panel(dots, "", "rank correlation")


def first_agent(recording: xr.Dataset) -> xr.Dataset:
    """Return the trials of the first replica."""
    return recording.isel(trial=(recording["subject"] == recording["subject"][0]).values)


def by_session(values: xr.DataArray) -> xr.DataArray:
    """Return values of one subject, sessions side by side."""
    index = ["session", "trial_in_session"]
    return values.drop_vars("subject").set_index(trial=index).unstack("trial")
