"""Measures that compare networks that read rewards with networks that read prediction errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.risk_preference import compute_risky_preference
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learners.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.learning.learning_rate import compute_learning_rate
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.analysis.signals.inferred_rpe import compute_inferred_ratio
from pfc_analysis.analysis.signals.prediction_error import regress_prediction_error
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.recipes.recipe_files import parse_recipe

Array = np.ndarray[Any, Any]
Play = Callable[..., xr.Dataset]
"""Function that records an agent, given settings of the task and a number of sessions."""

EASIER = (0.25, 0.75)  # reward probabilities of the arms in Figure 1d
ORDERS = ("stable_first", "volatile_first")


class RandomChoice:
    """Player for `simulate` that chooses left or right with equal probability."""

    def begin(self, n_sessions: int) -> Array:
        """Return an empty memory, of shape (session,)."""
        return np.zeros(n_sessions)

    def choice_probability(self, state: Array) -> Array:
        """Return probability 0.5 for each side, of shape (session, side)."""
        return np.full((state.size, 2), 0.5)

    def learn(self, state: Array, *seen: Array) -> None:
        """Do nothing."""


def compute_chance(
    recording: xr.Dataset, sessions: int, seed: int, settings: Mapping[str, Any] | None = None
) -> float:
    """Compute the reward per trial of random choices in the task of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        Recorded from agents (`pfc_analysis.record`): holds their recipe.
    sessions, seed : int
        Simulated sessions, and their seed.
    settings : mapping, optional
        Settings of the task that differ from the recipe's settings for testing, by name.

    Returns
    -------
    float
        Of random valid choices. In the inferred value task it is that of random actions: a third of
        fixations and a third of saccades are valid, half of these are paid, and all others cost 1.
    """
    task: Task = parse_recipe(str(recording.attrs["recipe"])).testing_task(settings)
    if task.name == "inferred_value":
        valid = 1.0 / len(task.actions) ** 2
        return 0.5 * valid - (1.0 - valid)
    played = simulate(RandomChoice(), task, sessions=sessions, seed=seed, subject="chance")
    return float(compute_performance(played)["reward"].item())


def compute_relative_reward(
    performance: xr.Dataset, standard: xr.Dataset, chance: float
) -> xr.Dataset:
    """Compute reward above chance, relative to that of another agent in the same sessions.

    Parameters
    ----------
    performance, standard : xarray.Dataset
        `reward` on `subject` (`compute_performance`), of the agents and of those that they are
        compared with. Replicas of one seed play the same sessions.
    chance : float
        Reward per trial of random choices.

    Returns
    -------
    xarray.Dataset
        `relative_reward` on `subject`.
    """
    share = (performance["reward"] - chance) / (standard["reward"] - chance)
    return share.to_dataset(name="relative_reward")


def measure_bandit(play: Play) -> dict[str, xr.Dataset]:
    """Compute regret after 100 trials on the arms `EASIER`, averaged over both orders."""
    regret = [
        compute_regret(play({"arms": "fixed", "left": left, "right": right}, 150)).isel(
            trial_in_session=-1, drop=True
        )["regret"]
        for left, right in (EASIER, EASIER[::-1])
    ]
    return {"regret": ((regret[0] + regret[1]) / 2).to_dataset(name="regret")}


def measure_matching(play: Play) -> dict[str, xr.Dataset]:
    """Compute slope and squared correlation of log ratios of choices and rewards."""
    line = fit_matching(compute_log_ratios(play({}, 300)))
    return {"slope": line, "r_squared": line}


def measure_volatility(play: Play) -> dict[str, xr.Dataset]:
    """Compute how much higher learning rates are in the volatile phase, in both orders."""
    rises = []
    for order in ORDERS:
        rate = compute_learning_rate(play({"schedule": order}, 150))["learning_rate"]
        rises.append(rate.sel(phase="volatile", drop=True) - rate.sel(phase="stable", drop=True))
    rise = xr.concat(rises, xr.Variable("order", list(ORDERS)))
    return {"learning_rate_rise": rise.to_dataset(name="learning_rate_rise")}


def measure_inferred_value(play: Play) -> dict[str, xr.Dataset]:
    """Compute the change of prediction errors by inference, relative to that by experience."""
    found = compute_inferred_ratio(play({}, 600), np.random.default_rng(0))
    return {"inferred_ratio": found, "contrast": found}


def compute_best_ratio(recording: xr.Dataset) -> xr.Dataset:
    """Compute the inferred ratio of an ideal observer in the sessions of a recording."""
    return compute_inferred_ratio(compute_observer_errors(recording), np.random.default_rng(0))


def measure_two_step(play: Play) -> dict[str, xr.Dataset]:
    """Compute stay probabilities, and how much planning explains of prediction errors."""
    played = play({}, 150)
    errors = regress_prediction_error(played, np.random.default_rng(0), n_bootstrap=200)
    planned = errors.sel(selection="both", regressor="model_based", drop=True)
    return {"stay_probability": compute_stay_probability(played), "r2": planned}


def measure_risky_choice(play: Play) -> dict[str, xr.Dataset]:
    """Compute how many percentage points more risky choices are made when they pay more often."""
    played = [play({"schedule": "fixed", "probability": p}, 100) for p in (0.5, 0.125)]
    more, less = (compute_risky_preference(each)["risky_preference"] for each in played)
    return {"discounting": (more - less).to_dataset(name="discounting")}


MEASURES: dict[str, Callable[[Play], dict[str, xr.Dataset]]] = {
    "bandit": measure_bandit,
    "matching": measure_matching,
    "volatility": measure_volatility,
    "inferred_value": measure_inferred_value,
    "two_step": measure_two_step,
    "risky_choice": measure_risky_choice,
}
"""By task: the function that computes its headline numbers, by quantity."""
