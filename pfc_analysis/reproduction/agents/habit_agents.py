"""Agents with a habit learner beside the network: at stages of training, and with trained habits.

The probe of both systems is this toolkit's, after devaluation by overtraining (Adams 1982, Q J Exp
Psychol 34B:77): for some sessions the same second state is the better one throughout, so that the
first choice that commonly leads to it is the better one. The network begins each session anew; the
habit carries over what it has learned. Then sessions follow in which the other state is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.agents.agent_weights import load_agent_weights
from pfc_analysis.recording.play_variables import join_variables, make_recording
from pfc_analysis.recording.streaming.session_blocks import ENGINE_BLOCK, Play, ReplicaPlayer
from pfc_analysis.training.interventions.intervention import Interventions, find_interventions
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.replica import Replica, make_engine

OVERTRAINING_STREAM = 5
"""First word of the random seeds of overtraining; recordings and training use others."""

WITHOUT_REVERSALS = {"reversal_probability": 0.0}
"""The setting of the two-step task in which a session has one better state throughout."""

Replicas = dict[str, Weights]
"""Weights by the name of the replica."""


class HabitAgents:
    """Replicas of an agent with a habit, whose weights are at hand.

    Parameters
    ----------
    folder : Path
        Folder of the agent.

    Attributes
    ----------
    recipe : Recipe
        How they were trained.
    trained : dict of str to dict
        The trained weights, by replica.
    """

    def __init__(self, folder: Path) -> None:
        self.recipe: Recipe = read_recipe(folder)
        self.trained: Replicas = {
            one.name: load_agent_weights(self.recipe, one) for one in list_replicas(folder)
        }

    def train_to(self, updates: Sequence[int]) -> dict[int, Replicas]:
        """Train the replicas again from the start; return their weights at stages of training.

        Parameters
        ----------
        updates : sequence of int
            Numbers of updates, in ascending order. The trained weights follow as the last stage,
            in place of stages that are not before it.
        """
        last = self.recipe.optimisation.updates
        found: dict[int, Replicas] = {stage: {} for stage in updates if stage < last}
        for name in self.trained:
            replica = Replica(self.recipe, int(name.removeprefix("seed_")))
            for stage in found:
                while replica.update < stage:
                    replica.learn()
                found[stage][name] = _copy(replica.weights)
        return found | {last: self.trained}

    def record(
        self,
        weights: Mapping[str, Weights],
        sessions: int,
        seed: int,
        rules: Interventions = (),
        task: Mapping[str, Any] | None = None,
    ) -> xr.Dataset:
        """Record replicas with given weights, as `pfc_analysis.record` does without their units."""
        played = self.recipe.testing_task(task)
        play = Play(self.recipe, played, sessions, seed, find_interventions(rules), units=False)
        player = ReplicaPlayer(play)
        parts = [next(player.play_blocks(Path(name), own)) for name, own in weights.items()]
        return make_recording(join_variables(parts))

    def overtrain(
        self, weights: Mapping[str, Weights], counts: Sequence[int], seed: int
    ) -> dict[int, Replicas]:
        """Let the habits of replicas learn in sessions in which the same state is always better.

        It is the right one for replicas of an even seed, and the left one for the others
        (`find_old_side`). Sessions are played side by side as in training, and the habit that the
        next ones begin with is the mean over those in which that state was better.

        Parameters
        ----------
        weights : mapping of str to dict
            Weights, which are not changed.
        counts : sequence of int
            Numbers of such sessions after which weights are returned.
        seed : int
            Seed of the sessions.
        """
        found: dict[int, Replicas] = {count: {} for count in counts}
        for name, own in weights.items():
            for count, later in self._overtrain(name, own, counts, seed):
                found[count][name] = later
        return found

    def _overtrain(
        self, name: str, weights: Weights, counts: Sequence[int], seed: int
    ) -> list[tuple[int, Weights]]:
        own, found = _copy(weights), []
        task, replica = self.recipe.testing_task(WITHOUT_REVERSALS), int(name.removeprefix("seed_"))
        engine = make_engine(self.recipe, own, task, ENGINE_BLOCK)
        for count in range(max(counts) + 1):
            if count in counts:
                found.append((count, _copy(own)))
            numbers = np.random.default_rng([OVERTRAINING_STREAM, seed, replica, count])
            activity = engine.play(numbers, units=False)
            assert activity.habit is not None
            kept = activity.log.before["better_state"][0] == find_old_side(name)
            own["habit"][...] = activity.habit.table[:, :, kept].mean(axis=-1)
        return found


def find_old_side(name: str) -> int:
    """Return the second state, 0 left or 1 right, that was better in a replica's overtraining."""
    return 1 - int(name.removeprefix("seed_")) % 2


def _copy(weights: Weights) -> Weights:
    return {name: array.copy() for name, array in weights.items()}
