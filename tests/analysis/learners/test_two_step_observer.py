"""The ideal observer of the two-step task: exact belief, and always the better choice."""

import numpy as np
import pytest

from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.learners import LatentState, ModelBased
from pfc_analysis.learners.definition.learner_error import LearnerError


def learn(learner, *trials):
    """Run trials (choice, second state, reward) of one session; return its memory."""
    state = learner.begin(1)
    for choice, second, reward in trials:
        learner.learn(state, np.array([choice]), np.array([second]), np.array([reward]))
    return state


def test_it_takes_the_better_choice_and_others_lapse():
    lapsing = LatentState(inverse_temperature=1e6, lapse=0.376)
    for learner, chance in ((lapsing, [0.188, 0.812]), (IdealObserver(), [0.0, 1.0])):
        state = learn(learner, (0, 1, 1.0))  # state 1 pays; choice 1 commonly leads there
        np.testing.assert_allclose(learner.choice_probability(state), [chance], atol=1e-15)
    # .9 * .975 + .1 * .025 after one reward
    np.testing.assert_allclose(state.memory["belief"].real, [0.88])
    # A tie, after a state that pays has changed with equal evidence for both.
    state = learn(IdealObserver(reversal_probability=0.0), (0, 1, 1.0), (0, 0, 1.0))
    np.testing.assert_allclose(IdealObserver().choice_probability(state), [[0.5, 0.5]], atol=1e-9)


def test_it_earns_what_the_best_player_earns(play):
    # Independent simulation: .707 per trial (planning learner .657); its sessions were longer.
    for learner, expected in ((IdealObserver(), 0.706), (ModelBased(0.5, 5.0), 0.657)):
        earned = play(learner, 800, 100, seed=3)["reward"].mean()
        assert earned == pytest.approx(expected, abs=0.01)


def test_settings_out_of_range():
    with pytest.raises(LearnerError, match=r"IdealObserver.common_probability: found 0.4, exp"):
        IdealObserver(common_probability=0.4)
    with pytest.raises(LearnerError, match=r"IdealObserver.better_pays: found 1.0, expected a fin"):
        IdealObserver(better_pays=1.0)
