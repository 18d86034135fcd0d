"""TD learning in conditioning, against formulas and a learner written out step by step."""

import re

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.signals.td_conditioning import (
    ConditioningSession,
    TDConditioning,
    simulate_conditioning,
)

STEP = 0.25
OLD, NEW, END = 12, 36, 8  # bins of reward at 3 s and 9 s, and of the end of a cue of 2 s
GAMMA = 0.9**STEP
BEFORE = ConditioningSession(-1, 3000, reward_delay=3.0, cue_duration=2.0)
AFTER = ConditioningSession(0, 40, reward_delay=9.0, cue_duration=8.0)


def run(sessions, **settings):
    learner = TDConditioning(**({"discount": 0.9} | settings))
    return simulate_conditioning(learner, sessions, STEP, (-1.0, 10.0))


def from_cue(result, name):
    return result[name].sel(time=slice(0, None)).values


@pytest.mark.parametrize("trace_decay", [0.0, 0.9, 1.0])
def test_values_converge_to_discounted_reward(trace_decay):
    result = run([BEFORE], trace_decay=trace_decay)
    last = from_cue(result, "value")[-1]
    np.testing.assert_allclose(last[:OLD], GAMMA ** np.arange(OLD - 1, -1, -1), atol=1e-6)
    np.testing.assert_allclose(last[OLD:], 0.0, atol=1e-12)


def test_trained_it_answers_to_the_cue_alone():
    result = run([BEFORE])
    error = result["prediction_error"].isel(trial=-1)
    assert error.sel(time=0).item() == pytest.approx(GAMMA**OLD)  # 0.9 ** 3 s
    assert pytest.approx(0.9**3) == GAMMA**OLD
    np.testing.assert_allclose(error.where(error["time"] != 0, 0.0), 0.0, atol=1e-6)


def test_first_trial_after_the_move():
    """A dip as deep as the value that was lost, a burst at the new time, the cue as before."""
    result = run([BEFORE, AFTER])
    first = from_cue(result, "prediction_error")[BEFORE.n_trials]
    lost = from_cue(result, "value")[BEFORE.n_trials - 1, OLD - 1]
    assert lost == pytest.approx(1.0, abs=1e-6)
    expected = np.zeros(first.size)
    expected[[0, OLD, NEW]] = GAMMA**OLD, -lost, 1.0
    np.testing.assert_allclose(first, expected, atol=1e-6)


def test_dip_wears_off_as_the_learning_rate_says():
    result = run([BEFORE, AFTER], trace_decay=0.0, learning_rate=0.15)
    dips = from_cue(result, "prediction_error")[BEFORE.n_trials :, OLD]
    # The bin before is the only one that learns from it; the new reward is 24 bins away.
    np.testing.assert_allclose(dips[:20], -(0.85 ** np.arange(20)), atol=1e-6)


def test_reward_response_wears_off_likewise():
    result = run([BEFORE], trace_decay=0.0, learning_rate=0.2)
    bursts = from_cue(result, "prediction_error")[:30, OLD]
    np.testing.assert_allclose(bursts, 0.8 ** np.arange(30))


def test_after_one_trial_a_full_trace_has_taught_every_bin():
    result = run([ConditioningSession(-1, 2, 3.0, 2.0)], trace_decay=1.0, learning_rate=0.3)
    value = from_cue(result, "value")
    np.testing.assert_allclose(value[0], 0.0)
    np.testing.assert_allclose(value[1, :OLD], 0.3 * GAMMA ** np.arange(OLD - 1, -1, -1))


def test_end_of_the_cue_shares_the_value_and_the_dip():
    """Elements of the onset and of the end learn alike while both are active, so half is left to
    the onset: without the end at 2 s, half the dip comes there and half at the old time."""
    settings = {"trace_decay": 0.0, "learning_rate": 0.1, "offset_elements": True}
    result = run([BEFORE, AFTER], **settings)
    last = from_cue(result, "value")[BEFORE.n_trials - 1]
    np.testing.assert_allclose(last[:OLD], GAMMA ** np.arange(OLD - 1, -1, -1), atol=1e-6)
    first = from_cue(result, "prediction_error")[BEFORE.n_trials]
    assert first[END] == pytest.approx(-last[END - 1] / 2, abs=1e-6)
    assert first[OLD] == pytest.approx(-0.5, abs=1e-6)
    # What began with the end of the cue predicts reward 1 s later, so there is a surge at 8 s, and
    # at 9 s half the reward is unexpected.
    assert first[32] == pytest.approx(GAMMA * last[END] / 2, abs=1e-6)
    assert first[NEW] == pytest.approx(0.5, abs=1e-6)


def by_hand(sessions, learning_rate, discount, trace_decay, offset_elements):
    """TD(lambda) one bin after the other, weights changed at once."""
    gamma, n_bins = discount**STEP, 41
    weights, errors = np.zeros(2 * n_bins), []
    for session in sessions:
        end, due = round(session.cue_duration / STEP), round(session.reward_delay / STEP)
        for _ in range(session.n_trials):
            trace, before, value_before = np.zeros(2 * n_bins), np.zeros(2 * n_bins), 0.0
            for t in range(n_bins):
                features = np.zeros(2 * n_bins)
                features[t] = 1.0
                if offset_elements and t >= end:
                    features[n_bins + t - end] = 1.0
                value = features @ weights
                error = float(t == due) * session.reward + gamma * value - value_before
                trace = gamma * trace_decay * trace + before
                weights = weights + learning_rate * error * trace
                before, value_before = features, features @ weights
                errors.append(error)
    return np.reshape(errors, (-1, n_bins))


@pytest.mark.parametrize("offset_elements", [False, True])
def test_equals_a_learner_written_out(offset_elements):
    sessions = [
        ConditioningSession(-1, 30, 3.0, 2.0, reward=2.0),
        ConditioningSession(0, 20, 9.0, 8.0),
    ]
    settings = {"learning_rate": 0.3, "discount": 0.8, "trace_decay": 0.7}
    found = run(sessions, **settings, offset_elements=offset_elements)
    expected = by_hand(sessions, **settings, offset_elements=offset_elements)
    np.testing.assert_allclose(from_cue(found, "prediction_error"), expected, atol=1e-12)


def test_coordinates():
    result = run([ConditioningSession(-1, 2, 3.0, 2.0), ConditioningSession(0, 1, 9.1, 8.0)])
    assert result["session_label"].values.tolist() == [-1, -1, 0]
    assert result["session"].values.tolist() == [0, 0, 1]
    assert result["trial_in_session"].values.tolist() == [0, 1, 0]
    assert result["reward_delay"].values.tolist() == [3.0, 3.0, 9.0]
    assert result["time"].values[[0, 4, -1]].tolist() == [-1.0, 0.0, 10.0]
    assert (result["prediction_error"].sel(time=slice(-1, -0.25)) == 0).all()
    short = simulate_conditioning(
        TDConditioning(), [ConditioningSession(0, 1, 9.0, 8.0)], STEP, (-1.0, 5.0)
    )
    assert short["time"].values[-1] == 5.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TDConditioning(learning_rate=1.5), "TDConditioning.learning_rate: found 1.5, ex"),
        (lambda: TDConditioning(trace_decay=-0.1), "TDConditioning.trace_decay: found -0.1, exp"),
        (lambda: TDConditioning(discount=np.nan), "TDConditioning.discount: found nan, expected"),
        (lambda: ConditioningSession(0, 0, 3.0, 2.0), "ConditioningSession.n_trials: found 0, exp"),
        (lambda: ConditioningSession(0, 1, -3.0, 2.0), "ConditioningSession.reward_delay: found -"),
        (lambda: run([]), "sessions: found none, expected one or more"),
        (
            lambda: simulate_conditioning(TDConditioning(), [BEFORE], 2.5, (0.0, 5.0)),
            "step: found 2.5 s, expected above 0 and at most 2 s, the shortest delay or cue",
        ),
    ],
)
def test_settings_that_are_wrong(call, message):
    with pytest.raises(AnalysisError, match=re.escape(message)):
        call()
