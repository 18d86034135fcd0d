"""Wrong models of Figure H1: agents with a system silent or exchanged, or of another stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import xarray as xr

from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.reproduction.agents.habit_agents import WITHOUT_REVERSALS, HabitAgents, Replicas
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables import habit_numbers as tables

SESSIONS, SEED, FIRST = 60, 7, 20
OVERTRAINED_REPLICAS = 3  # they are trained again
EARLY, OVERTRAINED, HEAVY = 20, 32, 8.0
ALONE = {"network alone": "habit alone", "habit alone": "network alone", "both": "habit alone"}
"""What is left in place of what."""


@cache
def load_agents(replicas: int = 8) -> HabitAgents:
    agents = HabitAgents(agent_folder("two_step_habit", None))
    agents.trained = dict(list(agents.trained.items())[:replicas])
    return agents


def record(rules: Sequence[str] = ()) -> xr.Dataset:
    agents = load_agents()
    return agents.record(agents.trained, SESSIONS, SEED, rules)


def train(numbers: Numbers, left: str) -> None:
    """Stages of training at which trained agents play, one system of whom is silent."""
    played = record(tables.write_rules(left))
    tables.add_training(numbers, "agents", tables.measure_training({2: played, 600: played}))


def silent_habit(numbers: Numbers) -> None:
    train(numbers, "network alone")


def habit_alone(numbers: Numbers) -> None:
    train(numbers, "habit alone")


def silence(numbers: Numbers, change: Callable[[list[str]], list[str]]) -> None:
    """Silence systems by other rules than those of the figure."""
    tables.add_silencing(
        numbers, "agents", tables.measure_silencing(lambda rules: record(change(rules)))
    )


def exchanged(numbers: Numbers) -> None:
    instead = {str(tables.write_rules(of)): tables.write_rules(by) for of, by in ALONE.items()}
    silence(numbers, lambda rules: instead.get(str(rules), rules))


def frozen_habit(numbers: Numbers) -> None:
    silence(numbers, lambda rules: rules + tables.write_rules("habit frozen"))


def nothing_silenced(numbers: Numbers) -> None:
    silence(numbers, lambda rules: [])


@cache
def overtrain() -> dict[str, dict[int, Replicas]]:
    """Networks early in training and trained ones, before and after the habit is overtrained."""
    agents, counts = load_agents(OVERTRAINED_REPLICAS), (0, OVERTRAINED)
    stages = agents.train_to([EARLY]).values()
    names = (f"{EARLY} updates", "trained")
    return {
        name: agents.overtrain(stage, counts, SEED)
        for name, stage in zip(names, stages, strict=True)
    }


def probe(own: Replicas, rules: Sequence[str] = ()) -> xr.Dataset:
    return load_agents().record(own, SESSIONS, SEED, rules, WITHOUT_REVERSALS)


def other_stage(numbers: Numbers) -> None:
    early, trained = overtrain().values()
    for name, own in (("trained", early), ("20 updates", trained)):
        tested = {count: probe(weights) for count, weights in own.items()}
        measured = tables.measure_overtraining(tested, FIRST)
        tables.add_overtraining(numbers, {f"agents, {name}": measured})


def light_habit(numbers: Numbers) -> None:
    """The habit weighs what it did in training where the figure raises its weight."""
    agents = load_agents()
    settings = agents.recipe.network.habit_settings
    assert settings is not None
    own = overtrain()["trained"][OVERTRAINED]
    found = tables.measure_weights(lambda rules: probe(own), [HEAVY], FIRST, settings.weight)
    tables.add_weights(numbers, "agents, trained", {OVERTRAINED: found})


WRONG_HABITS = {
    ("figh1_habit", "a habit that does not act"): silent_habit,
    ("figh1_habit", "agents that leave choices to the habit"): habit_alone,
    ("figh1_habit", "the habit and the network, each in the other's place"): exchanged,
    ("figh1_habit", "a habit that no longer learns"): frozen_habit,
    ("figh1_habit", "agents in which nothing is silenced"): nothing_silenced,
    ("figh1_habit", "networks at the other stage of training"): other_stage,
    ("figh1_habit", "trained agents, with the habit's weight as in training"): light_habit,
}
"""By figure and the name of the wrong model in `figures/claims/README.md`."""
