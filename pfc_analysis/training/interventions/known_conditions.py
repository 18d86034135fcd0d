"""Refuse rules whose condition cannot hold yet at the moments that they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pfc_analysis.tasks.contract import MISSING, Array, StepLog, Task, Trials
from pfc_analysis.training.interventions.current_trial import RecentLog, find_matches
from pfc_analysis.training.interventions.intervention import (
    ARRIVING,
    Intervention,
    InterventionError,
)


def check_known(rules: Iterable[Intervention], task: Task, log: StepLog) -> None:
    """Check that the conditions of rules can hold at the moments that the rules name.

    The choice, for one, has no value yet at the step at which it is made: a rule on it that names
    only this step would never act.

    Parameters
    ----------
    rules : iterable of Intervention
        The rules.
    task : Task
        The task that was played.
    log : StepLog
        Played sessions: moments at which conditions hold are looked up in three of their trials.

    Raises
    ------
    InterventionError
        If a condition holds in whole trials, but at none of the moments that its rule names. The
        message names those at which it holds.
    """
    for rule in rules:
        kind = "event" if rule.target in ARRIVING else "step"
        for name, wanted in rule.when.items():
            if name == "trial_in_session":
                continue
            holds = _find_holding(task, log, kind == "event", name, wanted)
            if holds is None or set(holds) & set(rule.at):
                continue
            way_out = f"name a later {kind}: {holds}" if holds else "use another variable"
            raise InterventionError(
                f"intervention {rule.name or rule.describe()}: at = {list(rule.at)}: {name!r} "
                f"has no such value yet at this {kind}, so the rule would never act; {way_out}."
            )


def _find_holding(
    task: Task, log: StepLog, arriving: bool, name: str, wanted: Any
) -> list[str] | None:
    """Return the moments at which a condition holds in some trial; None if it holds in none."""
    moments = task.events if arriving else task.steps
    holding, in_whole = set(), False
    for number in {0, task.n_trials // 2, task.n_trials - 1}:
        in_trial = log.active & (log.before["trial"] == number)
        whole = _matches(task, log, number, np.zeros_like(in_trial), name, wanted)
        in_whole |= bool(whole.any())
        for step, moment in enumerate(moments):
            here = in_trial & (log.before["step"] == step)
            last = len(here) - 1 - np.argmax(here[::-1], axis=0)
            now = np.arange(len(here))[:, None]
            to_come = in_trial & (now > last if arriving else now >= last)
            played = _matches(task, log, number, to_come, name, wanted)
            if (here.any(axis=0) & played).any():
                holding.add(moment)
    return [moment for moment in moments if moment in holding] if in_whole else None


def _matches(
    task: Task, log: StepLog, number: int, to_come: Array, name: str, wanted: Any
) -> Array:
    """Return the sessions in whose trial a condition holds while some actions are to come."""
    trial = log.before["trial"]
    # The next step is seen already, the ones after it are not.
    seen = ~to_come | (np.cumsum(to_come, axis=0) == 1)
    kept = log.active & seen & ((trial == number - 1) | (trial == number))
    action, reward = np.where(to_come, MISSING, log.action), np.where(to_come, 0.0, log.reward)
    first = np.full(trial.shape[1], max(number - 1, 0))
    recent = RecentLog(log.before, log.observation, action, reward, kept, first)
    _, values, attributes = task.tabulate(Trials(task.steps, 2, recent))[name]
    return find_matches(values[:, min(number, 1)], wanted, attributes.get("labels", []), name)
