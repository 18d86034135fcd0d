"""Compiled loops in which a player makes the choices of a design and gets its outcomes."""

from __future__ import annotations

import numpy as np
from numba import njit

from pfc_analysis.learners.definition.likelihood import (
    FAST,
    INNER,
    call_prefer,
    call_start,
    call_update,
    point_to,
)

CHOICE, TRANSITION, REWARD = range(3)
"""What the random numbers of a trial decide."""


@njit(**INNER)
def draw_arm(weight, total, uniform):  # type: ignore[no-untyped-def]
    """Draw an arm with a probability in proportion to its weight; `total` is their sum."""
    below, last = 0.0, len(weight) - 1
    for arm in range(last):
        below += weight[arm]
        if uniform * total < below:
            return arm
    return last


@njit(**INNER)
def draw_outcome(  # type: ignore[no-untyped-def]
    trials, i, common, probability, win, loss, baited, waiting, uniform
):
    """Draw the second state and the reward that follow a choice, into the record of trial i.

    Parameters
    ----------
    common : float
        Probability of a common transition; NaN where the task has no second state.
    probability, win, loss : float arrays (trial, option)
        Probability of reward, and rewards, of each arm or second state.
    baited : bool
        Whether uncollected rewards stay.
    waiting : float array (option,)
        Probability that a reward stayed at the arm from earlier trials; updated.
    uniform : float array (trial, 3)
        Random numbers.
    """
    choice = trials[i].choice
    option = choice
    if not np.isnan(common):
        option = choice if uniform[i, TRANSITION] < common else 1 - choice
        trials[i].second_state = option
    pays = probability[i, option]
    if baited:
        # Given the choices so far, each arm holds a reward independently of the other.
        for arm in range(len(waiting)):
            waiting[arm] = 1.0 - (1.0 - waiting[arm]) * (1.0 - probability[i, arm])
        pays = waiting[option]
        waiting[option] = 0.0
    reward = win[i, option] if uniform[i, REWARD] < pays else loss[i, option]
    trials[i].reward = reward
    trials[i].rewarded = 1 if reward > 0.0 else 0


@njit(**FAST)
def play_sessions(  # type: ignore[no-untyped-def]
    functions, memory, parameters, trials, trials_at, trial_size, first, drawn, common, probability,
    win, loss, baited, uniform,
):  # fmt: skip
    """Let a learner play all sessions, one after the other.

    Parameters
    ----------
    functions, memory, parameters, trials, trials_at, trial_size, first
        As of `pfc_analysis.learners.definition.likelihood.sum_log_likelihood`; choices and outcomes
        of `trials` are overwritten.
    drawn, common, probability, baited : arrays
        As of `Design`; `win`, `loss` and `uniform` as of `draw_outcome`.

    Returns
    -------
    int
        -1, or the first trial in which a preference is no finite number.
    """
    start, prefer, update = functions
    remembered, values = point_to(memory), point_to(parameters)
    n_arms = probability.shape[1]
    preference = np.zeros(n_arms, np.complex128)
    weight, waiting = np.zeros(n_arms), np.zeros(n_arms)
    for session in range(len(first) - 1):
        call_start(start, (remembered, values))
        waiting[:] = 0.0
        for i in range(first[session], first[session + 1]):
            if trials[i].predicted:
                call_prefer(prefer, (remembered, values, preference))
                largest = preference.real.max()
                weight[:] = np.exp(preference.real - largest)
                total = weight.sum()
                if not np.isfinite(total):
                    return i
                trials[i].choice = draw_arm(weight, total, uniform[i, CHOICE])
            if drawn[i]:
                draw_outcome(
                    trials, i, common[session], probability, win, loss, baited[session], waiting,
                    uniform,
                )  # fmt: skip
            if trials[i].learned:
                call_update(update, (remembered, values, point_to(trials_at + i * trial_size)))
    return -1


@njit(**FAST)
def play_column(  # type: ignore[no-untyped-def]
    column, chance, trials, first, drawn, common, probability, win, loss, baited, waiting, uniform
):
    """Play trial number `column` of every session that has it; arguments as of `play_sessions`.

    Parameters
    ----------
    column : int
        Number of the trial in its session.
    chance : float array (session, arm)
        Probability of each choice.
    waiting : float array (session, arm)
        As of `draw_outcome`, of every session.
    """
    for session in range(len(first) - 1):
        i = first[session] + column
        if i >= first[session + 1]:
            continue
        if trials[i].predicted:
            total = chance[session].sum()
            trials[i].choice = draw_arm(chance[session], total, uniform[i, CHOICE])
        if drawn[i]:
            draw_outcome(
                trials, i, common[session], probability, win, loss, baited[session],
                waiting[session], uniform,
            )  # fmt: skip
