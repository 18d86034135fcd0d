"""Problems learned in a hundred choices: by hand, at chance against theory, and coverage."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.learning.problem_rate import compute_problem_rate


def build(problems: list[tuple[str, int, int, str]]) -> xr.Dataset:
    """A recording from (subject, session, reversal number, outcomes: 1, 0 and - for no choice)."""
    rows = [
        (subject, session, number, -1 if outcome == "-" else int(outcome))
        for subject, session, number, outcomes in problems
        for outcome in outcomes
    ]
    subject, session, number, correct = (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset(
        {"correct": ("trial", correct), "reversal_number": ("trial", number)},
        {
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", np.arange(correct.size)),
        },
    )


def flip_coins(rng: np.random.Generator, sessions: int, trials: int, run: int) -> xr.Dataset:
    """One who guesses, in a task that reverses after `run` correct choices in a row."""
    correct = rng.integers(0, 2, (sessions, trials))
    number = np.zeros_like(correct)
    for row, outcomes in enumerate(correct):
        in_a_row = reversals = 0
        for trial, outcome in enumerate(outcomes):
            number[row, trial] = reversals
            in_a_row = in_a_row + 1 if outcome else 0
            if in_a_row == run:
                in_a_row, reversals = 0, reversals + 1
    session, trial = np.indices(correct.shape)
    return xr.Dataset(
        {"correct": ("trial", correct.ravel()), "reversal_number": ("trial", number.ravel())},
        {
            "subject": ("trial", np.full(correct.size, "coin")),
            "session": ("trial", session.ravel()),
            "trial_in_session": ("trial", trial.ravel()),
        },
    )


def test_by_hand():
    recording = build(
        [
            ("a", 0, 0, "0-111"),  # learned with the 4th choice, one error
            ("a", 0, 1, "0010111"),  # with the 7th, three errors
            ("a", 1, 0, "111"),
            ("a", 1, 1, "0111"),  # one error
            ("a", 1, 2, "00"),  # cut short: its choices count, its errors do not
            ("b", 0, 0, "01010"),
            ("b", 1, 0, "0101"),
        ]
    )
    found = compute_problem_rate(recording, 3, 3)
    assert found["subject"].values.tolist() == ["a", "b"]
    assert found["n_choices"].values.tolist() == [20, 9]
    assert found["n_learned"].values.tolist() == [4, 0]
    np.testing.assert_allclose(found["problem_rate"], [20.0, 0.0])
    np.testing.assert_allclose(found["errors_per_reversal"], [2.0, np.nan])
    assert found["problem_rate_lower"].values[1] == found["problem_rate_upper"].values[1] == 0.0
    assert found.attrs["criterion"] == "3 correct of the last 3"
    assert found.attrs["n_trials_missed"] == 1


def test_interval_is_that_of_a_ratio_of_session_totals():
    """Written out for two sessions: both residuals are the same but for the sign."""
    from scipy.stats import t

    found = compute_problem_rate(build([("a", 0, 0, "11"), ("a", 1, 0, "0101")]), 2, 2)
    rate = 1 / 6
    residuals = np.array([1 - rate * 2, 0 - rate * 4]) / 6
    reach = t.ppf(0.975, 1) * np.sqrt(2 / 1 * (residuals @ residuals))
    assert found["problem_rate_upper"].item() == pytest.approx(100 * (rate + reach))
    assert found["problem_rate_lower"].item() == 0.0  # rates below 0 are none
    alone = compute_problem_rate(build([("a", 0, 0, "11")]), 2, 2)
    assert alone["problem_rate"].item() == 50.0
    assert alone["problem_rate_lower"].isnull()


def test_choices_after_the_criterion_belong_to_no_problem():
    """The task may go on with what was learned; that makes no one slower."""
    short = compute_problem_rate(build([("a", 0, 0, "0111"), ("a", 0, 1, "00111")]), 3, 3)
    long = compute_problem_rate(build([("a", 0, 0, "01110101"), ("a", 0, 1, "0011100")]), 3, 3)
    for name in ("problem_rate", "errors_per_reversal", "n_choices", "n_learned"):
        assert long[name].item() == short[name].item()


def test_at_chance_as_theory_says():
    """A run of k heads takes 2 ** (k + 1) - 2 tosses of a coin (Feller 1968, XIII.7)."""
    rng = np.random.default_rng(1)
    found = compute_problem_rate(flip_coins(rng, 200, 1000, 4), 4, 4)
    assert found["problem_rate"].item() == pytest.approx(100 / 30, rel=0.03)
    # Wald's identity: of 30 tosses until then, half come up tails.
    assert found["errors_per_reversal"].item() == pytest.approx(15, rel=0.05)


def test_interval_covers_the_rate_of_long_sessions():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(120):
        found = compute_problem_rate(flip_coins(rng, 10, 500, 3), 3, 3)
        bounds = found["problem_rate_lower"].item(), found["problem_rate_upper"].item()
        hits += bounds[0] < 100 / 14 < bounds[1]
    assert 0.95 * 120 - 3.5 * np.sqrt(120 * 0.05 * 0.95) < hits < 120


def test_order_of_sessions_and_names_of_subjects_do_not_matter():
    one = build([("a", 3, 0, "0111"), ("a", 7, 0, "111"), ("b", 3, 0, "00111")])
    other = build([("b", 0, 0, "00111"), ("a", 1, 0, "111"), ("a", 2, 0, "0111")])
    found, same = (compute_problem_rate(r, 3, 3).sortby("subject") for r in (one, other))
    xr.testing.assert_identical(found.drop_attrs(), same.drop_attrs())


def test_impossible_settings_and_recordings():
    recording = build([("a", 0, 0, "11")])
    with pytest.raises(AnalysisError, match=re.escape("found 21 of the last 20 trials, expected")):
        compute_problem_rate(recording, 21)
    with pytest.raises(MissingVariableError, match="correct: the recording has no such variable"):
        compute_problem_rate(recording.drop_vars("correct"))
    with pytest.raises(EmptySelectionError, match=r"found none of 0, 1, ... in 2 trial\(s\)"):
        compute_problem_rate(build([("a", 0, -1, "11")]))
    none = compute_problem_rate(build([("a", 0, 0, "--")]))
    assert none["problem_rate"].isnull()
    assert none["n_choices"].item() == 0
