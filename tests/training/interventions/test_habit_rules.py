"""Rules on a network and the habit beside it: either is silenced, or the habit is frozen."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks import find_task
from pfc_analysis.training.engine.habit.habit_engine import HabitEngine
from pfc_analysis.training.interventions.intervention import (
    Intervention,
    InterventionError,
    check_interventions,
    parse_intervention,
)
from pfc_analysis.training.interventions.intervention_hook import InterventionHook
from pfc_analysis.training.networks.feedback import REWARD
from pfc_analysis.training.networks.weights import draw_weights, sizes_of

TASK = find_task("two_step")(trials=10)
STEPS = ("fixation", "stage_1", "second_state")
SESSIONS = 30


def play(*rules):
    rng = np.random.default_rng(1)
    weights = draw_weights(sizes_of(TASK, 5, habit=True), rng)
    weights["policy_weight"] *= 20.0
    weights["habit"][:] = rng.normal(size=weights["habit"].shape)
    engine = HabitEngine(weights, TASK, SESSIONS, rate=0.1, weight=2.0)
    hook = InterventionHook(rules, TASK, REWARD, SESSIONS, 1, habit=True) if rules else None
    return engine.play(np.random.default_rng(3), hook), weights


def test_what_is_silenced_adds_nothing():
    for target, other in (("network", "habit"), ("habit", "network")):
        activity, _ = play(Intervention(target, STEPS, gain=0.0))
        active = activity.log.active
        assert np.abs(getattr(activity.habit, target)[active]).max() < 1e-5
        assert np.abs(getattr(activity.habit, other)[active]).max() > 1.0


def test_a_silenced_habit_goes_on_learning_and_a_frozen_one_does_not():
    silenced, weights = play(Intervention("habit", STEPS, gain=0.0))
    frozen, _ = play(Intervention("habit_rate", STEPS, gain=0.0))
    start = weights["habit"][:, :, None]
    assert np.abs(silenced.habit.table - start).max() > 0.1
    assert np.array_equal(frozen.habit.table, np.broadcast_to(start, frozen.habit.table.shape))


def test_a_rule_acts_at_its_moments_and_a_gain_multiplies():
    raised, weights = play(Intervention("habit", "stage_1", gain=3.0))
    at, log = raised.log.before["step"] == 1, raised.log
    first = log.active & (log.before["trial"] == 0)  # before the habit has learned
    for here, gain in ((first & at, 3.0), (first & ~at, 1.0)):
        own = weights["habit"][log.observation[here]]
        expected = 2.0 * gain * (own - own.mean(axis=-1, keepdims=True))
        np.testing.assert_allclose(raised.habit.habit[here], expected, rtol=1e-4, atol=1e-5)


def test_rules_that_never_hold_leave_every_byte():
    control, _ = play()
    rules = [Intervention(t, STEPS, {"trial_in_session": -5}, gain=0.0)
             for t in ("network", "habit", "habit_rate")]  # fmt: skip
    activity, _ = play(*rules)
    for name, array in control.arrays().items():
        assert np.array_equal(array, activity.arrays()[name]), name
    assert np.array_equal(control.habit.table, activity.habit.table)


def test_rules_that_do_not_fit_are_refused():
    with pytest.raises(InterventionError, match=r"habit: can be scaled by a gain of at least 0"):
        parse_intervention({"target": "habit", "at": "stage_1", "shift": 1.0}, "here")
    with pytest.raises(InterventionError, match=r"gain of at least 0"):
        parse_intervention({"target": "network", "at": "stage_1", "gain": -1.0}, "here")
    rule = Intervention("habit", "stage_1", gain=0.0)
    with pytest.raises(InterventionError, match=r"no habit learner stands beside this network"):
        check_interventions([rule], TASK, rpe_input=False)
