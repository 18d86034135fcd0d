"""Both networks on the tasks of simulations 1 to 4: reward as input, and prediction errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learners.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.learning.learning_rate import compute_learning_rate
from pfc_analysis.analysis.learning.performance import compute_performance
from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.analysis.signals.inferred_rpe import compute_inferred_ratio
from pfc_analysis.analysis.signals.prediction_error import regress_prediction_error
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.run.recipe import parse_recipe

Array = np.ndarray[Any, Any]
Play = Callable[..., xr.Dataset]
"""Records an agent: settings of the task that differ, number of sessions."""

EASIER = (0.25, 0.75)  # what the arms of Figure 1d pay
ORDERS = ("stable_first", "volatile_first")


class RandomChoice:
    """Chooses left or right with equal probability, whatever happens; for `simulate`."""

    def begin(self, n_sessions: int) -> Array:
        """Return what it remembers: nothing but how many sessions there are."""
        return np.zeros(n_sessions)

    def choice_probability(self, state: Array) -> Array:
        """Return even odds, (session, side)."""
        return np.full((state.size, 2), 0.5)

    def learn(self, state: Array, *seen: Array) -> None:
        """Learn nothing."""


def compute_chance(recording: xr.Dataset, sessions: int, seed: int) -> float:
    """Reward a trial of random choices in the task that agents were recorded in.

    Parameters
    ----------
    recording : xarray.Dataset
        Recorded from agents (`pfc_analysis.record`): holds their recipe.
    sessions, seed : int
        Simulated sessions, and their seed.

    Returns
    -------
    float
        Of valid choices. Where the task leaves none (inferred value), of random actions: a third
        of fixations and a third of saccades are valid, half of these are paid, all others cost 1.
    """
    task: Task = parse_recipe(str(recording.attrs["recipe"])).testing_task()
    if task.name == "inferred_value":
        valid = 1.0 / len(task.actions) ** 2
        return 0.5 * valid - (1.0 - valid)
    played = simulate(RandomChoice(), task, sessions=sessions, seed=seed, subject="chance")
    return float(compute_performance(played)["reward"].item())


def compute_relative_reward(
    performance: xr.Dataset, standard: xr.Dataset, chance: float
) -> xr.Dataset:
    """Express reward above chance as a share of what another agent earns in the same sessions.

    Parameters
    ----------
    performance, standard : xarray.Dataset
        `reward` of the agents asked about, and of those they are measured by, on `subject`
        (`compute_performance`). Replicas of one seed play the same sessions.
    chance : float
        Reward a trial by chance.

    Returns
    -------
    xarray.Dataset
        `relative_reward` on `subject`.
    """
    share = (performance["reward"] - chance) / (standard["reward"] - chance)
    return share.to_dataset(name="relative_reward")


def measure_bandit(play: Play) -> dict[str, xr.Dataset]:
    """Regret in 100 trials on arms that pay .25 and .75, both orders averaged."""
    regret = [
        compute_regret(play({"arms": "fixed", "left": left, "right": right}, 150)).isel(
            trial_in_session=-1, drop=True
        )["regret"]
        for left, right in (EASIER, EASIER[::-1])
    ]
    return {"regret": ((regret[0] + regret[1]) / 2).to_dataset(name="regret")}


def measure_matching(play: Play) -> dict[str, xr.Dataset]:
    """Slope and correlation of log ratios of choices and rewards."""
    line = fit_matching(compute_log_ratios(play({}, 300)))
    return {"slope": line, "r_squared": line}


def measure_volatility(play: Play) -> dict[str, xr.Dataset]:
    """By how much learning rates are higher in the volatile phase, in both orders."""
    rises = []
    for order in ORDERS:
        rate = compute_learning_rate(play({"schedule": order}, 150))["learning_rate"]
        rises.append(rate.sel(phase="volatile", drop=True) - rate.sel(phase="stable", drop=True))
    rise = xr.concat(rises, xr.Variable("order", list(ORDERS)))
    return {"learning_rate_rise": rise.to_dataset(name="learning_rate_rise")}


def measure_inferred_value(play: Play) -> dict[str, xr.Dataset]:
    """Inferred after experienced reversals: the share of the change of prediction errors."""
    found = compute_inferred_ratio(play({}, 600), np.random.default_rng(0))
    return {"inferred_ratio": found, "contrast": found}


def compute_best_ratio(recording: xr.Dataset) -> xr.Dataset:
    """Return the inferred ratio of an ideal observer of the sessions that agents lived through."""
    return compute_inferred_ratio(compute_observer_errors(recording), np.random.default_rng(0))


def measure_two_step(play: Play) -> dict[str, xr.Dataset]:
    """Stay probabilities, and what planning explains of prediction errors."""
    played = play({}, 150)
    errors = regress_prediction_error(played, np.random.default_rng(0), n_bootstrap=200)
    planned = errors.sel(selection="both", regressor="model_based", drop=True)
    return {"stay_probability": compute_stay_probability(played), "r2": planned}


MEASURES: dict[str, Callable[[Play], dict[str, xr.Dataset]]] = {
    "bandit": measure_bandit,
    "matching": measure_matching,
    "volatility": measure_volatility,
    "inferred_value": measure_inferred_value,
    "two_step": measure_two_step,
}
"""By task: headline numbers of its own figure, by quantity."""
