"""Let a replica play its test sessions, all at once or one block of sessions after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from pfc_analysis.recording.play_log import RECORDING_STREAM, tabulate_trials
from pfc_analysis.recording.play_variables import Variables
from pfc_analysis.recording.streaming.session_numbers import SessionNumbers
from pfc_analysis.recording.unit_log import find_stimulated, lay_out_units
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.engine_protocol import EngineProtocol
from pfc_analysis.training.interventions.current_trial import check_conditions
from pfc_analysis.training.interventions.intervention import Intervention
from pfc_analysis.training.interventions.intervention_hook import InterventionHook
from pfc_analysis.training.interventions.known_conditions import check_known
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.plasticity.plastic_engine import PlasticEngine
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.replica import make_engine, single_thread

BLOCK_VALUES = 2**23
"""States of units (time steps x sessions x units) that are held at once, in each of `hidden` and
`cell`, where a recording is streamed."""

ENGINE_BLOCK = 64
"""Sessions that engines play side by side. A block of sessions is a multiple of it: the products
of matrices of another size may be rounded differently."""


@dataclass(frozen=True)
class Play:
    """What each replica of an agent plays, and what is recorded of it.

    Attributes
    ----------
    recipe : Recipe
        The recipe that the agent was trained with.
    task : Task
        The task that is played.
    sessions, seed : int
        Sessions of each replica, and their seed.
    rules : sequence of Intervention
        Rules that change signals of the network.
    units : bool
        Whether to record `hidden` and `cell`.
    plasticity : float, optional
        Factor of the learning rate with which each session changes its own weights; None: weights
        are frozen.
    """

    recipe: Recipe
    task: Task
    sessions: int
    seed: int
    rules: Sequence[Intervention] = ()
    units: bool = True
    plasticity: float | None = None

    def block_sessions(self) -> int:
        """Return the number of sessions of a block: as many as `BLOCK_VALUES` allows."""
        if type(self.task).draw_uniforms is not Task.draw_uniforms:
            return self.sessions  # a task that draws its numbers in its own way
        n_lstms = 2 if self.recipe.feedback().is_rpe else 1
        per_session = self.task.max_steps * self.recipe.network.units * n_lstms
        return max(1, BLOCK_VALUES // (per_session * ENGINE_BLOCK)) * ENGINE_BLOCK


class ReplicaPlayer:
    """Lets replicas of an agent play, one after another, with their weights frozen unless told.

    All replicas play in the same memory.

    Parameters
    ----------
    play : Play
        What is played and recorded.
    """

    def __init__(self, play: Play) -> None:
        self.play, self._feedback = play, play.recipe.feedback()
        self._weights: Weights = {}
        self._engine: EngineProtocol | None = None

    def play_blocks(
        self, folder: Path, weights: Weights, block_sessions: int | None = None
    ) -> Iterator[Variables]:
        """Play the sessions of a replica.

        Parameters
        ----------
        folder : Path
            Folder of the replica, whose name becomes the subject.
        weights : dict
            Its weights.
        block_sessions : int, optional
            Sessions of a block, a multiple of `ENGINE_BLOCK`; by default all sessions are one
            block.

        Yields
        ------
        dict
            Variables of a recording, one block after another. Together they are the same as those
            of all sessions in one block, value for value.
        """
        play, replica = self.play, int(folder.name.removeprefix("seed_"))
        hook = None
        if play.rules:
            network = play.recipe.network
            hook = InterventionHook(
                play.rules,
                play.task,
                self._feedback,
                play.sessions,
                replica,
                memory=network.has_memory,
                plastic=play.plasticity is not None,
                habit=network.habit_settings is not None,
            )
        self._read(weights)
        size = block_sessions or play.sessions
        for start in range(0, play.sessions, size):
            stop = min(start + size, play.sessions)
            seed = (RECORDING_STREAM, play.seed, replica)
            numbers = _numbers(seed, play.sessions, start, stop)
            with single_thread():
                activity = self._find_engine(stop - start).play(numbers, hook, play.units)
            if start == 0:
                names = (name for rule in play.rules for name in rule.when)
                check_conditions(play.task, activity.log, names)
                check_known(play.rules, play.task, activity.log)
            variables = tabulate_trials(play.task, activity.log, folder.name, start)
            variables |= lay_out_units(play.task, activity, self._feedback, play.units)
            if hook:
                stimulated = find_stimulated(play.task, activity.log, hook.acted[:, start:stop])
                variables["stimulated"] = ("trial",), stimulated, {}
            yield variables

    def _read(self, weights: Weights) -> None:
        """Copy weights to the arrays that the engine reads."""
        if not self._weights:
            self._weights = {name: weight.copy() for name, weight in weights.items()}
        for name, weight in weights.items():
            self._weights[name][...] = weight

    def _find_engine(self, n_sessions: int) -> EngineProtocol:
        """Return an engine for so many sessions: that of the last block, if it has as many."""
        if self._engine is None or self._engine.n_sessions != n_sessions:
            play = self.play
            of = play.recipe, self._weights, play.task, n_sessions
            if play.plasticity is None:
                self._engine = make_engine(*of)
            else:
                self._engine = PlasticEngine(*of, play.plasticity)
        return self._engine


def _numbers(seed: Sequence[int], n_sessions: int, start: int, stop: int) -> np.random.Generator:
    if (start, stop) == (0, n_sessions):
        return np.random.default_rng(list(seed))
    # The engines that play in blocks call nothing but `random`.
    return cast("np.random.Generator", SessionNumbers(seed, n_sessions, start, stop))
