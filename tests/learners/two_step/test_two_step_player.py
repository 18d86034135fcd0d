"""Learners of the two-step task as players, and what fits refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from pfc_analysis import learners
from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.learners import Learner, fraction
from pfc_analysis.learners.definition.learner_error import LearnerError


class Own(Learner):
    """Suits all tasks, because it names none."""

    memory = {"value": ()}
    alpha: float = fraction(0.5, "a rate")

    def start(memory, p):
        memory.value = 0

    def prefer(memory, p, preference):
        preference[:] = memory.value * p.alpha

    def update(memory, p, trial):
        memory.value += trial.reward


def test_a_player_prefers_what_the_likelihood_says(two_step_learner, make_trials):
    """Played trial by trial, and run along the same trials at once."""
    trials = make_trials((0.0, 0.4, 1.0), seed=4)
    fixed = {one.name: getattr(two_step_learner, one.name) for one in two_step_learner.settings()}
    likelihood = LearnerLikelihood(type(two_step_learner), trials, fixed)
    at = [one.unconstrain(getattr(two_step_learner, one.name)) for one in likelihood.free]
    expected = softmax(likelihood.preferences(np.array(at, float)), axis=1).reshape(4, 40, 2)
    records = trials.records.reshape(4, 40)
    state = two_step_learner.begin(4)
    for t in range(40):
        found = two_step_learner.choice_probability(state)
        np.testing.assert_allclose(found, expected[:, t], rtol=1e-9)
        seen = (records[name][:, t] for name in ("choice", "second_state", "reward"))
        two_step_learner.learn(state, *seen)


def test_learners_know_their_tasks(make_trials):
    found = learners.list_learners("two_step")
    assert {"hybrid", "latent_state", "model_free_chained", "reward_as_cue"} <= set(found)
    assert "q_learning" not in found
    with pytest.raises(LearnerError, match=r"learner QLearning suits bandit, .*, not two_step"):
        LearnerLikelihood(learners.QLearning, make_trials((0.0, 1.0)))
    LearnerLikelihood(Own, make_trials((0.0, 1.0)))


def test_fixed_names_and_values_are_checked(make_trials):
    trials = make_trials((0.0, 1.0))
    fitted = LearnerLikelihood(learners.ModelBased, trials, {"bias": 0.0, "initial_value": 0.0})
    assert [one.name for one in fitted.free] == ["alpha", "inverse_temperature", "perseveration"]
    with pytest.raises(LearnerError, match=r"fixed: ModelBased has no parameter 'beta'; it has al"):
        LearnerLikelihood(learners.ModelBased, trials, {"beta": 1.0})
    with pytest.raises(LearnerError, match=r"ModelBased.common_probability: found 1.2"):
        LearnerLikelihood(learners.ModelBased, trials, {"common_probability": 1.2})
    with pytest.raises(LearnerError, match=r"all parameters of Own are given; none to fit"):
        LearnerLikelihood(Own, trials, {"alpha": 1.0})
