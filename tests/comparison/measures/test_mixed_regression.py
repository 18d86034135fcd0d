"""The mixed regression over two groups: whose trials enter, and what its effects mean."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import t

from pfc_analysis.comparison.measures import mixed_regression
from pfc_analysis.comparison.measures.mixed_regression import MixedModel, Rows, fit_mixed

MODEL = MixedModel("staying", ("reward",), lambda group: group.rows)
NAMES = ("intercept", "reward", "group", "group:reward")


def make_group(n_subjects, n_trials, log_odds, slope, seed, spread=0.3):
    """Subjects that differ by `spread`, with a predictor of -1/2 or 1/2."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n_subjects), n_trials)
    reward = rng.integers(0, 2, subject.size) - 0.5
    own = log_odds + rng.normal(0, spread, n_subjects)[subject] + slope * reward
    response = (rng.random(subject.size) < expit(own)).astype(float)
    names = [f"s{index}" for index in range(n_subjects)]
    return SimpleNamespace(
        trials=SimpleNamespace(subjects=names), rows=Rows(response, reward[:, None], subject)
    )


def fit(one, other, seed=0):
    return fit_mixed(MODEL, one, other, np.random.default_rng(seed))


def test_effects_are_those_of_the_first_group_minus_the_second():
    found = fit(make_group(7, 600, 1.5, 2.0, 0), make_group(6, 600, -0.5, 0.5, 1))
    assert found.names == NAMES
    assert found.coefficient == pytest.approx([0.5, 1.25, 2.0, 1.5], abs=0.35)
    assert found.deviation[0] == pytest.approx(0.3, abs=0.15)
    # Subjects of the two groups are others, although they have the same places and names.
    assert (found.n_subjects, found.freedom) == (13, 11)
    reach = t.ppf(0.975, 11) * found.error
    assert found.upper - found.coefficient == pytest.approx(reach)
    assert found.coefficient - found.lower == pytest.approx(reach)


def test_equally_many_trials_of_each_group_enter(monkeypatch):
    one, other = make_group(5, 200, 0, 1, 2), make_group(8, 50, 0, 1, 3)
    assert fit(one, other).n_trials == 2 * 8 * 50
    monkeypatch.setattr(mixed_regression, "MOST_ROWS", 300)
    assert fit(one, other).n_trials == 2 * 300
    again = [fit(one, other, seed).coefficient.tolist() for seed in (4, 4, 5)]
    assert again[0] == again[1] != again[2]


def test_trials_are_drawn_once_and_stay_in_their_rows():
    place = np.arange(100)
    rows = Rows(place.astype(float), 2.0 * place[:, None], 3 * place)
    drawn = mixed_regression._thin(rows, 60, np.random.default_rng(0))
    assert np.unique(drawn.response).size == 60
    assert drawn.predictors[:, 0] == pytest.approx(2 * drawn.response)
    assert drawn.subject == pytest.approx(3 * drawn.response)


def test_a_subject_without_trials_does_not_count():
    one = make_group(6, 100, 0, 1, 6)
    rows = one.rows
    kept = rows.subject != 2
    one.rows = Rows(rows.response[kept], rows.predictors[kept], rows.subject[kept])
    assert fit(one, make_group(5, 100, 0, 1, 7)).n_subjects == 10


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((10, 12), "not fitted: with 10 and 12 subjects, means over subjects are enough"),
        ((8, 3), "not fitted: found 8 and 3 subjects, expected at least 5 in each group, to say"),
    ],
)
def test_it_is_not_fitted_with_many_or_few_subjects(sizes, said):
    groups = [make_group(n, 4, 0, 1, n) for n in sizes]
    assert fit(*groups).startswith(said)


def test_it_says_why_it_cannot_be_fitted():
    one, empty = make_group(5, 20, 0, 1, 0), make_group(5, 20, 0, 1, 0)
    empty.rows = Rows(np.zeros(0), np.zeros((0, 1)), np.zeros(0, int))
    assert fit(one, empty) == "not fitted: a group has no trial that follows a usable trial"
    one.rows = Rows(np.ones(100), one.rows.predictors, one.rows.subject)
    assert fit(one, one).startswith("not fitted: all 200 response(s) are 1")
