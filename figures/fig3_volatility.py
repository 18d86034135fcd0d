"""Figure 3: do agents learn faster where the world changes, and do their units know that it does?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 3`, or copy it.
"""

from pathlib import Path

import pandas as pd
import xarray as xr

from pfc_analysis import simulate
from pfc_analysis.analysis.learners.bayesian_volatility import (
    LOG_PRECISIONS,
    LOG_STEPS,
    BayesianVolatility,
)
from pfc_analysis.plot.subject_means import draw_columns
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.volatility_observer import (
    FIXED_HAZARD,
    OBSERVER,
    build_fixed_hazard,
    build_observer,
    read_tasks,
)
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import volatility_panels as panels
from pfc_analysis.reproduction.tables import volatility_numbers as tables

SEED = 3
ORDERS = ("stable_first", "volatile_first")
PLAYED = 200  # test sessions of every replica and order; the observer plays three times as many
STEPPED = 100  # of these, for learning rates in a sliding window, which take long
WATCHED = 300  # sessions of the training process, in which volatility is decoded
SESSIONS = (10, 30, 100, WATCHED)  # of these, in which units are asked what they track
LEARNED = 24  # of the Bayesian learner, which takes long too
LEARNER = "Bayesian learner"
# Every third k and second I of Behrens et al.: fitted rates move by .001, in a tenth of the time.
SOFT = BayesianVolatility(8.0, log_steps=LOG_STEPS[::3], log_precisions=LOG_PRECISIONS[::2])


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def play(schedule: str, sessions: int, units: bool = True) -> xr.Dataset:
        settings = {"sessions": sessions, "seed": SEED, "task": {"schedule": schedule}}
        return record_agent("volatility", agents, units=units, **settings)

    # Record: agents with frozen weights; the Bayesian learner of Behrens et al.; the best player in
    # the process of training, which knows it; a control that never learns how volatile it is.
    training = play("training", WATCHED)
    trained, *in_order = read_tasks(training, "training", *ORDERS)
    observer, tests = build_observer(trained), dict(zip(ORDERS, in_order, strict=True))
    agent = {order: play(order, PLAYED, units=order == ORDERS[0]) for order in ORDERS}
    control = (build_fixed_hazard(trained), 3 * PLAYED, FIXED_HAZARD)
    slow = (SOFT, LEARNED, LEARNER)
    ideal, fixed, learner = (
        {
            order: simulate(player, test, sessions=sessions, seed=SEED, subject=name)
            for order, test in tests.items()
        }
        for player, sessions, name in ((observer, 3 * PLAYED, OBSERVER), control, slow)
    )

    # Analyse and tabulate: the same functions for all; the papers' numbers beside ours.
    humans = read_published("behrens_2007")
    numbers = Numbers(pd.concat([read_published("wang_2018"), humans]), figure="3")
    tables.add_reward(numbers, training, observer, trained, SEED)
    rates = tables.add_learning_rates(numbers, "d", "agents", agent)
    others = {OBSERVER: tables.add_learning_rates(numbers, "d", OBSERVER, ideal)}
    others[FIXED_HAZARD] = tables.add_learning_rates(numbers, "d", FIXED_HAZARD, fixed)
    learner_rates = tables.add_learning_rates(numbers, "c", LEARNER, learner)
    first = agent["stable_first"]
    traces = tables.add_volatility_rise(numbers, first, training, observer, STEPPED)
    decoding = tables.add_decoding(numbers, training, observer)
    tracking = tables.add_tracking(numbers, training, SESSIONS)

    with print_style():
        figure, (page,) = new_page([104])
        left, right = page.subfigures(1, 2, squeeze=False, width_ratios=[1.1, 1], wspace=0.03)[0]
        above, below = left.subfigures(2, 1, squeeze=False, hspace=0.04)[:, 0]
        a = above.subplots(2, 1, sharex=True)
        panels.draw_learner_session(a, learner["stable_first"], LEARNER)
        n_agents = rates.sizes["subject"]
        title = f"{n_agents} agents, mean of {PLAYED} sessions each"
        panels.draw_agent_traces(below.subplots(2, 1, sharex=True), first, traces, title)
        (c, d), (e, f) = right.subplots(2, 2)
        panels.draw_rates(c, learner_rates, letter="c", title=LEARNER)
        c.set_xlabel(panels.describe_humans(humans))
        panels.draw_rates(d, rates, others, letter="d", title=f"{n_agents} agents")
        draw_columns(e, decoding, "correlation")
        e.set(ylabel="correlation with the true regime", ylim=(0, 1))
        label_panel(e, "e", "regime, decoded")
        panels.draw_tracking(f, tracking, numbers.paper("share_tracking", "agents"))
        label_panel(f, "f", "tracking units")
        return write_figure(figure, numbers, out, __file__)
