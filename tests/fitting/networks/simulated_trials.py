"""Trials that tests of networks are fitted to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import pfc_analysis as pfc
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import draw_weights, list_shapes
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials
from pfc_analysis.learners.definition.memory import TRIAL
from pfc_analysis.tasks.bandit import Bandit

LEARNER = pfc.learners.QLearning(alpha=0.4, inverse_temperature=4.0)


def play_bandit(sessions: int, seed: int = 1) -> FitTrials:
    """Sessions of a learner of values, of 100 trials each."""
    task = Bandit(arms="independent")
    played = pfc.simulate(LEARNER, task, sessions=sessions, seed=seed, subject="Q")
    return read_fit_trials(played, "bandit")


def draw_trials(lengths, seed=0, *, questions="two_step", n_arms=2) -> FitTrials:
    """Random trials, some of which are forced and some invalid."""
    rng = np.random.default_rng(seed)
    total = sum(lengths)
    records = np.zeros(total, TRIAL)
    records["choice"] = rng.integers(0, n_arms, total)
    records["second_state"] = rng.integers(0, 2, total) if questions == "two_step" else -1
    records["reward"] = rng.integers(0, 2, total)
    records["rewarded"] = records["reward"] > 0
    records["learned"] = rng.random(total) > 0.1
    records["predicted"] = (records["learned"] == 1) & (rng.random(total) > 0.2)
    records["choice"][records["learned"] == 0] = -1
    return FitTrials(
        questions=questions,
        subjects=("one",),
        subject=np.zeros(len(lengths), dtype=np.int64),
        session=np.arange(len(lengths)),
        first=np.append(0, np.cumsum(lengths)).astype(np.int64),
        records=records,
        rows=np.arange(total),
        n_arms=n_arms,
        reward_scale=1.0,
    )


def draw_network(cell="gru", units=3, *, questions="two_step", n_arms=2, networks=1, seed=0):
    """A network of random weights."""
    rng = np.random.default_rng(seed)
    kinds = 2 * n_arms if questions == "two_step" else n_arms
    shapes = list_shapes(cell, units, kinds, n_arms)
    drawn = [draw_weights(shapes, 1, rng) for _ in range(networks)]
    weights = {name: np.array([one[name] for one in drawn]) for name in shapes}
    return FittedNetwork(NetworkSettings(units, cell), questions, n_arms, weights, 0.5, 0)


def replace_choices(trials: FitTrials, sessions, seed: int) -> FitTrials:
    """Draw the choices of some sessions anew, at random."""
    records = trials.records.copy()
    inside = np.isin(trials.session_of_trial, sessions) & (records["choice"] >= 0)
    drawn = np.random.default_rng(seed).integers(0, trials.n_arms, inside.sum())
    records["choice"][inside] = drawn
    return replace(trials, records=records)
