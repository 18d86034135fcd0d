"""The class that all learners inherit from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

import numpy as np
import numpy.typing as npt

from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.memory import MemoryShape
from pfc_analysis.learners.definition.parameters import (
    FloatArray,
    Parameter,
    Setting,
    read_parameters,
    read_settings,
)

if TYPE_CHECKING:
    from pfc_analysis.learners.definition.play_state import PlayState

ARM_TASKS = ("bandit", "matching", "serial_reversal", "volatility")
"""Sets of questions of tasks in which each arm pays with some probability."""


@dataclass_transform(frozen_default=True)
class Learner:
    """A model of learning and choice; its fields are its parameters.

    A learner of one's own declares its parameters (`fraction`, `positive`, `real`), and numbers
    that are not fitted (`setting`), names what it remembers, and has three static methods, which
    are compiled:

    - ``start(memory, p)``: set the memory at the start of a session.
    - ``prefer(memory, p, preference)``: fill `preference`, one number for each arm. Choices follow
      their softmax, so a preference is a log-probability up to a constant.
    - ``update(memory, p, trial)``: learn from `trial.choice` (0, 1, ...), `trial.reward` (fits
      divide rewards by the largest in size), `trial.rewarded` (1 if it is above 0, else 0) and, in
      the two-step task, `trial.second_state` (as the choice that commonly leads to it).

    It may have two more, which fits do not need (`pfc.analysis.run_learner` does):

    - ``expect(memory, p, value)``: fill `value` with the reward expected of each arm.
    - ``surprise(memory, p, trial, error)``: before it learns from a trial of the two-step task,
      fill `error` with the prediction errors at the second stage and at the outcome.

    Their numbers are complex, because derivatives travel in the imaginary part: compare real parts
    (``x.real > 0``), and use `np.exp`, `np.log` and powers, not `abs`, `min` or `max`.

    Attributes
    ----------
    suits : tuple of str
        Sets of questions whose tasks it can learn: "two_step", "bandit", "matching",
        "serial_reversal", "volatility", "risky_choice".
    memory : mapping
        Name and shape of each thing remembered: ``()`` for a number, ``(ARMS,)`` for one of each
        arm, ``(4, ARMS)`` for a table, `INTEGER` for a whole number.
    two_arms_only : bool
        Whether it can only choose between two arms; more are then refused.

    Raises
    ------
    LearnerError
        If a parameter lies outside its range, or when it is used, if a function cannot be compiled
        or there are more arms than it can choose between.

    Examples
    --------
    A learner that repeats choices which were rewarded:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.learners import ARMS, Learner, fraction, positive
    >>> class Repeater(Learner):
    ...     suits = ("bandit",)
    ...     memory = {"habit": (ARMS,)}
    ...     alpha: float = fraction(0.3, "learning rate")
    ...     strength: float = positive(2.0, "weight of the habit")
    ...
    ...     def start(memory, p):
    ...         memory.habit[:] = 0
    ...
    ...     def prefer(memory, p, preference):
    ...         preference[:] = p.strength * memory.habit
    ...
    ...     def update(memory, p, trial):
    ...         memory.habit[:] *= 1 - p.alpha
    ...         memory.habit[trial.choice] += p.alpha * trial.reward
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> task = Bandit(arms="fixed", left=0.8, right=0.2)
    >>> played = pfc.simulate(Repeater(strength=5.0), task, sessions=20, seed=1, subject="one")
    >>> print(f"{float(played['reward'].mean()):.1f} rewards a trial")
    0.8 rewards a trial
    """

    suits: ClassVar[tuple[str, ...]] = ()
    memory: ClassVar[MemoryShape] = {}
    two_arms_only: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Make the class a frozen dataclass of its parameters."""
        super().__init_subclass__()
        suits: Any = cls.suits
        if isinstance(suits, str):
            raise LearnerError(
                f"{cls.__name__}.suits: found the text {suits!r}, expected a tuple of names, such "
                f"as ({suits!r},)"
            )
        for name in ("start", "prefer", "update", "expect", "surprise"):
            written = cls.__dict__.get(name)
            if written is not None and not isinstance(written, staticmethod):
                setattr(cls, name, staticmethod(written))
        dataclass(frozen=True)(cls)

    def __post_init__(self) -> None:
        """Check that every parameter and setting lies in its range."""
        for one in self.numbers():
            one.check(type(self).__name__, getattr(self, one.name))

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """List the parameters, which are fitted, with their ranges and meanings."""
        return read_parameters(cls)

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """List the settings, which are not fitted, with their ranges and meanings."""
        return read_settings(cls)

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """List the names that compiled functions find in ``p``: of parameters, then of settings."""
        return tuple(one.name for one in cls.numbers())

    @classmethod
    def numbers(cls) -> tuple[Parameter | Setting, ...]:
        """List the parameters and the settings."""
        return *cls.parameters(), *cls.settings()

    @classmethod
    def from_unconstrained(cls, values: npt.ArrayLike) -> Any:
        """Make a learner from unconstrained values of its parameters, in their order."""
        found = np.asarray(values, dtype=np.float64)
        named: Mapping[str, float] = {
            one.name: float(one.constrain(value))
            for one, value in zip(cls.parameters(), found, strict=True)
        }
        return cls(**named)

    def begin(self, n_sessions: int) -> PlayState:
        """Return the memory at the start of `n_sessions` sessions of two arms."""
        from pfc_analysis.learners.definition.play_state import PlayState

        return PlayState(self, n_sessions)

    def choice_probability(self, state: PlayState) -> FloatArray:
        """Compute the probability of each choice; float array (session, arm)."""
        from scipy.special import softmax

        return np.asarray(softmax(state.prefer(), axis=1), dtype=np.float64)

    def action_value(self, state: PlayState) -> FloatArray:
        """Compute the reward expected of each choice, by `expect`; float array (session, arm)."""
        return state.expect()

    def prediction_errors(
        self, state: PlayState, choice: npt.ArrayLike, *seen: npt.ArrayLike
    ) -> FloatArray:
        """Compute prediction errors before `learn`, which takes the same arguments.

        Returns
        -------
        float array (session, event)
            At the second stage and at the outcome, by `surprise`; NaN in a session without a valid
            trial.
        """
        *before, reward = seen
        return state.surprise(choice, before[0] if before else -1, reward)

    def learn(self, state: PlayState, choice: npt.ArrayLike, *seen: npt.ArrayLike) -> None:
        """Learn from one trial of every session, in place.

        Parameters
        ----------
        state : PlayState
            What `begin` returned.
        choice : int array (session,)
            0 or 1; -1 in a session without a valid trial.
        *seen : arrays (session,)
            The reward; in the two-step task the second-stage state, then the reward.
        """
        *before, reward = seen
        state.update(choice, before[0] if before else -1, reward)
