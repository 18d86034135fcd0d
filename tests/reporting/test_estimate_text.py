"""Digits of estimates follow their uncertainty."""

import math

import pytest

from pfc_analysis.comparison.digits import count_decimals
from pfc_analysis.reporting.estimate_text import NOTHING, format_estimate, format_p

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.860854, 0.045, "0.861 [0.773, 0.949]"),
        (29.88922, 0.6, "29.89 [28.71, 31.07]"),
        (48213.4, 950.0, "48,213 [46,351, 50,075]"),
        (-0.0004, 0.3, "0.00 [-0.59, 0.59]"),
        (0.99922, 0.0000001, "0.99922 [0.99922, 0.99922]"),
    ],
)
def test_numbers_end_at_the_second_digit_of_the_standard_error(value, error, text):
    half = 1.959964 * error
    assert format_estimate(value, value - half, value + half) == text


@pytest.mark.parametrize("error", [0.0996, 0.1, 0.99, 0.995, 1.0, 3.7, 9.96])
def test_decimals_are_those_of_two_significant_digits(error):
    shown = f"{error:.{count_decimals(0, 3.92 * error)}f}"
    assert float(shown) == pytest.approx(float(f"{error:.2g}"), abs=1e-12)
    assert len(shown.replace(".", "").lstrip("0")) == 2


def test_without_an_interval_three_digits():
    assert format_estimate(0.86085, NAN, NAN) == "0.861"
    assert format_estimate(20.0, 20.0, 20.0) == "20 [20, 20]"
    assert format_estimate(NAN, NAN, NAN) == NOTHING


def test_p_values():
    assert [format_p(p) for p in (0.0004, 0.0414, math.nan)] == ["< 0.001", "0.041", NOTHING]
    assert format_p(0.04996) == "0.04996"  # not .050 beside a sentence that says "differ"
