"""The filter against pyhgf, and its choices against a plain loop."""

import numpy as np
import pytest
from scipy.special import expit

from pfc_analysis.learners import HierarchicalGaussianFilter

OUTCOMES = "111111101111111001110001000001100000010011011111011111111011"

# Made by pyhgf 0.2.12 (jax 0.4.31, 64 bits), which is no dependency because it needs jax and pymc:
#   network = Network(update_type="standard").add_nodes(kind="binary-state")
#   for k, variance in ((0, omega_2), (1, omega_3)):
#       children = {"value_children" if k == 0 else "volatility_children": k}
#       start = {"mean": 0.0, "precision": 1.0, "tonic_volatility": variance}
#       network.add_nodes(kind="continuous-state", **children, node_parameters=start)
#   network.input_data(np.array([float(c) for c in OUTCOMES]))
#   network.node_trajectories[1]["mean"][trial - 1]  # and so on
# By trial (from 1): mean and precision of the second level, mean and precision of the third.
PYHGF = {
    (-3.0, -6.0): {
        1: (0.4157747858, 1.202574127, -0.001025236992, 0.9995795849),
        2: (0.7050534006, 1.374205445, -0.00326215744, 1.000687337),
        20: (1.297266654, 1.922337878, -0.01291726854, 1.020597554),
        25: (0.1461154353, 2.126022294, 0.004025859183, 1.013860914),
        40: (-1.019049493, 2.192964415, -0.007715104414, 1.059096725),
        60: (1.248746265, 2.081198298, -0.01304847333, 1.105443162),
    },
    (-1.0, -2.0): {
        1: (0.5096535629, 0.9810585786, -0.009481118853, 0.9209970673),
        2: (0.9017345795, 0.9571357094, -0.02992840404, 0.8619429713),
        20: (1.310940137, 0.842997795, -0.04981895518, 0.4463751729),
        25: (-0.5658026057, 0.9031862536, 0.04696204716, 0.4538336287),
        40: (-1.43965641, 0.7951789875, -0.05074246332, 0.4559193221),
        60: (1.632661639, 0.717327315, -0.06082656964, 0.4112215567),
    },
}


@pytest.mark.parametrize(("omegas", "expected"), PYHGF.items())
@pytest.mark.parametrize("coded_by", ["right", "left"])
def test_levels_are_those_of_pyhgf(omegas, expected, coded_by):
    """An outcome for the right arm is a paid choice of right, or an unpaid choice of left."""
    learner = HierarchicalGaussianFilter(tonic_volatility=omegas[0], meta_volatility=omegas[1])
    state = learner.begin(1)
    for trial, outcome in enumerate(map(int, OUTCOMES), start=1):
        right = coded_by == "right"
        learner.learn(state, [1 if right else 0], [float(outcome if right else 1 - outcome)])
        if trial in expected:
            names = ("mean_2", "precision_2", "mean_3", "precision_3")
            found = [state.memory[name][0].real for name in names]
            np.testing.assert_allclose(found, expected[trial], rtol=1e-8)


def plain_filter(p, n_arms):
    """Equations of Mathys et al. 2014 in their notation (w, r, sigma), with the two limits."""
    mu2, sigma2, mu3, pi3, last = 0.0, 1.0, 0.0, 1.0, 0

    def update(choice, _, rewarded):
        nonlocal mu2, sigma2, mu3, pi3, last
        s = expit(mu2)
        u = float((choice == 1) == rewarded)
        v = np.exp(min(mu3 + p.tonic_volatility, 10.0))
        before, old = sigma2, mu2
        sigma2 = 1 / (1 / (before + v) + s * (1 - s))
        mu2 = old + sigma2 * (u - s)
        w, r = v / (before + v), (v - before) / (before + v)
        delta = (sigma2 + (mu2 - old) ** 2) / (before + v) - 1
        predicted = 1 / (1 / pi3 + np.exp(p.meta_volatility))
        pi3 = max(predicted + 0.5 * w * (w + r * delta), 0.1 * predicted)
        mu3 += 0.5 * w * delta / pi3
        last = 1 if choice == 1 else -1

    def prefer():
        # The softmax of +-x / 2 is the logistic function of x.
        x = p.inverse_temperature * mu2 + p.stickiness * last
        return np.array([-x / 2, x / 2])

    return prefer, update


@pytest.mark.parametrize("omegas", [(-3.0, -6.0), (0.0, -1.0), (2.0, 1.0)])
def test_likelihood(omegas, make_trials, hold_to_plain):
    """The second and the third pair meet both limits; pyhgf ends in NaN with such parameters."""
    learner = HierarchicalGaussianFilter(*omegas, inverse_temperature=1.3, stickiness=0.4)
    hold_to_plain(learner, make_trials(length=100), plain_filter)
