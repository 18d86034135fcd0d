"""Pictures of a network and the habit beside it hold the numbers of their analysis."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import pfc_analysis.analysis as an
from pfc_analysis import plot
from pfc_analysis.analysis.errors import AnalysisError

N, SESSIONS = 2000, 20


def make(names=("a", "b", "c"), habit=0.5, seed=1):
    """Subjects whose network decides from trial to trial and whose habit is nearly constant."""
    rng = np.random.default_rng(seed)
    n = N * len(names)
    trial = np.arange(n)
    odds = [rng.normal(0.0, 2.0, n), rng.normal(habit, 0.5, n)]
    right = rng.random(n) < 1 / (1 + np.exp(-odds[0] - odds[1]))
    added = [np.stack([-one / 2, one / 2], axis=1)[:, None] for one in odds]
    dims = ("trial", "step", "response")
    return xr.Dataset(
        {
            "choice": ("trial", right.astype(int)),
            "reward": ("trial", np.zeros(n)),
            "action": (("trial", "step"), right.astype(int)[:, None]),
            "network_preference": (dims, added[0]),
            "habit_preference": (dims, added[1]),
        },
        coords={
            "subject": ("trial", np.repeat(names, N)),
            "session": ("trial", trial % N * SESSIONS // N),
            "trial_in_session": ("trial", trial % (N // SESSIONS)),
            "step": ["go"],
            "response": ["left", "right"],
        },
    )


def columns(ax):
    """The dots of each column, and the middle of each line."""
    dots = [line.get_ydata() for line in ax.lines if line.get_marker() == "o"]
    means = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "_"]
    return np.array(dots), np.array(means)


def test_columns_are_mean_and_spread_of_network_and_habit():
    ax = plot.policy_contributions(make(), Figure().subplots(), step="go")
    dots, means = columns(ax)
    assert dots.shape == (4, 3)
    for own, truth, error in zip(dots, (0.0, 0.5, 2.0, 0.5), (0.2, 0.05, 0.15, 0.05), strict=True):
        np.testing.assert_allclose(own, truth, atol=error)
    np.testing.assert_allclose(means, dots.mean(axis=1))
    assert [one.get_text() for one in ax.get_xticklabels()] == ["network", "habit"] * 2
    assert [one.get_text() for one in ax.texts] == ["mean", "standard deviation"]
    assert ax.get_ylabel() == "log-odds of right against left"


def test_the_caption_says_who_wins_with_intervals():
    recording = make()
    found = an.compute_policy_contributions(recording, "go")
    said = plot.caption(plot.policy_contributions(recording, Figure().subplots(), step="go"))
    assert "right against left at step go" in said
    assert "3 subjects (60 sessions, 6000 trials)" in said
    for name in ("habit_share", "disagreement", "follows_network"):
        mean = an.summarise_subjects(found, name)
        ends = f"[{mean['lower'].item():.2f}, {mean['upper'].item():.2f}]"
        assert f"{mean['mean'].item():.2f} {ends}" in said


def test_a_result_is_drawn_like_its_recording():
    recording = make()
    found = an.compute_policy_contributions(recording, "go", "left", ["right"])
    drawn = plot.policy_contributions(found, Figure().subplots())
    again = plot.policy_contributions(
        recording, Figure().subplots(), step="go", response="left", against="right"
    )
    for one, other in zip(columns(drawn), columns(again), strict=True):
        np.testing.assert_array_equal(one, other)
    assert drawn.get_ylabel() == again.get_ylabel() == "log-odds of left against right"


def test_one_subject_has_the_interval_of_its_own_trials():
    recording = make(["only"])
    ax = plot.policy_contributions(recording, Figure().subplots(), step="go")
    found = an.compute_policy_contributions(recording, "go").isel(subject=0)
    said = plot.caption(ax)
    assert "The interval is that of the subject's own trials (95 %)." in said
    low, high = (found[f"habit_share_{end}"].item() for end in ("lower", "upper"))
    assert f"{found['habit_share'].item():.2f} [{low:.2f}, {high:.2f}]" in said


def test_a_habit_that_never_disagrees_wins_nothing():
    recording = make()
    silent = recording.assign(habit_preference=0 * recording["habit_preference"])
    said = plot.caption(plot.policy_contributions(silent, Figure().subplots(), step="go"))
    assert "share of the variance is 0.00" in said
    assert "opposite" not in said


def test_an_unknown_step_is_refused_with_the_known_ones():
    with pytest.raises(AnalysisError, match=r"step = 'stage_1'.*expected a step among 'go'"):
        plot.policy_contributions(make(), Figure().subplots())
