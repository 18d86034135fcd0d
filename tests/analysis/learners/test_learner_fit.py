import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learners.inference_learners import LatentState
from pfc_analysis.analysis.learners.learner_fit import fit_learner
from pfc_analysis.analysis.learners.learner_replay import run_learner
from pfc_analysis.analysis.learners.two_step_learners import (
    ModelBased,
    ModelFreeChained,
    ModelFreeDirect,
)


@pytest.mark.parametrize(
    ("truth", "names"),
    [
        (ModelBased(0.4, 4.0), ["alpha", "inverse_temperature"]),
        (ModelFreeDirect(0.25, 3.0), ["alpha", "inverse_temperature"]),
        (ModelFreeChained(0.5, 4.0, 0.6), ["alpha", "inverse_temperature", "eligibility"]),
    ],
)
def test_parameters_are_recovered(play, truth, names):
    recording = play(truth, 150, 60, seed=1)
    result = fit_learner(type(truth), recording).sel(subject="one")
    assert result["parameter"].values.tolist() == names
    expected = np.array([getattr(truth, name) for name in names])
    error = result["standard_error"].values
    assert (np.abs(result["estimate"].values - expected) < 3 * error).all()
    assert (error < 0.15 * expected).all()
    at_truth = run_learner(truth, recording)["log_likelihood"].item()
    # Twice the gain over the truth is chi-squared with as many degrees as parameters.
    assert 0 <= result["log_likelihood"].item() - at_truth < 9
    assert result["at_bound"].sum() == 0
    assert result["n_trials"].item() == 9000


def test_estimates_are_unbiased_and_intervals_cover(play):
    truth = ModelBased(0.4, 4.0)
    parts = [play(truth, 25, 40, seed=100 + i, subject=f"r{i:02}") for i in range(12)]
    result = fit_learner(ModelBased, xr.concat(parts, "trial"))
    expected = np.array([0.4, 4.0])
    z = (result["estimate"].values - expected) / result["standard_error"].values
    assert np.abs(z.mean(axis=0) * np.sqrt(12)).max() < 3  # no bias beyond chance
    assert z.std(axis=0).min() > 0.6
    assert z.std(axis=0).max() < 1.5
    covered = (result["lower"].values < expected) & (expected < result["upper"].values)
    assert covered.mean() >= 0.85


def test_lapse_is_recovered_and_steps_have_no_standard_error(play):
    recording = play(LatentState(0.0326, 0.188), 60, 50, seed=2)
    result = fit_learner(
        LatentState, recording, fixed={"reversal_probability": 0.0326}
    ).sel(subject="one", parameter="lapse")  # fmt: skip
    # A binomial proportion: its error is known.
    np.testing.assert_allclose(result["standard_error"], np.sqrt(0.188 * 0.812 / 3000), rtol=0.1)
    assert abs(result["estimate"] - 0.188) < 3 * result["standard_error"]


def test_same_data_same_estimates(play):
    recording = play(ModelBased(0.4, 4.0), 10, 40, seed=3)
    xr.testing.assert_identical(
        fit_learner(ModelBased, recording), fit_learner(ModelBased, recording)
    )


def test_fixed_parameters_stay(play):
    recording = play(ModelBased(0.4, 4.0), 20, 50, seed=4)
    result = fit_learner(ModelBased, recording, fixed={"alpha": 0.9})
    assert result["parameter"].values.tolist() == ["inverse_temperature"]
    assert result.attrs["fixed"] == ["alpha=0.9"]
    beta = result["estimate"].item()
    best = run_learner(ModelBased(0.9, beta), recording)["log_likelihood"].item()
    assert result["log_likelihood"].item() == pytest.approx(best)
    for other in (0.9 * beta, 1.1 * beta):
        assert run_learner(ModelBased(0.9, other), recording)["log_likelihood"].item() < best
    np.testing.assert_allclose(result["aic"], 2 - 2 * best)
    np.testing.assert_allclose(result["bic"], np.log(1000) - 2 * best)


def test_the_true_learner_fits_better(play):
    recording = play(ModelBased(0.4, 4.0), 40, 50, seed=5)
    planner, repeater = (
        fit_learner(kind, recording)["bic"].item() for kind in (ModelBased, ModelFreeDirect)
    )
    assert planner < repeater - 10


def test_an_estimate_at_the_edge_says_so(make_recording):
    # Always the unrewarded side: the best the planner can do is choose at random.
    recording = make_recording([0, 1] * 20, [0, 0] * 20, [1] * 40)
    result = fit_learner(ModelBased, recording, fixed={"alpha": 0.5}).isel(subject=0, parameter=0)
    assert result["at_bound"].item() == 1
    assert np.isnan(result["standard_error"])


def test_settings_that_cannot_be(make_recording):
    recording = make_recording([0, 1], [0, 1], [1, 1])
    with pytest.raises(AnalysisError, match="ModelBased has no parameter 'beta'; it has 'alpha'"):
        fit_learner(ModelBased, recording, fixed={"beta": 1.0})
    with pytest.raises(AnalysisError, match="all parameters are fixed, so there is nothing to fit"):
        fit_learner(ModelBased, recording, fixed={"alpha": 0.5, "inverse_temperature": 1.0})
    with pytest.raises(AnalysisError, match=r"bounds of alpha: found \(1.0, 0.0\), expected low <"):
        fit_learner(ModelBased, recording, bounds={"alpha": (1.0, 0.0)})
    with pytest.raises(EmptySelectionError, match="no trial is left to predict for subject 'one'"):
        fit_learner(ModelBased, make_recording([-1], [0], [-1]))
