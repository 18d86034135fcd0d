"""What a film shows of a session: what the agent saw, expected, did and knew, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

TARGETS = ("side", "image")
"""What is decoded: the side that pays, and which of the two images pays."""


@dataclass(frozen=True)
class DecodedProblem:
    """What was decoded from the units of one session about its two images.

    Attributes
    ----------
    probability : ndarray of float64, shape (step, 2)
        Probability that the decoder gives to the side, and to the image, that really pays
        (`TARGETS`); NaN at steps without a decoder.
    accuracy : ndarray of float64, shape (step, 2)
        Share of other sessions in which the decoder of this step finds the side and the image that
        pay, by regressions that were not fitted to these sessions; NaN as above.
    n_sessions : ndarray of int64, shape (step,)
        Number of other sessions that the decoder of each step was fitted to.
    rewarded_side : ndarray of int64, shape (step,)
        Side that pays: 0 left, 1 right.
    pictures : ndarray of uint8, shape (picture, size, size, 3)
        RGB of the images of this session.
    images : ndarray of int64, shape (step, 2)
        Index in `pictures` of the image that pays and of the other one.
    """

    probability: Array
    accuracy: Array
    n_sessions: Array
    rewarded_side: Array
    pictures: Array
    images: Array


@dataclass(frozen=True)
class SeenSession:
    """What an agent saw and did in one session, step by step.

    Attributes
    ----------
    frames : ndarray of uint8, shape (step, height, width, 3)
        RGB image shown at each step.
    trial : ndarray of int64, shape (step,)
        Counted from 0.
    step : tuple of str
        Name of each step; empty where it has none.
    reward : ndarray of float64, shape (step,)
        Reward of each step; the agent reads it at the next step.
    correct : ndarray of int64, shape (trial,)
        1 where the correct choice was made, 0 where another one was, -1 where none was or the task
        has no correct choice.
    subject : str
        The replica.
    value : ndarray of float32, shape (step,)
        The critic's estimate of discounted future reward.
    policy : ndarray of float64, shape (step, action)
        Probability of each action.
    action : ndarray of int64, shape (step,)
        Index of the action that was drawn.
    actions : tuple of str
        Names of the actions.
    decoded : DecodedProblem, optional
        What was decoded from the units; None if nothing was.
    """

    frames: Array
    trial: Array
    step: tuple[str, ...]
    reward: Array
    correct: Array
    subject: str
    value: Array
    policy: Array
    action: Array
    actions: tuple[str, ...]
    decoded: DecodedProblem | None = None

    def captions(self) -> list[str]:
        """Return a line for each step: its trial, the reward so far, and the outcome."""
        lines, n_trials = [], len(self.correct)
        for k, trial in enumerate(self.trial):
            began = int(np.argmax(self.trial == trial))
            outcome = ""
            if "outcome" in self.step[began : k + 1] and self.correct[trial] >= 0:
                outcome = "correct" if self.correct[trial] == 1 else "wrong"
            total = self.reward[:k].sum()
            lines.append(f"trial {trial + 1} of {n_trials}   reward {total:+.1f}  {outcome}")
        return lines


def value_range(sessions: list[SeenSession]) -> tuple[float, float]:
    """Return an axis that holds 0, every value and every reward of the sessions."""
    shown = np.concatenate([np.append(one.value, one.reward) for one in sessions])
    low, high = min(0.0, float(shown.min())), max(0.0, float(shown.max()))
    return (low, high) if high > low else (low, low + 1.0)


def find_shaded(trial: Array) -> list[tuple[int, int]]:
    """Return the first step and the number of steps of every second trial, to be shaded."""
    runs = np.split(np.arange(len(trial)), np.flatnonzero(np.diff(trial)) + 1)
    return [(int(run[0]), len(run)) for run in runs if trial[run[0]] % 2 == 1]
