"""Log-likelihood of a subject's choices under a learner, with its exact gradient."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.estimation.compiled.problem import RANGES, Problem
from pfc_analysis.fitting.estimation.free_parameters import FreeParameters
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.likelihood import (
    STEP,
    list_preferences,
    sum_log_likelihood,
)
from pfc_analysis.learners.definition.parameters import Parameter

ComplexArray = npt.NDArray[np.complex128]


class LearnerLikelihood:
    """Log-likelihood of choices as a function of a learner's free, unconstrained parameters.

    Objects are used by one thread at a time; the compiled work releases Python's lock.

    Parameters
    ----------
    learner : type
        Class of the learner.
    trials : FitTrials
        The sessions.
    fixed : mapping, optional
        Parameters that are not fitted, and settings, with their values.

    Attributes
    ----------
    free : tuple of Parameter
        The parameters that are fitted, in order.

    Raises
    ------
    LearnerError
        If the learner does not suit the task, a name in `fixed` is unknown, or nothing is free.

    Examples
    --------
    With an inverse temperature near 0, choices between two arms are as probable as by chance:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning()
    >>> played = pfc.simulate(learner, Bandit(), sessions=10, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> likelihood = LearnerLikelihood(type(learner), trials, {"inverse_temperature": 0.0})
    >>> total, gradient = likelihood.total(np.array([0.0]))
    >>> print(f"{np.exp(total / trials.n_predicted.sum()):.2f}")
    0.50
    """

    def __init__(
        self,
        learner: type[Learner],
        trials: FitTrials,
        fixed: Mapping[str, float] | None = None,
    ) -> None:
        fixed = dict(fixed or {})
        check_suits(learner, trials.questions)
        self.learner, self.trials = learner, trials
        self.free = _find_free(learner, fixed)
        self._code = compile_learner(learner, trials.n_arms)
        values = [fixed.get(one.name, one.default) for one in learner.numbers()]
        self._take_memory(np.array(values, dtype=np.complex128))
        names = learner.parameter_names()
        self._places_of_free = np.array([names.index(one.name) for one in self.free])
        self._transformed = FreeParameters(self.free)

    def _take_memory(self, numbers: ComplexArray) -> None:
        """Take memory of its own; a parameter is one complex number."""
        self._numbers, self._memory = numbers, np.zeros(1, self._code.memory)

    def copy(self) -> LearnerLikelihood:
        """Return the same for another thread."""
        found = copy.copy(self)
        found._take_memory(self._numbers.copy())
        return found

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return len(self.free)

    def constrain(self, unconstrained: FloatArray) -> FloatArray:
        """Compute free parameters from their unconstrained values, (..., parameter) each."""
        return self._transformed.constrain(np.asarray(unconstrained, dtype=np.float64))[0]

    def by_session(self, unconstrained: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute the log-likelihood of each session and its gradient.

        Parameters
        ----------
        unconstrained : float array (parameter,)
            Free parameters on their unconstrained scale.

        Returns
        -------
        log_likelihood : float array (session,)
            Natural logarithm, summed over predicted choices.
        gradient : float array (session, parameter)
            By the unconstrained parameters.
        """
        values, slopes = self._transformed.constrain(np.asarray(unconstrained, dtype=np.float64))
        self._set(values)
        likelihood = np.empty(self.trials.n_sessions)
        gradient = np.empty((self.n_parameters, self.trials.n_sessions))
        for k, place in enumerate(self._places_of_free):
            self._numbers[place] = values[k] + 1j * STEP
            self._sum(likelihood, gradient[k])
            self._numbers[place] = values[k]
        return likelihood, gradient.T * (slopes / STEP)

    def values_by_session(self, unconstrained: FloatArray) -> FloatArray:
        """Compute the log-likelihood of each session without its gradient; (session,)."""
        self._set(self.constrain(unconstrained))
        likelihood = np.empty(self.trials.n_sessions)
        self._sum(likelihood, np.empty(self.trials.n_sessions))
        return likelihood

    def list_values(self, unconstrained: FloatArray) -> FloatArray:
        """Compute the log-likelihood of all sessions at places (place, parameter); (place,)."""
        places = self.constrain(unconstrained)
        found, rest = np.empty((2, self.trials.n_sessions))
        totals = np.empty(len(places))
        for i, values in enumerate(places):
            self._set(values)
            self._sum(found, rest)
            totals[i] = found.sum()
        return totals

    def total(self, unconstrained: FloatArray) -> tuple[float, FloatArray]:
        """Compute the log-likelihood of all sessions and its gradient (parameter,)."""
        likelihood, gradient = self.by_session(unconstrained)
        return float(likelihood.sum()), gradient.sum(axis=0)

    def preferences(self, unconstrained: FloatArray) -> FloatArray:
        """Compute the preferences before every trial; float array (trial, arm)."""
        self._set(self.constrain(unconstrained))
        found = np.empty((self.trials.records.size, self.trials.n_arms))
        self._run(list_preferences, found)
        return found

    def _set(self, values: FloatArray) -> None:
        self._numbers[self._places_of_free] = values

    def _sum(self, likelihood: FloatArray, slope: FloatArray) -> None:
        self._run(sum_log_likelihood, self.trials.n_arms, likelihood, slope)

    def describe(
        self,
        low: FloatArray,
        high: FloatArray,
        prior_mean: FloatArray,
        prior_precision: FloatArray,
        prior_constant: float,
    ) -> Problem:
        """Describe learner and trials for a compiled search; arguments as of `Problem`.

        The object has to be kept as long as the description is used.
        """
        likelihood, slope = np.empty((2, self.trials.n_sessions))
        return Problem(
            *self._call(),
            self._numbers,
            self._places_of_free,
            np.array([RANGES.index(one.range) for one in self.free]),
            *self._places(),
            self.trials.first,
            self.trials.n_arms,
            likelihood,
            slope,
            low,
            high,
            prior_mean,
            prior_precision,
            prior_constant,
        )

    def _run(self, kernel: Callable[..., None], *filled: Any) -> None:
        """Call a compiled loop over the trials."""
        self.guard(kernel, *self._call(), *self._places(), self.trials.first, *filled)

    def guard(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call compiled code that calls the learner; errors in it are those of the learner."""
        try:
            return function(*given)
        except Exception as error:
            names = self.learner.parameter_names()
            values = zip(names, self._numbers.real, strict=True)
            raise LearnerError(
                f"{self.learner.__name__}: start, prefer or update raised "
                f"{type(error).__name__}: {error}, with "
                f"{', '.join(f'{name} {value:.6g}' for name, value in values)}. Expected functions "
                "that work for all values in the parameters' ranges"
            ) from error

    def _call(self) -> tuple[tuple[int, int, int], int, int]:
        code = self._code
        functions = (code.start, code.prefer, code.update)
        return functions, self._memory.ctypes.data, self._numbers.ctypes.data

    def _places(self) -> tuple[Any, int, int]:
        records = self.trials.records
        return records, records.ctypes.data, records.itemsize


def check_suits(learner: type[Learner], questions: str) -> None:
    """Raise `LearnerError` unless a learner suits the tasks of a set of questions."""
    if learner.suits and questions not in learner.suits:
        raise LearnerError(
            f"learner {learner.__name__} suits {', '.join(learner.suits)}, not {questions}. "
            f"pfc.learners.list_learners({questions!r}) names those that suit it"
        )


def _find_free(learner: type[Learner], fixed: Mapping[str, float]) -> tuple[Parameter, ...]:
    known = {one.name: one for one in learner.numbers()}
    unknown = [name for name in fixed if name not in known]
    if unknown:
        raise LearnerError(
            f"fixed: {learner.__name__} has no parameter {unknown[0]!r}; it has {', '.join(known)}"
        )
    for name, value in fixed.items():
        known[name].check(learner.__name__, value)
    free = tuple(one for one in learner.parameters() if one.name not in fixed)
    if not learner.parameters():
        raise LearnerError(
            f"{learner.__name__}: found no parameters, expected at least one to fit, such as "
            "alpha: float = fraction(0.3, 'learning rate')"
        )
    if not free:
        raise LearnerError(f"fixed: all parameters of {learner.__name__} are given; none to fit")
    return free
