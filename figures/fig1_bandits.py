"""Figure 1: do agents explore, then exploit, and does their activity encode what the arms pay?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 1`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis import simulate
from pfc_analysis.analysis.learners import bandit_learners
from pfc_analysis.analysis.learning.regret import compute_regret, compute_share_of_best
from pfc_analysis.analysis.neurons.states.payoff_order import compute_payoff_order
from pfc_analysis.plotting import style
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.schematic import draw_network
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import bandit_panels as panels
from pfc_analysis.reproduction.tables import bandit_numbers as tables
from pfc_analysis.tasks.bandit import Bandit

SEED = 1
CHANCE = 25.0  # regret in 100 trials of random choices: half the mean difference of the arms, .5
EASIER, HARDER = (0.25, 0.75), (0.6, 0.4)  # reward probabilities, left and right, c and d
INPUTS = ("trial", "last action", "last reward")  # these arms are not shown
SHOWN = (0.99, 0.46, 0.33, 0.01)  # reward probability of the left arm in panel e
BEST, AGENT = "Bayes-optimal, correlated", "agents, correlated"
LEARNERS = {
    "UCB": (bandit_learners.UpperConfidenceBound(), LineStyle(style.GREY, "-.")),
    "Thompson": (bandit_learners.Thompson(), LineStyle(style.GREEN, "--")),
    "Gittins": (bandit_learners.Gittins(), LineStyle(style.ORANGE, "--")),
    "Bayes-optimal": (bandit_learners.BayesOptimal(), LineStyle(style.INK, ":")),
    BEST: (bandit_learners.CorrelatedBayesOptimal(), LineStyle(style.PURPLE, ":")),
}
AGENTS = {
    "agents, independent": ("bandit_independent", LineStyle(style.VERMILLION)),
    AGENT: ("bandit_correlated", LineStyle(style.BLUE)),
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def play(agent: str, left: float, right: float, sessions: int | None = None) -> xr.Dataset:
        task, units = {"arms": "fixed", "left": left, "right": right}, sessions is not None
        return record_agent(agent, agents, sessions=sessions, task=task, units=units)

    # Record: agents with frozen weights, textbook algorithms, on arms that pay the same.
    correlated = record_agent("bandit_correlated", agents)
    easier = {name: play(agent, *EASIER) for name, (agent, _) in AGENTS.items()}
    mirrored = {name: play(agent, *EASIER[::-1]) for name, (agent, _) in AGENTS.items()}
    choices = {EASIER: easier[AGENT], HARDER: play("bandit_correlated", *HARDER)}
    learners = {
        name: simulate(learner, Bandit("fixed", *EASIER), sessions=3000, seed=SEED, subject=name)
        for name, (learner, _) in LEARNERS.items()
    }
    best = simulate(LEARNERS[BEST][0], Bandit("correlated"), sessions=5000, seed=SEED, subject=BEST)

    # Analyse: the same functions for agents and algorithms.
    regret = {name: compute_regret(played) for name, played in {**learners, **easier}.items()}
    exchanged = {name: compute_regret(played) for name, played in mirrored.items()}
    ceiling = tables.compute_final_regret(best)
    at_end = tables.compute_final_regret(correlated)
    share = compute_share_of_best(at_end, CHANCE, ceiling["regret"].item())
    switch = tables.compare_switch_trials(choices)
    last = correlated["trial_in_session"].max().item()
    order = compute_payoff_order(correlated, [last]).isel(trial_in_session=0, drop=True)

    # Tabulate: every number drawn, the paper's beside it.
    numbers = Numbers(read_published("wang_2018"), figure="1")
    tables.add_regret(numbers, regret, exchanged, [0, 9, 24, 49, last])
    numbers.add("", BEST, "regret_correlated_arms", ceiling, "regret")
    numbers.add("", AGENT, "reward_share", share)
    numbers.add("c", AGENT, "switch_trial", switch)
    later = switch[["switch_trial"]].diff("arms")
    numbers.add("c", AGENT, "switch_trial_later", later, "switch_trial")
    for quantity in ("rank_correlation", "joint_rank_correlation", "explained_variance_ratio"):
        numbers.add("f", AGENT, quantity, order)

    with print_style():
        figure, (above, below) = new_page([52, 50])
        a, *c, switches, d = above.subplots(1, 5, width_ratios=[0.9, 1, 1, 0.65, 1.6])
        draw_network(a, correlated.sizes["unit"], INPUTS)
        label_panel(a, "a", "the agent")
        panels.draw_choice_rasters(c, choices)
        label_panel(panels.draw_switches(switches, switch), "", "last switch")
        styles = {name: line for name, (_, line) in {**LEARNERS, **AGENTS}.items()}
        panels.draw_regret(d, regret, styles)
        label_panel(d, "d", "arms pay {:g}, {:g}".format(*EASIER))
        *e, f, ranks = below.subplots(1, 6, width_ratios=[1, 1, 1, 1, 1.25, 0.8])
        shown = {left: play("bandit_correlated", left, 1 - left, 1) for left in SHOWN}
        panels.draw_state_space([*e, f], correlated, shown)
        panels.draw_rank_correlations(ranks, order)
        return write_figure(figure, numbers, out, __file__)
