import numpy as np
import pytest

from pfc_analysis.analysis.choices.reward_waiting import (
    compute_choice_since_reward,
    compute_choice_since_visit,
    count_left_alone,
    count_since,
)
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver, SurePayoff
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials


def test_time_left_alone_is_what_the_task_counts(play_baited):
    recording = play_baited(BaitingObserver(), np.linspace(0, 0.5, 30), 50, seed=1, invalid=0.1)
    arms = read_arm_trials(recording)
    for arm in (0, 1):
        np.testing.assert_array_equal(
            count_left_alone(arms, arm), recording["trials_since_choice"].values[:, arm]
        )


def test_counts_by_hand(make_recording):
    recording = make_recording(
        [0, 1, -1, 1, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0, 1, 1],
        [1] * 8,
        session=[0] * 5 + [1] * 3,
        position=[0, 1, 2, 3, 4, 2, 3, 5],
    )
    arms = read_arm_trials(recording)
    paid = (arms.reward > 0) & (arms.trials.choice == 1)
    assert count_since(arms, paid).tolist() == [-1, -1, 1, 1, 2, -1, -1, -1]
    # In the second session the start and, later, a trial are missing.
    assert count_left_alone(arms, 0).tolist() == [0, 0, 1, 1, 2, -1, -1, -1]
    assert count_left_alone(arms, 1).tolist() == [0, 1, 0, 0, 0, -1, 0, -1]


def test_choice_since_reward_by_hand(make_recording):
    recording = make_recording([0, 1, 0, 0, 1, 1], [1, 0, 1, 0, 1, 0], [1] * 6)
    found = compute_choice_since_reward(recording, 3).squeeze()
    # Left paid 1, 2, 1, 2, 3 choices before trials 1 to 5, which chose it in trials 2 and 3.
    left = found.sel(arm="left")
    np.testing.assert_allclose(left["choice_probability"], [1 / 2, 1 / 2, 0])
    assert left["n_trials"].values.tolist() == [2, 2, 1]
    right = found.sel(arm="right")
    np.testing.assert_allclose(right["choice_probability"], [1, np.nan, np.nan])
    either = found.sel(arm="either")
    np.testing.assert_allclose(either["choice_probability"], [2 / 3, 1 / 2, 0])
    assert either["n_trials"].values.tolist() == [3, 2, 1]
    assert (either["lower"] <= either["choice_probability"]).all()
    assert (either["upper"] >= either["choice_probability"]).all()


def test_automatic_water_is_no_payment_and_forced_choices_pass_the_time(make_recording):
    flags = {"automatic_reward": [1, 0, 0, 0], "forced": [0, 0, 1, 0]}
    recording = make_recording([0, 1, 1, 1], [1, 1, 0, 0], [1] * 4, **flags)
    found = compute_choice_since_reward(recording, 2).squeeze()
    assert found["n_trials"].sel(arm="left").values.tolist() == [0, 0]
    assert found["n_trials"].sel(arm="right").values.tolist() == [0, 1]


def test_choice_since_visit_by_hand(make_recording):
    recording = make_recording([1, 1, 1, 0, 1, 1, 0], [0] * 7, [1] * 7)
    base = np.repeat([[0.1, 0.4]], 7, axis=0)
    found = compute_choice_since_visit(
        recording.assign(base_probability=(("trial", "arm"), base)), 3
    ).squeeze()
    # The lean left arm, alone for 1, 2, 3 choices (visited at 3), then for 1 and 2 (at 2).
    leaner = found.sel(other_arm="leaner")
    np.testing.assert_allclose(leaner["switch_probability"], [0, 1 / 2, 1])
    assert leaner["n_trials"].values.tolist() == [2, 2, 1]
    richer = found.sel(other_arm="richer")
    np.testing.assert_allclose(richer["switch_probability"], [1, np.nan, np.nan])
    assert found["n_trials"].sel(other_arm="any").values.tolist() == [3, 2, 1]
    plain = compute_choice_since_visit(recording, 3).squeeze()
    np.testing.assert_array_equal(
        plain["switch_probability"].sel(other_arm="any"),
        found["switch_probability"].sel(other_arm="any"),
    )
    assert plain["n_trials"].sel(other_arm=["richer", "leaner"]).sum() == 0


def test_one_who_knows_switches_when_the_other_arm_pays_more(play_baited):
    # Right pays 0.4; left, 0.1, more than that once it was left alone for 4 trials.
    recording = play_baited(SurePayoff(0.1), np.full(50, 0.1), 100, seed=2)
    found = compute_choice_since_visit(recording, 6).squeeze()
    leaner = found["switch_probability"].sel(other_arm="leaner").values
    np.testing.assert_array_equal(leaner[:4], [0, 0, 0, 1])
    richer = found["switch_probability"].sel(other_arm="richer").values
    assert richer[0] == 1


def test_random_choices_do_not_depend_on_time(make_recording):
    rng = np.random.default_rng(3)
    choice, reward = rng.integers(0, 2, (2, 20_000))
    session = np.repeat(np.arange(100), 200)
    recording = make_recording(choice, reward, choice * 0, session=session)
    for found, name in (
        (compute_choice_since_reward(recording, 6), "choice_probability"),
        (compute_choice_since_visit(recording, 6), "switch_probability"),
    ):
        known = found["n_trials"] > 0
        inside = ((found["lower"] <= 0.5) & (found["upper"] >= 0.5)).where(known)
        assert inside.mean() > 0.8
        assert abs(found[name].where(known) - 0.5).max() < 0.07


@pytest.mark.parametrize("compute", [compute_choice_since_reward, compute_choice_since_visit])
def test_what_cannot_be(make_recording, compute):
    with pytest.raises(AnalysisError, match=r"max_trials: found 1.5, expected a whole number"):
        compute(make_recording([0, 1], [1, 1], [1, 1]), 1.5)
    with pytest.raises(EmptySelectionError, match="no trial that counts after a"):
        compute(make_recording([0], [1], [1]))
