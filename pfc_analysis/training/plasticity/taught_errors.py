"""The gradient of some steps of learning, from prediction errors that rules may have changed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.interface.outcome import LossCosts


class Steps(NamedTuple):
    """Some steps of sessions; arrays are (step, session[, ...]).

    Attributes
    ----------
    outputs : float32 ndarray, shape (step, session, action + 1)
        Log probability of each action, then the value.
    action : ndarray of int64
        Codes of actions.
    reward : ndarray
        Rewards.
    active : ndarray of bool
        Whether the session was not over.
    next_value : ndarray, shape (session,)
        Value after the last step; 0 where the session is over.
    gain, shift : ndarray
        What changes each step's prediction error: it becomes gain * error + shift.
    """

    outputs: Array
    action: Array
    reward: Array
    active: Array
    next_value: Array
    gain: Array
    shift: Array


def compute_taught_advantage(steps: Steps, discount: float) -> Array:
    r"""Compute advantages from prediction errors as changed by rules.

    .. math::
        \delta_t = r_t + \gamma V_{t+1} - V_t, \qquad
        A_t = \sum_{k \ge 0} \gamma^k (g_{t+k} \delta_{t+k} + s_{t+k})

    Without changes (g = 1, s = 0), A is the return, with the value after the last step in place of
    what follows it, minus the value.

    Parameters
    ----------
    steps : Steps
        The steps.
    discount : float
        gamma.

    Returns
    -------
    ndarray, shape (step, session)
        0 where a session is over.
    """
    value = steps.outputs[..., -1] * steps.active
    following = np.concatenate((value[1:], steps.next_value[None]))
    error = steps.gain * (steps.reward + discount * following - value) + steps.shift
    advantage, later = np.zeros_like(value), np.zeros_like(value[0])
    for t in reversed(range(len(value))):
        later = np.where(steps.active[t], error[t] + discount * later, 0.0)
        advantage[t] = later
    return advantage


def differentiate_taught(steps: Steps, costs: LossCosts) -> Array:
    """Compute the gradient of `actor_critic_loss` by logits and value, with changed errors.

    Parameters
    ----------
    steps : Steps
        The steps.
    costs : LossCosts
        Weights of the terms of the loss.

    Returns
    -------
    float32 ndarray, shape (step, session, action + 1)
        Averaged over the steps of each session.
    """
    log_policy = steps.outputs[..., :-1]
    policy = np.exp(log_policy)
    taught = costs.rpe_gain * compute_taught_advantage(steps, costs.discount)
    entropy = -(policy * log_policy).sum(-1, keepdims=True)
    chosen = np.arange(policy.shape[-1]) == steps.action[..., None]
    logits = taught[..., None] * (policy - chosen)
    logits += costs.entropy_cost * policy * (log_policy + entropy)
    gradient = np.concatenate((logits, -costs.value_cost * taught[..., None]), axis=-1)
    return average_steps(gradient, steps.active)


def average_steps(gradient: Array, active: Array) -> Array:
    """Average the gradient, (step, session, ...), over the steps of each session that it played."""
    counts = np.maximum(active.sum(axis=0), 1)
    return np.asarray(gradient * active[..., None] / counts[:, None], np.float32)
