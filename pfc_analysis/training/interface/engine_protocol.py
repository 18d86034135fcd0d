"""The interface of an engine: play batches of sessions, and compute the gradient of their loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from pfc_analysis.training.interface.activity import Activity, ActivityCallback
from pfc_analysis.training.interface.outcome import LossCosts, Outcome

StepHook = Callable[[Any], None]
"""Function that changes signals of the network between steps.

The compiled engine calls it with the `Block` of sessions being played, before each of its steps.
"""


class EngineProtocol(Protocol):
    """Plays batches of sessions of a task, and computes the gradient of their loss.

    There are two implementations for tasks that show codes, `Engine` (compiled; the default) and
    `Reference` (torch's autograd), and two for tasks that show pictures, `PixelEngine` and
    `PixelReference`. Both of a kind compute the same numbers, up to rounding. All are created with
    the parameters listed here; those for pictures also get the strides of the convolutions.
    Networks with an episodic memory have two of their own, `MemoryEngine` and `EpisodicReference`,
    which also get the gain of the reinstatement gate.

    Parameters
    ----------
    weights : dict
        Weights of the network, arrays by name. The engine reads their current values whenever it
        plays.
    task : Task
        The task to play.
    n_sessions : int
        Number of sessions in a batch.
    feedback : Feedback
        What the network reads after each response: the reward or the prediction error.

    Attributes
    ----------
    n_sessions : int
        Number of sessions in a batch.
    gradients : dict
        Gradient of the loss of the last batch: for each weight, an array of its shape.

    Raises
    ------
    ValueError
        If the engine cannot play this task or network.
    """

    n_sessions: int
    gradients: dict[str, np.ndarray[Any, Any]]

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play a batch and write the gradient of its loss to `gradients`.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of random numbers. Before the first step, the engine draws those of the task,
            then one number for each action, shape (time step, session). So all engines play the
            same sessions with the same generator.
        costs : LossCosts
            Discount, and the weights of the terms of the loss.
        callback : callable, optional
            Called with the `Activity` of one part of the batch after another. The arrays are valid
            only during the call: copy what you keep.

        Returns
        -------
        Outcome
            Counts, rewards and losses of the batch.
        """
        ...

    def play(
        self, rng: np.random.Generator, before_step: StepHook | None = None, units: bool = True
    ) -> Activity:
        """Play a batch without changing any weight.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of random numbers, used as in `differentiate`.
        before_step : callable, optional
            Called before each step; it may change signals of the network (`InterventionHook`). A
            hook that changes nothing leaves every bit of the result as it is without a hook.
        units : bool
            Whether `hidden` and `cell` are needed. If not, an engine may leave them empty,
            (time step, session, 0), and play the next batch in the same memory.

        Returns
        -------
        Activity
            What was shown, done and paid, and the state of every unit, at each step.

        Raises
        ------
        ValueError
            If a hook is given and the engine cannot apply it. Only the compiled engine for tasks
            that show codes can.
        """
        ...


def refuse_hook(before_step: StepHook | None, engine: str, way_out: str) -> None:
    """Raise a ValueError if a hook is given to an engine that cannot apply it."""
    if before_step is not None:
        raise ValueError(
            f"{engine} cannot change signals of the network while it plays; {way_out}."
        )
