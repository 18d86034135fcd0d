import numpy as np
import pytest

from pfc_analysis.analysis.choices.choice_prediction import predict_choice
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.errors import MissingVariableError


class KnownWeights:
    """Chooses by the regression's own model with one lag."""

    weights = 1.5, -0.8

    def begin(self, n_sessions):
        return {"odds": np.zeros(n_sessions)}

    def choice_probability(self, state):
        right = 1 / (1 + np.exp(-state["odds"]))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, reward):
        side = np.where(choice < 0, 0, 2 * choice - 1)
        state["odds"][:] = side * (self.weights[0] * reward + self.weights[1])


def test_predictions_are_those_of_the_chooser(play_baited):
    recording = play_baited(KnownWeights(), np.linspace(0, 0.5, 300), 100, seed=7, invalid=0.02)
    fit = fit_reward_history(recording, 2)
    other = play_baited(KnownWeights(), [0.1, 0.4], 50, seed=8, invalid=0.1)
    predicted = predict_choice(other, fit)
    choice = other["choice"].values.reshape(2, 50)
    reward = other["reward"].values.reshape(2, 50)
    learner = KnownWeights()
    state = learner.begin(2)
    for t in range(50):
        expected = np.where(choice[:, t] < 0, np.nan, learner.choice_probability(state)[:, 1])
        np.testing.assert_allclose(predicted.values.reshape(2, 50)[:, t], expected, atol=0.05)
        learner.learn(state, choice[:, t], reward[:, t])
    # The likelihood of the fit is that of its own predictions.
    own = predict_choice(recording, fit).values
    right = recording["choice"].values == 1
    total = np.nansum(np.log(np.where(right, own, 1 - own)))
    np.testing.assert_allclose(total, fit["log_likelihood"].item(), rtol=1e-10)
    with pytest.raises(MissingVariableError, match="no weights for 'one'; it has those of 'two'"):
        predict_choice(other, fit.assign_coords(subject=["two"]))
