"""Parameters of a learner: their ranges, and the unconstrained scale on which they are fitted.

Settings are numbers that a learner knows, such as the probability of a transition. Fits leave them
as they are.

A fit searches on a scale without limits, on which a normal distribution also describes how subjects
differ. A fraction is the logistic function of its unconstrained value, a positive number the
exponential function, any other number the value itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pfc_analysis.learners.definition.learner_error import LearnerError

FloatArray = npt.NDArray[np.float64]

Range = Literal["fraction", "positive", "real"]

LIMIT = 30.0
"""Largest size of an unconstrained value; the logistic function is then 1 within 1e-13."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a learner.

    Attributes
    ----------
    name : str
        Name of the field.
    range : {"fraction", "positive", "real"}
        Numbers from 0 to 1, above 0, or any.
    meaning : str
        What it is, in a few words.
    default : float
        Its value in a learner that is made without it.
    prior_mean, prior_sd : float
        Normal prior of the unconstrained value: of maximum a posteriori fits, and what recovery
        draws subjects from.
    """

    name: str
    range: Range
    meaning: str
    default: float
    prior_mean: float
    prior_sd: float

    def constrain(self, value: npt.ArrayLike) -> FloatArray:
        """Compute the parameter from its unconstrained value; arrays of any one shape."""
        from scipy.special import expit

        value = np.clip(np.asarray(value, dtype=np.float64), -LIMIT, LIMIT)
        if self.range == "fraction":
            return np.asarray(expit(value), dtype=np.float64)
        return np.exp(value) if self.range == "positive" else value

    def unconstrain(self, value: npt.ArrayLike) -> FloatArray:
        """Compute the unconstrained value of a parameter; arrays of any one shape."""
        from scipy.special import logit

        value = np.asarray(value, dtype=np.float64)
        if self.range == "fraction":
            return np.clip(np.asarray(logit(value), dtype=np.float64), -LIMIT, LIMIT)
        return np.log(np.maximum(value, np.exp(-LIMIT))) if self.range == "positive" else value

    def slope(self, value: npt.ArrayLike) -> FloatArray:
        """Compute the derivative of the parameter by its unconstrained value, at the latter."""
        found = self.constrain(value)
        if self.range == "fraction":
            return found * (1.0 - found)
        return found if self.range == "positive" else np.ones_like(found)

    def check(self, learner: str, value: float) -> None:
        """Raise `LearnerError` unless a value lies in the parameter's range."""
        expected = {
            "fraction": ("a number from 0 to 1", 0.0, 1.0),
            "positive": ("a finite number of at least 0", 0.0, np.inf),
            "real": ("a finite number", -np.inf, np.inf),
        }
        words, low, high = expected[self.range]
        if not _is_number(value) or not low <= value <= high:
            raise LearnerError(f"{learner}.{self.name}: found {value!r}, expected {words}")


@dataclass(frozen=True)
class Setting:
    """A number that a learner knows and that is not fitted.

    Attributes
    ----------
    name : str
        Name of the field.
    meaning : str
        What it is, in a few words.
    default : float
        Its value in a learner that is made without it.
    low, high : float
        The least and the greatest value.
    """

    name: str
    meaning: str
    default: float
    low: float
    high: float

    def check(self, learner: str, value: float) -> None:
        """Raise `LearnerError` unless a value lies in the setting's range."""
        if not _is_number(value) or not self.low <= value <= self.high:
            limits = f" from {self.low:g} to {self.high:g}" if np.isfinite(self.high) else ""
            raise LearnerError(
                f"{learner}.{self.name}: found {value!r}, expected a finite number{limits}"
            )


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))


def fraction(
    default: float, meaning: str, *, prior_mean: float = 0.0, prior_sd: float = 1.5
) -> float:
    """Declare a parameter from 0 to 1, such as a learning rate.

    Parameters
    ----------
    default : float
        Value of a learner that is made without it.
    meaning : str
        What it is, in a few words: "learning rate".
    prior_mean, prior_sd : float
        Normal prior on the log-odds scale.

    Returns
    -------
    float
        A field of the class; `Learner` reads the declaration from it.

    Examples
    --------
    >>> from pfc_analysis.learners import ARMS, Learner, fraction, positive, real, setting
    >>> class Drifter(Learner):
    ...     memory = {"value": (ARMS,)}
    ...     alpha: float = fraction(0.3, "learning rate")
    ...     inverse_temperature: float = positive(3.0, "inverse temperature")
    ...     bias: float = real(0.0, "bias to arm 1")
    ...     initial_value: float = setting(0.5, "values at the start", low=0.0, high=1.0)
    >>> [one.name for one in Drifter.parameters()]
    ['alpha', 'inverse_temperature', 'bias']
    >>> [one.range for one in Drifter.parameters()]
    ['fraction', 'positive', 'real']
    """
    return _declare("fraction", default, meaning, prior_mean, prior_sd)


def positive(
    default: float, meaning: str, *, prior_mean: float = 1.0, prior_sd: float = 1.0
) -> float:
    """Declare a parameter above 0, such as an inverse temperature; arguments as of `fraction`.

    The prior is normal on the scale of natural logarithms.

    Examples
    --------
    >>> from pfc_analysis.learners import Learner, positive
    >>> class Chooser(Learner):
    ...     inverse_temperature: float = positive(3.0, "inverse temperature")
    >>> Chooser(inverse_temperature=-1.0)
    Traceback (most recent call last):
    pfc_analysis...LearnerError: Chooser.inverse_temperature: found -1.0, expected ...
    """
    return _declare("positive", default, meaning, prior_mean, prior_sd)


def real(default: float, meaning: str, *, prior_mean: float = 0.0, prior_sd: float = 2.0) -> float:
    """Declare a parameter that is any number, such as a weight; arguments as of `fraction`.

    Examples
    --------
    >>> from pfc_analysis.learners import Learner, real
    >>> class Chooser(Learner):
    ...     bias: float = real(0.5, "bias to arm 1")
    >>> Chooser().bias
    0.5
    """
    return _declare("real", default, meaning, prior_mean, prior_sd)


def setting(default: float, meaning: str, *, low: float = -np.inf, high: float = np.inf) -> float:
    """Declare a number that the learner knows, such as the probability of a transition.

    The compiled functions read it from ``p``, as a parameter, but fits leave it as it is. ``fixed``
    of a fit gives it another value.

    Parameters
    ----------
    default : float
        Value of a learner that is made without it.
    meaning : str
        What it is, in a few words.
    low, high : float
        The least and the greatest value.

    Returns
    -------
    float
        A field of the class; `Learner` reads the declaration from it.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> [one.name for one in pfc.learners.ModelBased.settings()]
    ['common_probability', 'initial_value']
    """
    declared = {"meaning": meaning, "low": low, "high": high}
    return field(default=default, metadata={"setting": declared})


def _declare(
    range_: Range, default: float, meaning: str, prior_mean: float, prior_sd: float
) -> Any:
    declared = {
        "range": range_,
        "meaning": meaning,
        "prior_mean": prior_mean,
        "prior_sd": prior_sd,
    }
    return field(default=default, metadata={"parameter": declared})


def read_parameters(learner: type[Any]) -> tuple[Parameter, ...]:
    """Read the parameters that a learner's class declares, in the order of its fields."""
    declared: list[Any] = [one for one in fields(learner) if "parameter" in one.metadata]
    return tuple(
        Parameter(name=one.name, default=one.default, **one.metadata["parameter"])
        for one in declared
    )


def read_settings(learner: type[Any]) -> tuple[Setting, ...]:
    """Read the settings that a learner's class declares, in the order of its fields."""
    declared: list[Any] = [one for one in fields(learner) if "setting" in one.metadata]
    return tuple(
        Setting(name=one.name, default=one.default, **one.metadata["setting"]) for one in declared
    )
