"""Parameters: their ranges, and the unconstrained scale."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.learners import Learner, fraction, positive, real, setting
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.learners.definition.parameters import LIMIT


class Declared(Learner):
    share: float = fraction(0.2, "a share", prior_mean=-1.0, prior_sd=0.5)
    size: float = positive(3.0, "a size")
    weight: float = real(-0.5, "a weight")
    known: float = setting(0.8, "a constant", low=0.5, high=1.0)
    free: float = setting(0.1, "a constant without limits")


PARAMETERS = Declared.parameters()


def test_declarations_are_read_in_order():
    assert [one.name for one in PARAMETERS] == ["share", "size", "weight"]
    assert [one.range for one in PARAMETERS] == ["fraction", "positive", "real"]
    assert [one.default for one in PARAMETERS] == [0.2, 3.0, -0.5]
    assert (PARAMETERS[0].prior_mean, PARAMETERS[0].prior_sd) == (-1.0, 0.5)
    assert [one.name for one in Declared.settings()] == ["known", "free"]
    assert Declared.parameter_names() == ("share", "size", "weight", "known", "free")


def test_scales_by_formula():
    share, size, weight = PARAMETERS
    assert float(share.constrain(0.7)) == pytest.approx(1 / (1 + np.exp(-0.7)))
    assert float(size.constrain(0.7)) == pytest.approx(np.exp(0.7))
    assert float(weight.constrain(-0.7)) == -0.7


@pytest.mark.parametrize("one", PARAMETERS, ids=lambda one: one.range)
def test_constrain_and_unconstrain_are_inverse(one):
    values = np.linspace(-8, 8, 33)
    np.testing.assert_allclose(one.unconstrain(one.constrain(values)), values, atol=1e-9)


@pytest.mark.parametrize("one", PARAMETERS, ids=lambda one: one.range)
def test_slope_is_that_of_finite_differences(one):
    at, step = np.linspace(-5, 5, 21), 1e-6
    expected = (one.constrain(at + step) - one.constrain(at - step)) / (2 * step)
    np.testing.assert_allclose(one.slope(at), expected, rtol=1e-7)


def test_ends_of_the_ranges_stay_finite():
    share, size, _ = PARAMETERS
    np.testing.assert_array_equal(share.unconstrain([0.0, 1.0]), [-LIMIT, LIMIT])
    assert float(size.unconstrain(0.0)) == -LIMIT
    assert np.isfinite(size.constrain(1e6))


def test_a_learner_is_made_from_unconstrained_values():
    made = Declared.from_unconstrained([0.0, np.log(4.0), 2.0])
    assert (made.share, made.weight) == (0.5, 2.0)
    assert made.size == pytest.approx(4.0)
    assert made.known == 0.8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"share": 1.2}, r"^Declared.share: found 1.2, expected a number from 0 to 1$"),
        ({"share": float("nan")}, "Declared.share: found nan"),
        ({"size": -1}, r"Declared.size: found -1, expected a finite number of at least 0"),
        ({"weight": float("inf")}, r"Declared.weight: found inf, expected a finite number"),
        ({"weight": "a"}, r"Declared.weight: found 'a', expected a finite number"),
        ({"weight": True}, r"Declared.weight: found True, expected a finite number"),
        ({"known": 0.4}, r"Declared.known: found 0.4, expected a finite number from 0.5 to 1"),
        ({"free": None}, r"Declared.free: found None, expected a finite number$"),
    ],
)
def test_values_out_of_range(given, message):
    with pytest.raises(LearnerError, match=message):
        Declared(**given)
