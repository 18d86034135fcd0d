import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.reproduction.fits.own_policy import compute_policy_likelihood


@pytest.fixture(scope="module")
def agents():
    return pfc.record("two_step", sessions=100)


def test_own_policy_is_calibrated(agents):
    """The share of choices to the right is the mean of their probabilities, where these differ."""
    log_probability = compute_policy_likelihood(agents, "stage_1").values
    valid = agents["choice"].values >= 0
    assert (np.isfinite(log_probability) == valid).all()
    made, probability = agents["choice"].values[valid], np.exp(log_probability[valid])
    right = np.where(made == 1, probability, 1 - probability)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.6), (0.6, 0.9), (0.9, 1.0)):
        inside = (right >= low) & (right < high)
        expected, n = right[inside].mean(), inside.sum()
        error = np.sqrt(np.sum(right[inside] * (1 - right[inside]))) / n
        assert abs(made[inside].mean() - expected) < 4 * error


def test_another_step_predicts_worse(agents):
    at_choice, before = (
        compute_policy_likelihood(agents, step).mean() for step in ("stage_1", "fixation")
    )
    assert at_choice > before + 0.01
