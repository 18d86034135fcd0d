from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.fitting.models.fit_all import Settings, fit_all
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.bandit import Bandit

NETWORKS = [NetworkSettings(units=n, starts=1, updates=15) for n in (1, 2)]
MODELS = [Model(one.name, one.name, network=one) for one in NETWORKS]
MODELS.append(Model("q_learning", "q_learning", learner=pfc.learners.QLearning))


@pytest.fixture(scope="module")
def trials():
    """The second subject has one session."""
    learner, task = pfc.learners.QLearning(inverse_temperature=4.0), Bandit(arms="independent")
    played = [
        pfc.simulate(learner, task, sessions=n, seed=n, subject=name)
        for name, n in {"several": 5, "single": 1}.items()
    ]
    return read_fit_trials(xr.concat(played, "trial", combine_attrs="override"), "bandit")


def fit(trials, models=MODELS, **settings):
    return fit_all(models, trials, Settings(starts=2, **settings), False)


def bytes_of(found):
    """All numbers of the fits, by subject and model."""
    networks = {
        key: b"".join(weights.tobytes() for weights in one.weights.values())
        for key, one in found.networks.items()
    }
    learners = {
        key: one.unconstrained.tobytes() + one.limits.tobytes()
        for key, one in found.learners.items()
    }
    held_out = {key: one.log_likelihood.tobytes() for key, one in found.held_out.items()}
    return networks, learners, held_out


def test_results_do_not_depend_on_the_number_of_workers(trials):
    one, three = (bytes_of(fit(trials, workers=n)) for n in (1, 3))
    assert one == three


def test_a_subject_with_one_session_has_fits_but_no_held_out_session(trials):
    found = fit(trials)
    assert set(found.networks) == {(s, one.name) for s in (0, 1) for one in NETWORKS}
    assert set(found.held_out) == {(0, model.name) for model in MODELS}
    assert "one session" in found.networks[1, "gru_1"].note


def test_a_subject_is_fitted_the_same_whoever_else_is_there(trials):
    alone = replace(trials.of_subject(1), subjects=("single",), subject=np.array([0]))
    together, found = bytes_of(fit(trials, MODELS[:1])), bytes_of(fit(alone, MODELS[:1]))
    assert found[0][0, "gru_1"] == together[0][1, "gru_1"]
