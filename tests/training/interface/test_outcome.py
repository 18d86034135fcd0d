"""Outcomes of batches: the loss by its formula, and means over steps by counting."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.interface.outcome import LossCosts, join_outcomes, make_outcome


def test_total_loss_is_its_formula():
    costs = LossCosts(discount=0.9, value_cost=0.3, entropy_cost=0.07, rpe_gain=0.5)
    assert costs.total(2.0, 3.0, 4.0) == pytest.approx(0.5 * (2.0 + 0.3 * 3.0) - 0.07 * 4.0)
    assert LossCosts(0.9, 0.3, 0.07).rpe_gain == 1.0


@pytest.mark.parametrize(("name", "invalid"), [("two_step", 3.0), ("harlow_symbolic", 0.0)])
def test_negative_rewards_are_invalid_responses_only_if_the_task_says_so(name, invalid):
    outcome = make_outcome(find_task(name)(), (40, 7), (5.0, 3.0), (0.1, 0.2, 0.3))
    assert (outcome.steps, outcome.trials, outcome.reward) == (40, 7, 5.0)
    assert outcome.invalid == invalid
    assert (outcome.loss, outcome.value_loss, outcome.entropy) == (0.1, 0.2, 0.3)


def test_joined_outcomes_are_those_of_all_steps_together():
    """Three parts with a loss at each step: their means, weighted by steps, are the mean of all."""
    rng, task = np.random.default_rng(0), find_task("two_step")()
    losses = [rng.normal(size=(3, n)) for n in (5, 1, 11)]
    parts = [make_outcome(task, (s.shape[1], 2), (1.0, 1.0), s.mean(1).tolist()) for s in losses]
    joined = join_outcomes(parts)
    assert (joined.steps, joined.trials, joined.reward, joined.invalid) == (17, 6, 3.0, 3.0)
    expected = np.concatenate(losses, axis=1).mean(1)
    assert [joined.loss, joined.value_loss, joined.entropy] == pytest.approx(expected.tolist())
