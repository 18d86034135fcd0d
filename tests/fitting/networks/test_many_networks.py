from dataclasses import replace

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.many_networks import fit_many_networks
from pfc_analysis.fitting.networks.network_settings import NetworkSettings

from .simulated_trials import draw_trials

SETTINGS = [NetworkSettings(units=n, starts=1, updates=15) for n in (1, 2)]


def two_subjects():
    """The second subject has one session."""
    trials = draw_trials([40, 30, 35, 20, 25])
    return replace(trials, subjects=("a", "b"), subject=np.array([0, 0, 0, 0, 1]))


def test_results_do_not_depend_on_the_number_of_workers():
    one, three = (fit_many_networks(two_subjects(), SETTINGS, 5, 1, workers=n) for n in (1, 3))
    for a, b in zip(one, three, strict=True):
        assert a.subject == b.subject
        for name, weights in a.network.weights.items():
            assert weights.tobytes() == b.network.weights[name].tobytes()
        if a.held_out is not None:
            assert a.held_out.log_likelihood.tobytes() == b.held_out.log_likelihood.tobytes()


def test_order_and_the_limit_of_one_session():
    found = fit_many_networks(two_subjects(), SETTINGS, 5, 1)
    assert [one.subject for one in found] == ["a", "a", "b", "b"]
    assert [one.network.settings.units for one in found] == [1, 2, 1, 2]
    assert [one.held_out is None for one in found] == [False, False, True, True]
    assert "one session" in found[2].network.note


def test_a_subject_is_fitted_the_same_whoever_else_is_there():
    trials = two_subjects()
    alone = replace(trials.of_subject(1), subjects=("b",), subject=np.array([0]))
    (together,) = fit_many_networks(trials, SETTINGS[:1], 5, 1)[1:]
    (found,) = fit_many_networks(alone, SETTINGS[:1], 5, 1)
    assert np.array_equal(found.network.weights["input"], together.network.weights["input"])


def test_one_fold_is_refused():
    with pytest.raises(AnalysisError, match="n_folds: found 1, expected at least 2"):
        fit_many_networks(two_subjects(), SETTINGS, 1, 1)
