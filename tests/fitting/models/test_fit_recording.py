import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.fitting.models.check_fits import choose_checked
from pfc_analysis.fitting.models.fit_groups import assign_group_folds
from pfc_analysis.fitting.models.fit_recording import fit_recording
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import LearnerError
from pfc_analysis.tasks.bandit import Bandit

LEARNERS = ("q_learning", "win_stay_lose_shift")


def play(name: str, sessions: int, alpha: float = 0.3) -> xr.Dataset:
    learner = pfc.learners.QLearning(alpha=alpha, inverse_temperature=6.0)
    task = Bandit(arms="independent")
    return pfc.simulate(learner, task, sessions=sessions, seed=1, subject=name)


@pytest.fixture(scope="module")
def recording():
    parts = [play("a", 12), play("b", 12, 0.5), play("single", 1)]
    return xr.concat(parts, "trial", combine_attrs="override")


def fit(recording, **options):
    given = {"learners": LEARNERS, "networks": (), "checks": False} | options
    return fit_recording(recording, "bandit", **given)


@pytest.fixture(scope="module")
def result(recording):
    return fit(recording)


def test_the_generating_learner_predicts_best(result):
    assert result["best_learner"].values.tolist() == ["q_learning", "q_learning", ""]
    lost = result["difference_upper"].sel(model="win_stay_lose_shift").values[:2]
    assert (lost < 0).all()


def test_estimates_lie_near_the_parameters_that_made_the_choices(result):
    for name, alpha in (("a", 0.3), ("b", 0.5)):
        one = result.sel(subject=name, estimated="q_learning alpha")
        # Four standard errors; the interval itself misses the truth in one of twenty cases.
        reach = 2 * (one["upper"] - one["lower"])
        assert abs(one["estimate"] - alpha) < reach / 2


def test_a_subject_with_one_session_has_parameters_but_no_held_out_likelihood(result):
    one = result.sel(subject="single")
    assert np.isfinite(one["estimate"]).all()
    assert np.isnan(one["heldout"]).all()
    assert "single has one session" in str(result["summary"].values[0])


def test_information_criteria_follow_from_the_likelihood(result):
    k, n = result["n_parameters"], result["n_choices"]
    lost = -2 * result["log_likelihood"]
    np.testing.assert_allclose(result["aic"], lost + 2 * k)
    np.testing.assert_allclose(result["bic"], (lost + k * np.log(n)).transpose(*result["bic"].dims))


def test_workers_do_not_change_the_result(recording):
    one, two = (fit(recording, workers=n) for n in (1, 2))
    xr.testing.assert_identical(one, two)


def test_a_model_does_not_depend_on_what_is_fitted_beside_it(recording, result):
    alone = fit(recording, learners=("q_learning",))
    both = ["heldout", "log_likelihood"]
    xr.testing.assert_equal(
        alone[both].sel(model="q_learning"), result[both].sel(model="q_learning")
    )


def test_without_held_out_sessions_learners_are_compared_by_bic(recording):
    rows = recording["session"].values == 0
    found = fit(recording.isel(trial=rows))
    assert set(found["best_learner"].values) == {""}
    assert set(found["best_by_bic"].values) <= set(LEARNERS)
    assert found["model_frequency"].attrs["evidence"] == "BIC"
    assert any("lowest BIC" in str(text) for text in found["summary"].values)
    assert choose_checked(found)[0] in LEARNERS


def test_subjects_are_fitted_together(recording):
    rows = (recording["subject"].values != "single") & (recording["session"].values < 4)
    options = {"learners": ("q_learning",), "method": "hierarchical", "folds": 2}
    found = fit(recording.isel(trial=rows), **options)
    mean = found.sel(estimated="q_learning alpha")
    assert mean["population_mean_lower"] < 0.4 < mean["population_mean_upper"]
    assert np.isfinite(found["heldout"]).all()
    with pytest.raises(AnalysisError, match="'hierarchical' with 1 subject"):
        fit(play("a", 4), method="hierarchical")


def test_folds_of_a_group_keep_single_sessions_for_training(recording):
    fold = assign_group_folds(read_fit_trials(recording, "bandit"), 5)
    assert fold[-1] == -1
    assert fold[:12].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"learners": ("q_lerning",)}, LearnerError, "found 'q_lerning' \\(did you mean"),
        ({"learners": ("latent_state",)}, LearnerError, "suits two_step, not bandit"),
        ({"learners": ()}, AnalysisError, "found neither"),
        ({"learners": ("q_learning", "q_learning")}, AnalysisError, "'q_learning' twice"),
        ({"networks": (0,)}, AnalysisError, "units: found 0"),
        ({"folds": 1}, AnalysisError, "folds: found 1, expected at least 2"),
        ({"method": "best"}, AnalysisError, "method: found 'best'"),
    ],
)
def test_wrong_settings_are_named(recording, options, error, text):
    with pytest.raises(error, match=text):
        fit(recording, **options)


def test_a_recording_that_does_not_say_its_task_is_refused(recording):
    with pytest.raises(MissingVariableError, match="does not say which task"):
        fit_recording(recording.drop_attrs(), learners=LEARNERS, networks=())
