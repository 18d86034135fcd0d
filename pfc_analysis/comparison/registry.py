"""Which questions an experiment has, and how they are answered for one group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.comparison.measured import Measured, Units, join_measured
from pfc_analysis.comparison.measures.history_weights import (
    measure_reward_history,
    measure_two_step_history,
)
from pfc_analysis.comparison.measures.matching_points import measure_line
from pfc_analysis.comparison.measures.mixed import MixedModel, arm_rows, two_step_rows
from pfc_analysis.comparison.measures.reversals import measure_reversals
from pfc_analysis.comparison.measures.staying import (
    measure_correct,
    measure_outcomes,
    measure_problem_trials,
    measure_regimes,
    measure_reward,
    measure_reward_share,
    measure_risk,
    measure_stay,
    measure_stay_after_outcomes,
)
from pfc_analysis.comparison.usable import UsableTrials
from pfc_analysis.recording.schema import did_you_mean

MATCHING_LAGS, BANDIT_LAGS = 15, 5
TINY_RIDGE = 1e-3
"""Survives choices that the past nearly determines, and shrinks nothing that is determined."""


@dataclass(frozen=True)
class Group:
    """A group of subjects on its way to be measured.

    Attributes
    ----------
    usable : UsableTrials
    units : tuple of Units
    agents : bool
        Whether it is the group of agents, whose choices are nearly determined and whose sessions
        stand each alone.
    rng : numpy.random.Generator
    """

    usable: UsableTrials
    units: tuple[Units, ...]
    agents: bool
    rng: np.random.Generator


@dataclass(frozen=True)
class Experiment:
    """What can be asked of the recordings of an experiment.

    Attributes
    ----------
    measure : callable
        From a group to what is measured of it.
    mixed : MixedModel, optional
        Regression over both groups.
    note : str
        What must be known of the numbers.
    """

    measure: Callable[[Group], Measured]
    mixed: MixedModel | None = None
    note: str = ""


def _measure_two_step(group: Group) -> Measured:
    # Agents' choices are nearly determined (Wang et al. 2018, Fig. 5): a ridge, as in Figure 5.
    history = measure_two_step_history(group.usable, group.units, 1.0 if group.agents else 0.0)
    return join_measured([measure_stay(group.usable, group.units), history])


def _measure_matching(group: Group) -> Measured:
    line = measure_line(group.usable, group.units, group.rng)
    history = measure_reward_history(group.usable, group.units, MATCHING_LAGS, TINY_RIDGE)
    return join_measured([line, history])


def _measure_bandit(group: Group) -> Measured:
    parts = [
        measure_outcomes(group.usable, group.units),
        measure_reward(group.usable, group.units),
        measure_reward_share(group.usable, group.units),
        measure_reward_history(group.usable, group.units, BANDIT_LAGS, TINY_RIDGE),
    ]
    return join_measured([part for part in parts if part is not None])


def _measure_volatility(group: Group) -> Measured:
    history = measure_reward_history(group.usable, group.units, BANDIT_LAGS, TINY_RIDGE)
    stay = measure_stay_after_outcomes(group.usable, group.units)
    regimes = measure_regimes(group.usable, group.units)
    return join_measured([stay, *([regimes] if regimes else []), history])


def _measure_serial_reversal(group: Group) -> Measured:
    reversals = measure_reversals(group.usable, group.units, across_sessions=not group.agents)
    return join_measured([reversals, measure_correct(group.usable, group.units)])


_ARMS = MixedModel("choosing right", ("last_reward", "last_choice"), arm_rows)
_STAY = MixedModel("staying", ("reward", "transition", "reward:transition"), two_step_rows)

_RIDGE = (
    "Agents' choices are nearly determined, so their regression of choices on five trials back has "
    "a ridge of 1, without which it has no estimate; the animals' has none, unless a note says so. "
    "That makes the agents' weights and indices smaller than they are."
)
_TINY_RIDGE = f"Regressions on rewards and choices have a ridge of {TINY_RIDGE:g} in all groups."

EXPERIMENTS = {
    "two_step": Experiment(_measure_two_step, _STAY, _RIDGE),
    "matching": Experiment(_measure_matching, _ARMS, _TINY_RIDGE),
    "bandit": Experiment(_measure_bandit, _ARMS, _TINY_RIDGE),
    "volatility": Experiment(_measure_volatility, _ARMS, _TINY_RIDGE),
    "serial_reversal": Experiment(_measure_serial_reversal),
    "risky_choice": Experiment(lambda group: measure_risk(group.usable, group.units)),
    "harlow": Experiment(lambda group: measure_problem_trials(group.usable, group.units)),
}
"""Experiments by name; variants of one begin with its name (`bandit_correlated`)."""

NOT_COMPARABLE = {
    "inferred_value": "its choices are instructed, so that there is none to compare; what its "
    "agents are asked for, prediction errors, is not in trials of animals",
}
"""Experiments without such a question, and why."""


def find_experiment(name: str) -> Experiment:
    """Find what can be asked of an experiment.

    Raises
    ------
    AnalysisError
        If it is not known, or there is nothing to compare.
    """
    for known, reason in NOT_COMPARABLE.items():
        if _is_variant(name, known):
            raise AnalysisError(f"experiment {name!r} cannot be compared: {reason}. {_offer()}")
    for known, experiment in EXPERIMENTS.items():
        if _is_variant(name, known):
            return experiment
    known_names = (*EXPERIMENTS, *NOT_COMPARABLE)
    raise AnalysisError(
        f"experiment: found {name!r}{did_you_mean(name, known_names)}, which is not known. "
        f"{_offer()}"
    )


def _is_variant(name: str, known: str) -> bool:
    return name == known or name.startswith(f"{known}_")


def _offer() -> str:
    return f"Those that can be compared: {listed(EXPERIMENTS)}, and their variants"
