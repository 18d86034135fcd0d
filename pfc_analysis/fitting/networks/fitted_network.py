"""A network that was fitted to the choices of one subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax, softmax

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.cell_equations import advance, read_out, state_size
from pfc_analysis.fitting.networks.network_inputs import (
    SKIPPED,
    code_kinds,
    count_kinds,
    read_inputs,
)
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import draw_weights, list_shapes
from pfc_analysis.fitting.sessions.fit_trials import FitTrials


@dataclass(frozen=True)
class FittedNetwork:
    """A small recurrent network, or several whose preferences are averaged.

    It predicts choices, and plays tasks as a `pfc_analysis.learners.Learner` does.

    Attributes
    ----------
    settings : NetworkSettings
        Size, and how it was trained.
    questions : str
        Set of questions of its task, such as "two_step".
    n_arms : int
        Number of arms.
    weights : mapping
        Weights by name, float arrays whose first dimension is `network`. The first network was
        trained on all sessions, from the start whose held-out choices were most likely. Others
        are of the other starts, and those that stopped training. "input" and "input_by_reward"
        (network, kind, gate * unit); "recurrent" (network, gate * unit, unit); "recurrent_bias"
        (network, unit) of a GRU; "readout" (network, arm - 1, unit); "readout_bias"
        (network, arm - 1).
    score : float
        Normalised likelihood of the choices that were held out to stop training: somewhat too high,
        because it chose update and start.
    updates : int
        Updates of the first network.
    note : str
        What to know before it is used, in plain sentences; empty if nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.networks.network_fit import fit_network
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.5, inverse_temperature=5.0)
    >>> task = Bandit(arms="independent")
    >>> played = pfc.simulate(learner, task, sessions=10, seed=1, subject="Q")
    >>> trials = read_fit_trials(played, "bandit")
    >>> settings = NetworkSettings(units=1, starts=1, updates=20)
    >>> network = fit_network(trials, settings, np.random.default_rng(1))
    >>> network.preferences(trials).shape
    (1000, 2)
    """

    settings: NetworkSettings
    questions: str
    n_arms: int
    weights: Mapping[str, FloatArray]
    score: float
    updates: int
    note: str = ""

    @classmethod
    def untrained(
        cls, settings: NetworkSettings, questions: str, n_arms: int, rng: np.random.Generator
    ) -> FittedNetwork:
        """Draw a network as it is before training, which prefers no arm; its score is NaN."""
        shapes = list_shapes(settings.cell, settings.units, count_kinds(questions, n_arms), n_arms)
        drawn = draw_weights(shapes, settings.units, rng)
        weights = {name: one[None] for name, one in drawn.items()}
        return cls(settings, questions, n_arms, weights, score=float("nan"), updates=0)

    @property
    def n_networks(self) -> int:
        """Number of networks whose preferences are averaged."""
        return len(self.weights["readout"])

    @property
    def single(self) -> FittedNetwork:
        """The first network alone, whose state has as many dimensions as it has units."""
        weights = {name: one[:1] for name, one in self.weights.items()}
        return replace(self, weights=weights, settings=replace(self.settings, average=False))

    def preferences(self, trials: FitTrials) -> FloatArray:
        """Compute the preferences before every trial, as log-odds against arm 0.

        Returns
        -------
        float array (trial, arm)
            The probability of a choice is their softmax. That of arm 0 is 0.

        Raises
        ------
        AnalysisError
            If the trials are of another task, or have more arms.
        """
        self._check_task(trials)
        inputs = read_inputs(trials, np.float64)
        length = np.diff(inputs.first)
        kind = _pad(inputs.kind, length, SKIPPED)
        reward = _pad(inputs.reward, length, 0)
        found = np.empty((*kind.shape, self.n_arms))
        state = self.begin(length.size)
        for step in range(len(kind)):
            found[step] = self._prefer(state)
            self._advance(state, kind[step], reward[step])
        inside = np.arange(len(kind))[:, None] < length
        return found.transpose(1, 0, 2)[inside.T]

    def by_session(self, trials: FitTrials) -> FloatArray:
        """Compute the log-likelihood of each session; float array (session,)."""
        choice, predicted = trials.records["choice"], trials.records["predicted"] == 1
        every = log_softmax(self.preferences(trials), axis=1)
        made = np.where(predicted, every[np.arange(len(every)), np.maximum(choice, 0)], 0.0)
        session = trials.session_of_trial
        return np.bincount(session, made, minlength=trials.n_sessions).astype(np.float64)

    def begin(self, n_sessions: int) -> FloatArray:
        """Return the states at the start of sessions; float array (session, network, state)."""
        size = state_size(self.settings.cell, self.settings.units)
        return np.zeros((n_sessions, self.n_networks, size))

    def choice_probability(self, state: FloatArray) -> FloatArray:
        """Compute the probability of each choice; float array (session, arm)."""
        return np.asarray(softmax(self._prefer(state), axis=1), dtype=np.float64)

    def learn(self, state: FloatArray, choice: npt.ArrayLike, *seen: npt.ArrayLike) -> None:
        """Take in one trial of every session: change the states in place.

        Parameters
        ----------
        state : float array (session, network, state)
            What `begin` returned.
        choice : int array (session,)
            0, 1, ...; -1 in a session without a valid trial.
        *seen : arrays (session,)
            The reward; in the two-step task the second state, as the choice that commonly leads to
            it, then the reward.
        """
        *before, reward = seen
        kind = code_kinds(self.questions, choice, before[0] if before else SKIPPED)
        self._advance(state, kind, np.asarray(reward, dtype=np.float64))

    def _prefer(self, state: FloatArray) -> FloatArray:
        return np.asarray(read_out(self.weights, state).mean(axis=1), dtype=np.float64)

    def _advance(self, state: FloatArray, kind: Any, reward: FloatArray) -> None:
        seen = kind >= 0
        after = advance(self.settings.cell, self.weights, state[seen], kind[seen], reward[seen])
        state[seen] = after

    def _check_task(self, trials: FitTrials) -> None:
        if trials.questions != self.questions:
            raise AnalysisError(
                f"trials: found questions {trials.questions!r}, expected {self.questions!r}, which "
                "the network was fitted to"
            )
        if trials.n_arms > self.n_arms:
            raise AnalysisError(
                f"trials: found {trials.n_arms} arms, expected at most {self.n_arms}, which the "
                "network was fitted to"
            )


def _pad(values: Any, length: Any, fill: float) -> Any:
    """Lay sessions of differing length side by side, (trial of session, session)."""
    session = np.repeat(np.arange(length.size), length)
    place = np.arange(len(values)) - np.repeat(np.cumsum(length) - length, length)
    padded = np.full((length.max(), length.size), fill, dtype=values.dtype)
    padded[place, session] = values
    return padded
