"""The analyses on the rats of Miller, Botvinick & Brody, against independently computed values."""

import h5py
import numpy as np
import pytest

from pfc_analysis.analysis.choices.history_regression import fit_choice_history
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.choices.stay_regression import compute_stay_regression
from pfc_analysis.analysis.learners.learner_replay import run_learner
from pfc_analysis.learners import ModelBased
from pfc_analysis.recording.catalogue.public_data import find_dataset

pytestmark = pytest.mark.real_data


@pytest.fixture
def rat_m055(rat_recording):
    return rat_recording.isel(trial=rat_recording["subject"].values == "M055")


def test_stay_probability_of_one_rat(rat_m055):
    result = compute_stay_probability(rat_m055).sel(subject="M055")
    np.testing.assert_allclose(
        result["stay_probability"], [0.9588, 0.6051, 0.5278, 0.8550], atol=5e-5
    )
    assert result["n_trials"].values.tolist() == [6584, 3403, 864, 1579]
    assert (result["lower"] < result["stay_probability"]).all()
    assert (result["n_effective"] < result["n_trials"]).all()


def test_stay_probability_of_six_rats(rat_recording):
    result = compute_stay_probability(rat_recording)
    assert result.sizes["subject"] == 6
    np.testing.assert_allclose(
        result["stay_probability"].mean("subject"), [0.861, 0.459, 0.465, 0.863], atol=1e-3
    )
    assert (result["model_based_index_lower"] > 0.1).all()


def test_stay_probability_of_six_rats_to_the_digit(rat_recording):
    """The independent values let the 11 trials that end at port "v" count as history. They are
    violations, which this toolkit leaves out; put back, the means agree to every digit given."""
    sides, ports, common = ([], [], [])
    with h5py.File(find_dataset("rat_two_step")) as file:
        for reference in file["ratdatas"][:].ravel():
            rat = file[reference]
            sides.append(rat["sides1"][:].ravel())
            ports.append(rat["sides2"][:].ravel())
            common.append(rat["trans_common"][:].ravel())
    violation = np.concatenate(ports) == ord("v")
    assert violation.sum() == 11
    put_back = rat_recording.copy(deep=True)
    put_back["choice"][violation] = np.concatenate(sides)[violation] == ord("r")
    put_back["common_transition"][violation] = np.concatenate(common)[violation]
    put_back["invalid"][violation] = 0
    means = compute_stay_probability(put_back)["stay_probability"].mean("subject")
    assert means.values.round(3).tolist() == [0.861, 0.459, 0.465, 0.863]


def test_choice_history_of_one_rat(rat_m055):
    result = fit_choice_history(rat_m055, early_trials="zero").sel(subject="M055")
    expected = {
        "common_rewarded": [2.593, 0.617, 0.355, 0.036, 0.085],
        "common_unrewarded": [0.072, -0.013, 0.161, 0.201, 0.181],
        "uncommon_rewarded": [-0.300, 0.336, 0.213, 0.173, 0.370],
        "uncommon_unrewarded": [1.161, 0.512, 0.250, 0.183, 0.119],
    }
    for trial_type, values in expected.items():
        found = result["coefficient"].sel(trial_type=trial_type)
        np.testing.assert_allclose(found, values, atol=6e-4, err_msg=trial_type)
    assert result["intercept"].item() == pytest.approx(-0.046, abs=6e-4)
    assert result["log_likelihood"].item() == pytest.approx(-4385.02, abs=6e-3)
    assert result["planning_index"].item() == pytest.approx(4.519, abs=6e-4)
    assert result["model_free_index"].item() == pytest.approx(1.654, abs=6e-4)
    assert result["n_trials"].item() == 12445


def test_rats_plan_beyond_having_chosen_well(rat_recording):
    result = compute_stay_regression(rat_recording)
    several = result["n_sessions"] > 1
    lower = result["lower"].sel(predictor="transition_x_outcome")
    assert (lower[several] > 0).all()
    assert np.isnan(lower[~several]).all()


def test_either_map_of_ports_can_be_replayed(rat_recording):
    result = run_learner(ModelBased(0.5, 3.0), rat_recording)
    chance = result["n_trials"] * np.log(0.5)
    assert (result["log_likelihood"] > chance).all()
