"""Train the networks of a plan side by side, 32 at a time, until every fit has stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.compiled.adam import adam_step
from pfc_analysis.fitting.networks.compiled.cells import Trials, make_workspace
from pfc_analysis.fitting.networks.compiled.lanes import WIDTH
from pfc_analysis.fitting.networks.compiled.session_pass import pass_sessions
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import (
    Array,
    count_weights,
    draw_weights,
    mark_penalised,
    split_rows,
)
from pfc_analysis.fitting.networks.training_plan import TrainingPlan

LEAST = 1e-6
"""A rise of the log-likelihood of a choice by less than this is none."""


@dataclass(frozen=True)
class TrainedFit:
    """The networks of one fit and start, at the update where training stopped.

    Attributes
    ----------
    weights : float32 array (weight, network)
        The network that was trained on all sessions, then those that stopped training.
    update : int
        Number of updates made.
    score : float
        Mean log-probability of the choices that were held out to stop training.
    """

    weights: Array
    update: int
    score: float


def train_side_by_side(
    trials: Trials,
    plan: TrainingPlan,
    shapes: dict[str, tuple[int, ...]],
    settings: NetworkSettings,
    rng: np.random.Generator,
) -> list[list[TrainedFit]]:
    """Train all networks of a plan; the fits, and of each the starts in order.

    Raises
    ------
    AnalysisError
        If the likelihood is no number after an update, because the learning rate is too large.
    """
    starts = [draw_weights(shapes, settings.units, rng) for _ in range(settings.starts)]
    training = Training(trials, plan, shapes, settings, starts)
    for update in range(settings.updates):
        training.differentiate()
        training.keep_best(update)
        if training.stopped.all():
            break
        training.descend(update + 1)
    return training.result()


class _Block:
    """Weights and moments of up to 32 networks, and the sessions that each is trained on."""

    def __init__(
        self, values: Array, train_weight: Array, penalty: Array, make_view: Any, longest: int
    ) -> None:
        self.values, self.train_weight, self.penalty = values, train_weight, penalty
        self.gradient, self.mean, self.square = (np.zeros_like(values) for _ in range(3))
        self.weights, self.slopes = make_view(self.values), make_view(self.gradient)
        self.space = make_workspace(self.weights, longest)
        self.log_likelihood = np.zeros(train_weight.shape)


class Training:
    """All blocks, and for each fit and start the best weights so far.

    Networks are numbered by start, then by training set. `slot` counts the networks of every fit
    and start, one fit after the other; a network may stand in several slots.
    """

    def __init__(
        self,
        trials: Trials,
        plan: TrainingPlan,
        shapes: dict[str, tuple[int, ...]],
        settings: NetworkSettings,
        starts: list[dict[str, Array]],
    ) -> None:
        self.trials, self.settings, self.starts = trials, settings, len(starts)
        self.penalised = mark_penalised(shapes)
        n_sets = len(plan.trained)
        self._place_slots(plan, n_sets)
        self._place_scores(plan, n_sets)
        n_networks = n_sets * self.starts
        columns = np.zeros((count_weights(shapes), -(-n_networks // WIDTH) * WIDTH), np.float32)
        for k, start in enumerate(starts):
            flat = np.concatenate([one.ravel() for one in start.values()])
            columns[:, k * n_sets : (k + 1) * n_sets] = flat[:, None]
        weight, penalty = self._weigh(np.tile(plan.trained, (self.starts, 1)), columns.shape[1])
        longest = int(np.diff(trials.first).max())
        self.blocks = [
            _Block(
                _aligned(columns[:, k : k + WIDTH]),
                _aligned(weight[:, k : k + WIDTH]),
                _aligned(penalty[k : k + WIDTH]),
                lambda rows: split_rows(rows, settings.cell, shapes),
                longest,
            )
            for k in range(0, columns.shape[1], WIDTH)
        ]
        n_fits = len(plan.fits) * self.starts
        self.best, self.update = np.full(n_fits, -np.inf), np.zeros(n_fits, dtype=np.int64)
        self.stopped = np.zeros(n_fits, dtype=np.bool_)
        self.kept = np.zeros((len(columns), self.slot_network.size), np.float32)

    def _place_slots(self, plan: TrainingPlan, n_sets: int) -> None:
        """List the network and the fit of every slot."""
        network, fit = [], []
        for k, planned in enumerate(plan.fits):
            for start in range(self.starts):
                sets = [planned.whole, *planned.parts]
                network += [start * n_sets + one for one in sets]
                fit += [k * self.starts + start] * len(sets)
        self.slot_network, self.slot_fit = np.array(network), np.array(fit)

    def _place_scores(self, plan: TrainingPlan, n_sets: int) -> None:
        """List whose likelihood of which session counts for the score of which fit."""
        session, network, fit = [], [], []
        for k, planned in enumerate(plan.fits):
            part, sessions = np.nonzero(planned.held_out)
            for start in range(self.starts):
                session.append(sessions)
                network.append(start * n_sets + np.array(planned.parts)[part])
                fit.append(np.full(sessions.size, k * self.starts + start))
        self.score_session, self.score_network = np.concatenate(session), np.concatenate(network)
        self.score_fit = np.concatenate(fit)
        self.score_size = np.bincount(self.score_fit, self._count_predicted()[self.score_session])

    def _count_predicted(self) -> FloatArray:
        total = np.append(0, np.cumsum(self.trials.predicted))
        return np.diff(total[self.trials.first]).astype(np.float64)

    def _weigh(self, trained: BoolArray, n_columns: int) -> tuple[Array, Array]:
        """Weight of each session in the mean loss of a choice, (session, network); the penalty."""
        n_choices = trained @ self._count_predicted()
        weight = np.zeros((trained.shape[1], n_columns), np.float32)
        penalty = np.zeros(n_columns, np.float32)
        weight[:, : len(trained)] = trained.T / n_choices
        penalty[: len(trained)] = self.settings.penalty / n_choices
        return weight, penalty

    def _active(self) -> list[_Block]:
        """Blocks with a network whose fit has not stopped."""
        needed = set(self.slot_network[~self.stopped[self.slot_fit]] // WIDTH)
        return [block for k, block in enumerate(self.blocks) if k in needed]

    def differentiate(self) -> None:
        """Compute likelihoods and gradients of all networks that are still trained."""
        for one in self._active():
            one.gradient[:] = 0.0
            pass_sessions(
                self.trials,
                one.weights,
                one.slopes,
                one.space,
                one.train_weight,
                one.log_likelihood,
            )

    def keep_best(self, update: int) -> None:
        """Score every fit on what it held out; keep its weights if they are the best so far."""
        found = np.concatenate([one.log_likelihood for one in self.blocks], axis=1)
        parts = found[self.score_session, self.score_network]
        score = np.bincount(self.score_fit, parts) / self.score_size
        if not np.all(np.isfinite(score[~self.stopped])):
            raise AnalysisError(
                f"learning_rate: found {self.settings.learning_rate}, with which training of "
                f"{self.settings.name} diverged at update {update}; use a smaller one"
            )
        better = (score > self.best + LEAST) & ~self.stopped
        self.best[better], self.update[better] = score[better], update
        self.stopped |= update - self.update >= self.settings.patience
        slots = np.flatnonzero(better[self.slot_fit])
        if slots.size:
            values = np.concatenate([one.values for one in self.blocks], axis=1)
            self.kept[:, slots] = values[:, self.slot_network[slots]]

    def descend(self, update: int) -> None:
        """Update the weights of all networks that are still trained."""
        for one in self._active():
            moments = (one.values, one.gradient, one.mean, one.square)
            rate = self.settings.learning_rate
            adam_step(*moments, self.penalised, one.penalty, rate, update)

    def result(self) -> list[list[TrainedFit]]:
        """Collect the best weights of each fit and start."""
        every = [
            TrainedFit(self.kept[:, self.slot_fit == k], int(self.update[k]), float(self.best[k]))
            for k in range(self.best.size)
        ]
        return [every[k : k + self.starts] for k in range(0, len(every), self.starts)]


def _aligned(values: Array) -> Array:
    """Copy numbers of four bytes to memory aligned with the lines of the processor's cache."""
    memory = np.zeros(values.size + 16, np.float32)
    start = -(memory.ctypes.data // 4) % 16
    placed: Array = memory[start : start + values.size].reshape(values.shape)
    placed[:] = values
    return placed


def pick_start(trained: list[TrainedFit]) -> int:
    """Return the start whose held-out choices were most likely."""
    return int(np.argmax([one.score for one in trained]))


def updates_of(trained: list[TrainedFit]) -> IntArray:
    """List the updates that each start made."""
    return np.array([one.update for one in trained])
