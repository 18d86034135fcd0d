"""Choose settings of an agents' task that match those of the animals' task.

Each rule takes the animals' settings (`pfc_analysis.compare_tasks`) and returns settings of the
task. What the task cannot be set to is said in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.comparison.settings.task_setting import COUNTED, ESTIMATED

LONGEST_SESSION = 100
"""Most trials of a session that agents are trained in, but for the volatility task: training takes
in proportion to it."""

SHORTEST_SESSION = 20

ARMS = {"easy": 0.1, "medium": 0.25, "hard": 0.4}
"""Settings `arms` of the bandit: reward probability of the worse arm; the other pays 1 minus it."""

NEAR = 0.08
"""Largest distance of the worse arm's probability from one of `ARMS`."""

TOTALS, HAZARDS = (0.1, 1.0), (0.005, 0.2)
"""Smallest and largest sum of base probabilities, and hazard of reversal, that are trained."""


class Animals:
    """What is known of the animals' task, and what is said of the settings taken from it.

    Parameters
    ----------
    tasks : xarray.Dataset
        Of `pfc_analysis.compare_tasks`.
    group : str
        The animals.
    recipe : mapping
        Settings of the shipped recipe, which hold where the data say nothing else.
    given : mapping
        Settings that are given, and hold whatever the data say.
    """

    def __init__(
        self,
        tasks: xr.Dataset,
        group: str,
        recipe: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:
        self.tasks, self.group, self.recipe = tasks.sel(group=group), group, recipe
        self.given, self.said, self._told = given, list[str](), set[str]()

    def read(self, name: str) -> float:
        """Return a setting of the animals' task; NaN where it is not known."""
        if name not in self.tasks["setting"].values:
            return float("nan")
        return float(self.tasks["setting_value"].sel(setting=name))

    def take(
        self,
        name: str,
        found: float,
        digits: int,
        source: str = "",
        limits: tuple[float, float] = (-np.inf, np.inf),
    ) -> dict[str, Any]:
        """Take over a number, rounded; keep the recipe's where nothing is known or data agree.

        A number beyond the `limits` of the agents' task is replaced by the nearest that it can
        have, which is said.
        """
        ours = self.recipe.get(name)
        if ours is None:
            return {}
        if self.is_given(name, f"{found:.3g}" if np.isfinite(found) else "not known"):
            return {}
        if not np.isfinite(found):
            self.said.append(f"{name} = {ours:g}, the recipe's: not known of {self.group}")
            return {}
        if self._agrees(source or name, float(ours)):
            self.said.append(f"{name} = {ours:g}, the recipe's, which the data agree with")
            return {}
        value = round(float(np.clip(found, *limits)), digits)
        shown = f"{found:.3g}{self._interval(source or name)}"
        if not limits[0] <= found <= limits[1]:
            shown += f", beyond the {limits[0]:g} to {limits[1]:g} that the agents' task can have"
        self.said.append(f"{name} = {value:g} (of {self.group}: {shown})")
        return {name: value}

    def take_length(self, most: int = LONGEST_SESSION) -> dict[str, Any]:
        """Take over the number of trials of a session, within limits."""
        found = self.read("trials")
        if self.is_given("trials", f"{found:,.0f} a session"):
            return {"trials": self.given["trials"]}
        value = int(np.clip(round(found), SHORTEST_SESSION, most))
        limited = (
            f"; agents are trained with at most {most}, since training takes in proportion to it: "
            f"set another number by --task trials={found:.0f}"
            if found > most
            else ""
        )
        self.said.append(f"trials = {value} a session (of {self.group}: {found:,.0f}{limited})")
        return {"trials": value}

    def is_given(self, name: str, found: str) -> bool:
        """Whether a setting is given and not taken from the data, which is then said."""
        if name not in self.given:
            return False
        self.said.append(f"{name} = {self.given[name]} (given; of {self.group}: {found})")
        self._told.add(name)
        return True

    def say_given(self) -> None:
        """Say which settings are given that the rule did not ask for."""
        rest = [f"{name} = {value}" for name, value in self.given.items() if name not in self._told]
        if rest:
            self.said.append(f"{', '.join(rest)} (given)")

    def _interval(self, name: str) -> str:
        """Write the interval of a setting that was estimated; "" where there is none."""
        if name not in self.tasks["setting"].values:
            return ""
        row = self.tasks.sel(setting=name)
        lower, upper = float(row["setting_lower"]), float(row["setting_upper"])
        return f" [{lower:.3g}, {upper:.3g}]" if upper > lower else ""

    def _agrees(self, name: str, ours: float) -> bool:
        """Whether an estimate's interval holds the recipe's value."""
        row = self.tasks.sel(setting=name) if name in self.tasks["setting"].values else None
        if row is None or str(row["setting_basis"].item()) not in (COUNTED, ESTIMATED):
            return False
        return bool(float(row["setting_lower"]) <= ours <= float(row["setting_upper"]))

    def symmetric_reward(self) -> float:
        """Return the better option's probability in a task where the other pays 1 minus it."""
        better, worse = self.read("reward_probability"), self.read("reward_probability_worse")
        if abs(better + worse - 1.0) > 0.02:
            self.said.append(
                f"the agents' options pay p and 1 - p, which stands for {better:.3g} and "
                f"{worse:.3g} of {self.group}"
            )
            return (better + 1.0 - worse) / 2
        return better

    def say_changes(self) -> None:
        """Say that a task without changes within a session cannot be set to have them."""
        changes = self.read("change_probability")
        if not np.isfinite(changes):  # no row of its own where every change is a reversal
            changes = self.read("reversal_probability")
        if changes > 0:
            self.said.append(
                f"not matched: reward probabilities of {self.group} change within a session "
                f"({changes:.3g} a trial), those of the agents do not"
            )


def match_two_step(animals: Animals) -> dict[str, Any]:
    """Match transitions, rewards, reversals and trials a session."""
    return (
        animals.take("common_probability", animals.read("common_probability"), 2)
        | animals.take("reward_probability", animals.symmetric_reward(), 2)
        | animals.take("reversal_probability", animals.read("reversal_probability"), 3)
        | animals.take_length()
    )


def match_bandit(animals: Animals) -> dict[str, Any]:
    """Match trials a session, and the arms where they are one of the pairs that the task has."""
    better, worse = animals.read("reward_probability"), animals.read("reward_probability_worse")
    animals.say_changes()
    found = animals.take_length()
    pay = f"pay {better:.2g} and {worse:.2g} on average"
    if animals.is_given("arms", pay):
        return found
    near = min(ARMS, key=lambda arms: abs(ARMS[arms] - worse))
    one_pair = not str(animals.tasks["setting_detail"].sel(setting="reward_probability").item())
    if one_pair and abs(better + worse - 1.0) < NEAR and abs(ARMS[near] - worse) < NEAR:
        animals.said.append(f"arms = {near} (of {animals.group}: {better:.2g} and {worse:.2g})")
        return found | {"arms": near}
    animals.said.append(
        f"arms = {animals.recipe['arms']}, the recipe's: arms of {animals.group} {pay}"
    )
    return found


def match_matching(animals: Animals) -> dict[str, Any]:
    """Match the sum of base probabilities, and sessions that are shorter than the recipe's."""
    animals.say_changes()
    total = animals.read("total")
    found = animals.take("total", total, 2, limits=TOTALS)
    if total > TOTALS[1]:
        animals.said.append(
            f"check that the arms of {animals.group} are baited: chosen again at once, the two pay "
            f"{total:.3g} in sum, more than baited arms of this task can. For arms that are not "
            "baited, compare with bandit_independent or bandit_correlated"
        )
    length = round(animals.read("trials"))
    if animals.is_given("longest", f"{length:,} trials a session"):
        return found
    if length >= animals.recipe["longest"]:
        animals.said.append(f"sessions as in the recipe (of {animals.group}: {length:,} trials)")
        return found
    longest = max(length, SHORTEST_SESSION)
    animals.said.append(f"longest = {longest} trials a session")
    return found | {"longest": longest, "shortest": min(longest, animals.recipe["shortest"])}


def match_volatility(animals: Animals) -> dict[str, Any]:
    """Match rewards, reversals of volatile phases and trials a session."""
    names = ("low_probability", "high_probability", "stable_probability", "volatile_probability")
    reward = animals.symmetric_reward()
    found: dict[str, Any] = {}
    for name in names:
        found |= animals.take(name, reward, 2, "reward_probability")
    source = "reversals_volatile"
    if not np.isfinite(animals.read(source)):
        source = "reversal_probability"
        animals.said.append(f"phases of {animals.group} are not known: all count as volatile")
    hazard = animals.read(source)
    found |= animals.take("reversal_hazard", hazard, 3, source, HAZARDS)
    if not np.isfinite(hazard):  # take has said that it is not known
        hazard = float(animals.recipe["reversal_hazard"])
    hazard = float(np.clip(hazard, *HAZARDS))
    trials = animals.take_length(200)["trials"]
    phases = {"earliest": round(0.3 * trials), "latest": round(0.7 * trials)}
    return found | {"trials": trials, "block": max(round(1.0 / hazard), 2)} | phases


def match_serial_reversal(animals: Animals) -> dict[str, Any]:
    """Match rewards; all reversals of an agent are in one session."""
    animals.said.append(
        f"not matched: an agent's session of {animals.recipe['trials']} trials holds all its "
        f"reversals, one of {animals.group} holds {animals.read('trials'):.3g} trials; criterion "
        f"{animals.recipe['criterion']} of {animals.recipe['window']} in training"
    )
    return animals.take("reward_probability", animals.symmetric_reward(), 2)


def match_risky_choice(animals: Animals) -> dict[str, Any]:
    """Match what the options pay, in units of the safe reward."""
    safe, risky = animals.read("safe_reward"), animals.read("risky_reward")
    animals.said.append(
        f"forced = {animals.recipe['forced']}, free = {animals.recipe['free']}, the recipe's; "
        f"rewards in units of the safe one (of {animals.group}: {safe:.3g})"
    )
    ratio = risky / safe if safe > 0 else float("nan")
    probability = animals.read("probability")
    return (
        {"safe_reward": 1.0}
        | animals.take("risky_reward", ratio, 2, "-")
        | animals.take("probability", probability, 2)
    )


def match_what_where(animals: Animals) -> dict[str, Any]:
    """Match rewards and trials a block; a session of the agents is one block."""
    mean = animals.read("reversal_trial")
    animals.said.append(
        f"earliest = {animals.recipe['earliest']}, latest = {animals.recipe['latest']}, the "
        f"recipe's trials before the reversal (of {animals.group}: {mean:.3g} on average)"
    )
    reward = animals.symmetric_reward()
    return animals.take("reward_probability", reward, 2) | animals.take_length()


def match_two_step_three_rewards(animals: Animals) -> dict[str, Any]:
    """Match transitions, forced choices and trials a session."""
    changes = animals.read("level_changes")
    shown = f"{changes:.3g} changes of a level a trial" if np.isfinite(changes) else "not known"
    animals.said.append(
        f"shortest = {animals.recipe['shortest']}, longest = {animals.recipe['longest']}, the "
        f"recipe's trials until a level is drawn anew (of {animals.group}: {shown})"
    )
    found: dict[str, Any] = {}
    for name in ("common_probability", "first_forced_probability", "second_forced_probability"):
        found |= animals.take(name, animals.read(name), 3)
    return found | animals.take_length()


def match_episodic_two_step(animals: Animals) -> dict[str, Any]:
    """Match transitions, rewards and reversals; which trials are cued stays the recipe's."""
    cued, length = animals.read("cued_share"), animals.read("trials")
    animals.said.append(
        f"trials = {animals.recipe['trials']} a session, uncued_trials = "
        f"{animals.recipe['uncued_trials']}, the recipe's (of {animals.group}: {length:,.0f} "
        f"trials, {cued:.0%} with a cue)"
    )
    found = animals.take("common_probability", animals.read("common_probability"), 2)
    found |= animals.take("reward_probability", animals.symmetric_reward(), 2)
    reversals = animals.read("reversal_probability")
    return found | animals.take("reversal_probability", reversals, 3)


RULES: dict[str, Callable[[Animals], dict[str, Any]]] = {
    "two_step": match_two_step,
    "bandit": match_bandit,
    "matching": match_matching,
    "volatility": match_volatility,
    "serial_reversal": match_serial_reversal,
    "risky_choice": match_risky_choice,
    "what_where": match_what_where,
    "episodic_two_step": match_episodic_two_step,
    "two_step_three_rewards": match_two_step_three_rewards,
}
"""Rule for each set of questions."""
