"""Texts of a fit's page and its command say what was done, with the names that figures have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.models.fit_sentences import count_subjects
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.reporting.fits.fit_check_sections import write_titles
from pfc_analysis.reporting.fits.fit_page_tables import count_folds


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    choice, reward = rng.integers(0, 2, (2, 120))
    session = np.repeat([1, 2], 60)
    return pd.DataFrame({"session": session, "choice": choice, "reward": reward})


def fit(table, **settings):
    options = {
        "subject": "one",
        "learners": ["q_learning"],
        "networks": [],
        "checks": False,
        "workers": 1,
    }
    return pfc.fit(table, "bandit", **(options | settings))


def test_folds_are_those_that_were_used():
    sessions = ("subject", [1, 3, 9])
    result = xr.Dataset({"n_sessions": sessions}, attrs={"folds": 5})
    assert count_folds(result) == "3 to 5 folds"
    assert count_folds(result.isel(subject=[2])) == "5 folds"
    assert count_folds(result.isel(subject=[0])) == ""


def test_models_are_written_by_their_titles():
    titles = {"q_learning": "Q-learning", "gru_1": "GRU, 1 unit"}
    said = write_titles(["q_learning passes for gru_1, q_learning_2 does not"], titles)
    assert said == ["Q-learning passes for GRU, 1 unit, q_learning_2 does not"]


def test_one_learner_is_not_called_the_best(table):
    (said,) = fit(table)["summary"].values
    assert "best" not in said
    assert "(chance: 0.500)" in said
    assert count_subjects(1) == "1 subject"
    assert count_subjects(2) == "2 subjects"


def test_the_page_has_the_criteria_and_a_command_that_repeats_it(table, tmp_path):
    found = fit(table, out=tmp_path)
    page = (tmp_path / "fit.html").read_text()
    assert f"{found['bic'].values.sum():.1f}" in page
    assert "--no-checks" in page
    assert "2 folds" in page
    assert "5 folds" not in page
    assert "best number of units" not in page


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"learners": "q_learning"}, LearnerError, r"expected a list, such as \['q_learning'\]"),
        ({"learners": [dict]}, LearnerError, "inherits from pfc.learners.Learner"),
        ({"networks": 1}, ValueError, r"networks: .* expected a list, such as \[1\]"),
        ({"cell": "foo"}, AnalysisError, "cell: found 'foo'"),
        ({"workers": 0}, AnalysisError, "workers: found 0, expected at least 1"),
        ({"repeats": 0}, AnalysisError, "repeats: found 0, expected at least 1"),
        ({"seed": -1}, AnalysisError, "seed: found -1, expected at least 0"),
    ],
)
def test_a_wrong_setting_is_told_by_name(table, settings, error, said):
    with pytest.raises(error, match=said):
        fit(table, **settings)


def test_sessions_without_a_trial_to_learn_from_one_to_the_next_are_fitted(table):
    single = table.iloc[:40].assign(session=np.arange(40))
    assert float(fit(single)["heldout"].squeeze()) == pytest.approx(0.5)


def test_many_subjects_with_one_session_are_counted_not_listed(table):
    many = pd.concat([table.assign(session=1, subject=f"mouse {k}") for k in range(7)])
    said = str(fit(many, subject=None)["summary"].values[0])
    assert said.startswith("7 subjects have one session")


class Own(pfc.learners.QLearning):
    """A learner that the command line does not know."""


def test_a_learner_of_ones_own_is_fitted_again_by_a_call(table, tmp_path):
    fit(table, learners=[Own, "win_stay_lose_shift"], out=tmp_path)
    page = (tmp_path / "fit.html").read_text().replace("&#39;", "'")
    assert "pfc.fit(RECORDING, 'bandit', learners=[Own, 'win_stay_lose_shift']" in page
