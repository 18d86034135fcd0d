"""Orders under a stopping rule: against all permutations, and with and without learning."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learning.reversal_learning import compute_trials_to_criterion
from pfc_analysis.analysis.learning.reversal_order import compute_reversal_order
from pfc_analysis.reproduction.animals.birds import COUNTS


def table_of(values: dict[str, list[float]]) -> xr.Dataset:
    longest = max(map(len, values.values()))
    padded = [row + [np.nan] * (longest - len(row)) for row in values.values()]
    return xr.Dataset(
        {"trials_given": (("subject", "reversal_number"), padded)},
        {"subject": list(values), "reversal_number": np.arange(1, longest + 1)},
    )


def stops_at(trials: tuple[float, ...], stop_below: float, stop_after: int) -> int | None:
    """Problems until the rule stops a subject, none if it never does."""
    run = 0
    for place, n in enumerate(trials, start=1):
        run = run + 1 if n <= stop_below else 0
        if run == stop_after:
            return place
    return None


@pytest.mark.parametrize(
    ("trials", "stop_after"),
    [
        ([90, 60, 40, 70, 50, 30], 2),  # stopped at the end
        ([90, 40, 70, 50, 60], 2),  # released before
        ([90, 40, 70, 45, 30, 20], 3),
        ([90, 60, 40], 1),
        ([90, 60], 3),
    ],
)
def test_null_is_that_of_all_orders_the_rule_allows(trials, stop_after):
    end = stops_at(tuple(trials), 50, stop_after)
    allowed = [order for order in permutations(trials) if stops_at(order, 50, stop_after) == end]
    number = np.arange(1, len(trials) + 1)
    slopes = np.array([np.polyfit(number, np.log(order), 1)[0] for order in allowed])
    own = np.polyfit(number, np.log(trials), 1)[0]
    found = compute_reversal_order(
        table_of({"a": trials}),
        np.random.default_rng(0),
        stop_below=50,
        stop_after=stop_after,
        n_orders=20_000,
    )
    assert found["log_slope"].item() == pytest.approx(own)
    assert found["mean_slope"].item() == pytest.approx(own)
    error = slopes.std() / np.sqrt(20_000)
    assert found["null_mean"].item() == pytest.approx(slopes.mean(), abs=5 * error + 1e-9)
    assert found["n_orders"].item() == np.unique(slopes.round(12)).size
    assert found["p_value"].item() == pytest.approx((slopes <= own + 1e-12).mean(), abs=0.015)


def simulate(rng: np.random.Generator, slope: float) -> dict[str, list[float]]:
    """Nine subjects, each stopped after two problems in a row of at most 50 trials, or 12."""
    subjects = {}
    for name in "abcdefghi":
        level, trials = rng.normal(4.2, 0.1), []
        while stops_at(tuple(trials), 50, 2) is None and len(trials) < 12:
            trials.append(float(np.exp(level + slope * len(trials) + rng.normal(0, 0.35))))
        subjects[name] = trials
    return subjects


def test_p_is_uniform_where_nothing_is_learned_though_the_trend_falls():
    rng = np.random.default_rng(6)
    p, slope = [], []
    for _ in range(150):
        found = compute_reversal_order(
            table_of(simulate(rng, 0.0)), rng, stop_below=50, n_orders=200
        )
        p.append(found["p_value"].item())
        slope.append(found["mean_slope"].item())
    assert np.mean(slope) + 4 * np.std(slope) / np.sqrt(150) < -0.02  # by selection alone
    for level in (0.05, 0.25, 0.5, 0.75):
        error = np.sqrt(level * (1 - level) / 150)
        assert np.mean(np.array(p) <= level) == pytest.approx(level, abs=3.5 * error + 0.01)


def test_learning_is_noticed_that_goes_on_for_many_problems():
    rng = np.random.default_rng(7)
    found = compute_reversal_order(table_of(simulate(rng, -0.08)), rng, stop_below=30)
    assert found["p_value"] < 0.01
    assert found["mean_slope"] < found["mean_null_lower"]


def test_same_generator_same_numbers():
    result = table_of({"a": [90, 60, 40, 70, 50, 30], "b": [80, 90, 20]})
    one, same = (
        compute_reversal_order(result, np.random.default_rng(3), stop_below=50) for _ in range(2)
    )
    xr.testing.assert_identical(one, same)
    assert one.attrs["stopping_rule"] == "2 in a row of at most 50 trials"


def test_refusals():
    rng = np.random.default_rng(0)
    with pytest.raises(
        AnalysisError, match=r"subject a continued after 2 problems in a row of at mo"
    ):
        compute_reversal_order(table_of({"a": [40, 50, 60]}), rng, stop_below=50)
    with pytest.raises(AnalysisError, match="stop_after, n_orders: found 0 and 2000"):
        compute_reversal_order(table_of({"a": [60, 40]}), rng, stop_below=50, stop_after=0)
    alternating = table_of({"a": [60.0, 40.0] * 14})
    with pytest.raises(AnalysisError, match="the rule leaves too little to compare with"):
        compute_reversal_order(alternating, rng, stop_below=50, n_orders=100)
    with pytest.raises(EmptySelectionError, match="no subject has two problems"):
        compute_reversal_order(table_of({"a": [60]}), rng, stop_below=50)


@pytest.mark.real_data
def test_the_grackles_trend_is_mostly_that_of_stopping_them(grackle_recording):
    result = compute_trials_to_criterion(grackle_recording)[list(COUNTS)]
    result = result.where(result["trials_to_criterion"].notnull())
    found = compute_reversal_order(result, np.random.default_rng(1), stop_below=50, n_orders=20_000)
    assert found.sizes["subject"] == 9
    assert found["mean_slope"].item() == pytest.approx(-0.090, abs=5e-4)
    assert found["mean_null_mean"].item() == pytest.approx(-0.0775, abs=1e-3)
    assert found["p_value"].item() == pytest.approx(0.135, abs=0.02)
