"""Numbers of Figure N1: behaviour of monkeys, agents and observers, and who predicts whom."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pfc_analysis.analysis.learners.three_rewards_observer import ThreeRewardsObserver
from pfc_analysis.analysis.learners.what_where_observer import WhatWhereObserver
from pfc_analysis.recording.simulate import StepPlayer, simulate
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.animals.monkey_behaviour import (
    TWO_STEP,
    WHAT_WHERE,
    measure_behaviour,
)
from pfc_analysis.reproduction.animals.monkeys import IN_PLACE, MONKEYS, monkey_results
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers
from pfc_analysis.tasks.contract import Task
from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards
from pfc_analysis.tasks.what_where import WhatWhere

AGENTS, OBSERVER = "agents", "observer"

PANELS = {
    "correct_share what, from the start": "a",
    "correct_share where, from the start": "b",
    "correct_share what, around the reversal": "c",
    "correct_share where, around the reversal": "d",
    "image_stay_probability": "e",
    "side_stay_probability": "f",
    "reward": "g",
    "stay_probability": "h",
    "second_stay_probability": "i",
    "stay_model_based_index": "j",
    "stay_model_free_index": "j",
    "correct_share": "k",
    "likelihood_per_trial": "l",
    "preferred_share": "m",
}
"""Panel of each quantity; of learning curves, by kind of block and part of the curve."""

_PLAYERS: dict[str, tuple[StepPlayer, Task]] = {
    WHAT_WHERE: (WhatWhereObserver(), WhatWhere()),
    TWO_STEP: (ThreeRewardsObserver(), TwoStepThreeRewards()),
}


def measure_all(agents: str | Path | None, sessions: int, seed: int) -> dict[str, pd.DataFrame]:
    """Measure monkeys, agents and observers in both tasks.

    Parameters
    ----------
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    sessions, seed : int
        Of the observers.

    Returns
    -------
    dict of str to pandas.DataFrame
        By group: columns `pfc_analysis.reproduction.animals.monkey_behaviour.RESULTS`, both tasks
        in one table. The agents in the monkeys' place are the shipped ones in any case.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for experiment, (observer, task) in _PLAYERS.items():
        shipped = monkey_results(experiment)
        played = {
            AGENTS: record_agent(experiment, agents, units=False),
            OBSERVER: simulate(observer, task, sessions=sessions, seed=seed, subject=OBSERVER),
        }
        found = {name: measure_behaviour(experiment, own) for name, own in played.items()}
        for name in (MONKEYS, IN_PLACE):
            own = shipped[shipped["group"] == name]
            found[name] = own.drop(columns="group").reset_index(drop=True)
        for name, own in found.items():
            parts.setdefault(name, []).append(own)
    return {name: pd.concat(own, ignore_index=True) for name, own in parts.items()}


def find_panel(quantity: str, condition: str) -> str:
    """Return the letter of the panel that shows a number; "" where none does."""
    kind, _, what = condition.partition(", ")
    for ending, part in (("the start", "from the start"), ("the reversal", "around the reversal")):
        if what.endswith(ending):
            return PANELS[f"{quantity} {kind}, {part}"]
    return PANELS.get(quantity, "")


def add_behaviour(numbers: Numbers, found: dict[str, pd.DataFrame]) -> None:
    """Add the numbers that the figure draws, group by group."""
    for source, table in found.items():
        panels = [
            find_panel(*row) for row in table[["quantity", "condition"]].itertuples(index=False)
        ]
        own = table.assign(panel=panels, source=source)
        numbers.tables.append(own[own["panel"] != ""].reindex(columns=COLUMNS))
