"""Let a learner or a fitted network make new choices in the sessions of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.designs.play_design import play_column, play_sessions
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_class import Learner


class Player(Protocol):
    """What makes choices: a `Learner`, a fitted network, or a class of one's own."""

    def begin(self, n_sessions: int) -> Any:
        """Return the state before the first trial of `n_sessions` sessions."""

    def choice_probability(self, state: Any) -> FloatArray:
        """Return the probability of each choice; float array (session, arm)."""

    def learn(self, state: Any, choice: Any, *seen: Any) -> Any:
        """Learn in place from a trial of every session: ``(state, choice, reward)``.

        In the two-step task ``(state, choice, second_state, reward)``, the second state as the
        choice that commonly leads to it. Choice is -1 where a session has nothing to learn from.
        Rewards are shares of the largest in size, as in fits.
        """


def simulate_design(player: Player, design: Design, rng: np.random.Generator) -> FitTrials:
    """Let a player make new choices in a design, and draw new outcomes.

    A choice is made in every trial in which fits predict one. Forced choices are made again as
    recorded, with new outcomes; invalid trials stay invalid.

    Parameters
    ----------
    player : Player
        A learner with its parameters, or any object with `begin`, `choice_probability` and `learn`.
    design : Design
        The sessions; of `pfc_analysis.fitting.designs.read_design.read_design`.
    rng : numpy.random.Generator
        Draws choices, transitions and rewards.

    Returns
    -------
    FitTrials
        As those of the recording, with new choices, second states and rewards.

    Raises
    ------
    AnalysisError
        If a preference or a probability of the player is no finite number.
    LearnerError
        If the learner's functions cannot be compiled.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.designs.simulate_design import simulate_design
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> recording = pfc.record("two_step", sessions=5, units=False)
    >>> design = read_design(recording, read_fit_trials(recording, "two_step"))
    >>> learner = pfc.learners.MixtureOfAgents(weight_model_based=8.0)
    >>> played = simulate_design(learner, design, np.random.default_rng(1))
    >>> print(f"{played.records.size} trials, {played.records['reward'].mean():.1f} rewards each")
    4000 trials, 0.7 rewards each
    """
    trials = replace(design.trials, records=design.trials.records.copy())
    win, loss = _draw_sizes(design, rng)
    outcome = (design.drawn, design.common, design.probability, win, loss, design.baited)
    uniform = rng.random((trials.records.size, 3))
    if isinstance(player, Learner):
        _play_learner(player, trials, outcome, uniform)
    else:
        _play_columns(player, trials, outcome, uniform)
    return trials


def simulate_subjects(
    players: Sequence[Player], design: Design, rng: np.random.Generator, n_replicas: int = 1
) -> list[FitTrials]:
    """Let one player for each subject play that subject's sessions, once or several times.

    A player that is no learner, such as a network, plays all replicas side by side, which takes
    little longer than one of them.

    Parameters
    ----------
    players : sequence of Player
        In the order of the design's subjects.
    design, rng
        As of `simulate_design`.
    n_replicas : int
        How many times all sessions are played.

    Returns
    -------
    list of FitTrials
        One for each replica, as `simulate_design` returns them.

    Raises
    ------
    AnalysisError
        If the number of players is not that of subjects.
    """
    present = np.unique(design.trials.subject)
    if len(players) != present.size:
        raise AnalysisError(
            f"players: found {len(players)}, expected one for each of the {present.size} "
            "subject(s) of the design, in their order"
        )
    records = np.tile(design.trials.records, (n_replicas, 1))
    of_trial = design.trials.subject[design.trials.session_of_trial]
    for player, subject in zip(players, present, strict=True):
        played = simulate_design(player, design.of_subject(int(subject)).repeat(n_replicas), rng)
        records[:, of_trial == subject] = played.records.reshape(n_replicas, -1)
    return [replace(design.trials, records=one) for one in records]


def _draw_sizes(design: Design, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw what each option would pay in each trial; float arrays (trial, option)."""
    win, loss = (np.zeros(design.probability.shape) for _ in range(2))
    for role, sizes in enumerate(design.sizes):
        here = design.role == role
        for found, pool in ((win, sizes.win), (loss, sizes.loss)):
            one = np.all(pool == pool[0])
            found[here] = pool[0] if one else rng.choice(pool, int(here.sum()))
    return win, loss


def _play_learner(
    learner: Learner, trials: FitTrials, outcome: tuple[Any, ...], uniform: FloatArray
) -> None:
    code = compile_learner(type(learner), trials.n_arms)
    memory, values = np.zeros(1, code.memory), np.zeros(1, code.parameters)
    for name in learner.parameter_names():
        values[name] = getattr(learner, name)
    records = trials.records
    wrong = play_sessions(
        (code.start, code.prefer, code.update),
        memory.ctypes.data,
        values.ctypes.data,
        records,
        records.ctypes.data,
        records.itemsize,
        trials.first,
        *outcome,
        uniform,
    )
    if wrong >= 0:
        raise AnalysisError(
            f"player: a preference of {learner!r} is no finite number before trial {wrong} of the "
            "design; check its function `prefer`, and whether its parameters are in a usual range"
        )


def _play_columns(
    player: Player, trials: FitTrials, outcome: tuple[Any, ...], uniform: FloatArray
) -> None:
    """Play all sessions side by side, trial by trial."""
    records, first = trials.records, trials.first
    length = np.diff(first)
    waiting = np.zeros((trials.n_sessions, trials.n_arms))
    state = player.begin(trials.n_sessions)
    for column in range(int(length.max())):
        chance = np.ascontiguousarray(player.choice_probability(state), dtype=np.float64)
        _check_chance(player, chance, waiting.shape)
        play_column(column, chance, records, first, *outcome, waiting, uniform)
        now = records[np.minimum(first[:-1] + column, first[1:] - 1)]
        learned = (column < length) & (now["learned"] == 1)
        seen = [now["second_state"]] if trials.questions == "two_step" else []
        player.learn(state, np.where(learned, now["choice"], -1), *seen, now["reward"])


def _check_chance(player: Player, chance: FloatArray, shape: tuple[int, int]) -> None:
    if chance.shape != shape or not np.all(np.isfinite(chance)):
        raise AnalysisError(
            f"player: choice_probability of {type(player).__name__} returned shape {chance.shape}, "
            f"{int(np.sum(~np.isfinite(chance)))} of its values no finite numbers; expected finite "
            f"probabilities of shape {shape} (session, arm)"
        )
