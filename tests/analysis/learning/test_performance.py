"""Performance against counting by hand and scipy's t interval."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share


def make(rewards: list[list[float]], subjects: list[str]) -> xr.Dataset:
    """One session a list; a reward of -1 is an invalid trial."""
    lengths = [len(session) for session in rewards]
    reward = np.concatenate([np.asarray(session, float) for session in rewards])
    return xr.Dataset(
        {
            "reward": ("trial", reward),
            "choice": ("trial", np.where(reward < 0, -1, 1)),
            "invalid": ("trial", (reward < 0).astype(int)),
        },
        coords={
            "subject": ("trial", np.repeat(subjects, lengths)),
            "session": ("trial", np.repeat(np.arange(len(rewards)), lengths)),
            "trial_in_session": ("trial", np.concatenate([np.arange(n) for n in lengths])),
        },
    )


def test_reward_and_invalid_share_by_subject():
    sessions = [[1, 0, 1, 1], [0, 0, 1, -1], [1, 1, 1, 1], [1, 0, 0, 0]]
    result = compute_performance(make(sessions, ["a", "a", "a", "b"]))
    means = [0.75, 0.0, 1.0]
    assert result["reward"].values == pytest.approx([np.mean(means), 0.25])
    assert result["invalid"].values == pytest.approx([1 / 12, 0])
    assert result["n_sessions"].values.tolist() == [3, 1]
    expected = stats.t.interval(0.95, 2, np.mean(means), stats.sem(means))
    found = result.sel(subject="a")
    assert [found["reward_lower"], found["reward_upper"]] == pytest.approx(expected)


def test_one_session_has_no_interval():
    result = compute_performance(make([[1, 0]], ["a"]))
    assert result["reward"].values.tolist() == [0.5]
    assert result["reward_lower"].isnull().all()


def test_share_is_zero_at_chance_and_one_at_the_ceiling():
    performance = compute_performance(make([[1, 0], [1, 1]] * 2, ["a", "a", "b", "b"]))
    share = compute_reward_share(performance, chance=0.5, ceiling=0.75)
    assert share["reward_share"].values == pytest.approx([1, 1])
    share = compute_reward_share(performance, chance=0.75, ceiling=1.0)
    assert share["reward_share"].values == pytest.approx([0, 0])


def test_ceiling_below_chance_is_refused():
    performance = compute_performance(make([[1, 0]], ["a"]))
    with pytest.raises(AnalysisError, match=r"ceiling: found 0.4, expected more than chance \(0.5"):
        compute_reward_share(performance, chance=0.5, ceiling=0.4)
