"""The normalised likelihood of choices, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.stats import t as student

from pfc_analysis.analysis.choices.choice_likelihood import compute_choice_likelihood
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError


@pytest.fixture
def lived() -> xr.Dataset:
    """One agent in the place of two animals: three sessions of two trials, and one of two."""
    left = [0.4, 0.1, 0.3, 0.3, 0.2, 0.6, 0.45, 0.5]
    right = [0.4, 0.3, 0.1, 0.3, 0.2, 0.3, 0.45, 0.25]
    return xr.Dataset(
        {
            "choice": ("trial", [0, 1, 0, 1, 1, 0, 0, 1], {"labels": ["left", "right"]}),
            "reward": ("trial", np.zeros(8)),
            "choice_probability": (("trial", "arm"), np.stack([left, right], axis=1)),
        },
        coords={
            "subject": ("trial", np.full(8, "seed_1")),
            "session": ("trial", [0, 0, 1, 1, 2, 2, 3, 3]),
            "trial_in_session": ("trial", [0, 1] * 4),
            "replayed_subject": ("trial", ["rat_b"] * 6 + ["rat_a"] * 2),
            "replayed_session": ("trial", [4, 4, 5, 5, 6, 6, 1, 1]),
        },
    )


def test_value_and_interval_by_hand(lived):
    found = compute_choice_likelihood(lived)
    # Renormalised over the two arms: 1/2, 3/4 | 3/4, 1/2 | 1/2, 2/3, and 1/2, 1/3 of the other.
    logs = np.log([[1 / 2, 3 / 4], [3 / 4, 1 / 2], [1 / 2, 2 / 3]])
    own = found.sel(subject="seed_1", replayed_subject="rat_b")
    assert own["likelihood_per_trial"].item() == pytest.approx(np.exp(logs.mean()))
    assert own["log_likelihood"].item() == pytest.approx(logs.sum())
    assert (own["n_trials"].item(), own["n_sessions"].item()) == (6, 3)
    # Three sessions of equal size: the interval of the mean of their means.
    means = logs.mean(axis=1)
    reach = student.ppf(0.975, 2) * means.std(ddof=1) / np.sqrt(3)
    ends = [own[f"likelihood_per_trial_{end}"].item() for end in ("lower", "upper")]
    assert ends == pytest.approx(np.exp(means.mean() + reach * np.array([-1, 1])))
    # Most probable: one of two equal arms, yes | yes, one of two | one of two, yes.
    preferred = np.array([[0.5, 1.0], [1.0, 0.5], [0.5, 1.0]])
    assert own["preferred_share"].item() == pytest.approx(preferred.mean())
    assert np.isnan(own["preferred_share_lower"])  # all sessions have the same share
    other = found.sel(subject="seed_1", replayed_subject="rat_a")
    assert other["preferred_share"].item() == 0.25
    assert other["likelihood_per_trial"].item() == pytest.approx(np.sqrt(1 / 6))
    assert np.isnan(other["likelihood_per_trial_lower"])


@pytest.mark.parametrize("mark", ["forced", "stimulated", "invalid"])
def test_marked_choices_are_not_predicted(lived, mark):
    marked = lived.assign({mark: ("trial", [0, 1, 0, 0, 0, 0, 0, 0])})
    marked["choice_probability"][1] = np.nan
    found = compute_choice_likelihood(marked).sel(replayed_subject="rat_b")
    assert found["n_trials"].item() == 5
    expected = np.exp(np.log([1 / 2, 3 / 4, 1 / 2, 1 / 2, 2 / 3]).mean())
    assert found["likelihood_per_trial"].item() == pytest.approx(expected)


def test_chance_is_one_half(lived):
    even = lived.assign(choice_probability=0 * lived["choice_probability"] + 0.3)
    found = compute_choice_likelihood(even)
    assert found["likelihood_per_trial"].values == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda r: r.drop_vars("choice_probability"), MissingVariableError, "choice_probability"),
        (lambda r: r.assign(forced=("trial", np.ones(8, int))), EmptySelectionError,
         "none of 8 choices"),
        (lambda r: r.assign(choice=r["choice"] + 1), AnalysisError, "found 2 at trial 1"),
        (lambda r: r.assign(choice_probability=0 * r["choice_probability"]), AnalysisError,
         "choice_probability: found 0.0 at trial 0"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(lived, change, error, message):
    with pytest.raises(error, match=message):
        compute_choice_likelihood(change(lived))
