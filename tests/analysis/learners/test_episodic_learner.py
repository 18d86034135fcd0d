"""The learner of cued memories: its weights come back, and it reads the barcodes it is shown."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.episodic_learner import EpisodicLearner
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay
from pfc_analysis.analysis.memory.memory_indices import INDICES, fit_memory_indices
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep


def play(learner, sessions=200, seed=1, **settings):
    return pfc.simulate(
        learner, EpisodicTwoStep(**settings), sessions=sessions, seed=seed, subject="one"
    )


@pytest.mark.parametrize("name", INDICES)
def test_each_weight_comes_back_as_its_own_index_alone(name):
    fit = fit_memory_indices(play(EpisodicLearner(**{name: 2.0})))
    for index in INDICES:
        away = fit[index].item() - (2.0 if index == name else 0.0)
        assert abs(away) < 3.5 * fit[f"{index}_standard_error"].item(), index


def test_all_weights_at_once():
    weights = dict(zip(INDICES, (1.0, -0.5, 2.0, 0.5), strict=True))
    fit = fit_memory_indices(play(EpisodicLearner(**weights), sessions=400))
    for index, truth in weights.items():
        assert abs(fit[index].item() - truth) < 3.5 * fit[f"{index}_standard_error"].item(), index


def test_a_sure_memory_follows_the_cue_of_any_barcode():
    learner = EpisodicLearner(episodic_model_based=200.0, barcode_bits=7)
    stay = compute_cued_stay(play(learner, sessions=20, barcode_bits=7))
    found = stay["stay_probability"].sel(subject="one", reference="cued_trial")
    assert found.values.tolist() == [1, 0, 0, 1]
    last = stay["model_based_index"].sel(reference="last_trial_uncued").item()
    assert abs(last) < 0.2


def test_it_earns_more_on_cued_trials():
    """Going where the old trial paid earns 1 after its common transition; otherwise by chance."""
    played = play(EpisodicLearner(episodic_model_based=200.0), sessions=200)
    told = played["cued_trial"].values >= 0
    reward = played["reward"].values
    row = np.flatnonzero(told)
    old = row - (played["trial_in_session"] - played["cued_trial"]).values[row]
    paid = reward[old] == 1
    # Reaching the old state (.9) pays again, and the other state half of the time.
    for was_paid, expected in ((True, 0.9 + 0.1 * 0.5), (False, 0.9 * 0.5)):
        own = reward[row][paid == was_paid]
        assert abs(own.mean() - expected) < 4 * own.std() / np.sqrt(own.size)


def test_same_seed_same_choices():
    learner = EpisodicLearner(episodic_model_based=1.0)
    xr.testing.assert_identical(play(learner, 5, 3), play(learner, 5, 3))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 0.0}, "found alpha 0 and barcode_bits 10"),
        ({"alpha": 1.5}, "alpha"),
        ({"barcode_bits": 17}, "barcode_bits 17, expected alpha above 0 and 1 to 16 bits"),
        ({"episodic_model_free": np.inf}, "expected finite"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(AnalysisError, match=message):
        EpisodicLearner(**settings)


def test_barcodes_of_another_length_are_refused():
    with pytest.raises(AnalysisError, match="found barcodes of 8 bits in the task, expected 10"):
        play(EpisodicLearner(), 2, barcode_bits=8)
