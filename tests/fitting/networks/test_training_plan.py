import numpy as np
import pytest

from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.training_plan import PIECES, cut_sessions, plan_training
from pfc_analysis.fitting.selection.folds import assign_folds

from .simulated_trials import draw_trials


def plan_folds(n_sessions, n_folds, **settings):
    folds = assign_folds(n_sessions, n_folds)
    training = [folds != fold for fold in range(n_folds)]
    training.append(np.ones(n_sessions, dtype=bool))
    return training, plan_training(training, folds, NetworkSettings(units=1, **settings))


@pytest.mark.parametrize(("n_sessions", "n_folds"), [(10, 5), (11, 5), (7, 2), (4, 4), (3, 3)])
def test_no_network_sees_what_it_predicts_or_is_stopped_by(n_sessions, n_folds):
    training, plan = plan_folds(n_sessions, n_folds)
    assert len(plan.fits) == n_folds + 1
    for sessions, fit in zip(training, plan.fits, strict=True):
        assert np.array_equal(plan.trained[fit.whole], sessions)
        for part, held_out in zip(fit.parts, fit.held_out, strict=True):
            trained = plan.trained[part]
            assert held_out.any()
            assert trained.any()
            assert not (trained & held_out).any()
            assert np.array_equal(trained | held_out, sessions)


@pytest.mark.parametrize(("n_sessions", "n_folds"), [(10, 5), (7, 2)])
def test_every_session_is_held_out_once(n_sessions, n_folds):
    training, plan = plan_folds(n_sessions, n_folds)
    for sessions, fit in zip(training, plan.fits, strict=True):
        assert np.array_equal(fit.held_out.sum(axis=0), sessions.astype(int))


def test_networks_of_the_same_sessions_are_trained_once():
    """With five folds, ten pairs of folds, five single folds, and nothing is left out."""
    _, plan = plan_folds(10, 5)
    assert len(plan.trained) == 10 + 5 + 1
    assert len(np.unique(plan.trained, axis=0)) == len(plan.trained)


def test_given_validation_is_not_trained_on():
    validation = np.array([False, True, False, False])
    plan = plan_training([np.ones(4, dtype=bool)], None, NetworkSettings(units=1), validation)
    assert plan.trained.tolist() == [[True, False, True, True]]
    assert plan.fits[0].held_out.tolist() == [validation.tolist()]


def test_pieces_of_a_session_share_its_choices():
    trials = draw_trials([41, 30])
    pieces = cut_sessions(trials)
    assert pieces.n_sessions == 2 * PIECES
    for session in range(2):
        here = slice(trials.first[session], trials.first[session + 1])
        parts = []
        for k in range(session * PIECES, (session + 1) * PIECES):
            inside = slice(pieces.first[k], pieces.first[k + 1])
            assert np.array_equal(pieces.records["choice"][inside], trials.records["choice"][here])
            parts.append(pieces.records["predicted"][inside])
        assert np.array_equal(np.sum(parts, axis=0), trials.records["predicted"][here])
        counts = np.sum(parts, axis=1)
        assert counts.max() - counts.min() <= 1
