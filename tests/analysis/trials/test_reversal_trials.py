"""Trials around reversals, against hand-sorted sessions and a loop over trials."""

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.trials.reversal_trials import KINDS, classify_reversal_trials

NO = -1
BEFORE, REVERSAL, EXPERIENCED, INFERRED = range(4)


def session(make_recording, side, cue, broken=(), **others):
    side, cue = np.array(side), np.array(cue)
    reward = (side == cue).astype(float)
    choice = cue.copy()
    choice[list(broken)], reward[list(broken)] = -1, -1.0
    nothing = np.full(side.size, -1)
    return make_recording(choice, reward, nothing, cue=cue, rewarded_side=side, **others)


def kinds(recording, **settings):
    return classify_reversal_trials(recording, **settings)["kind"].values.tolist()


def test_a_session_sorted_by_hand(make_recording):
    side = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    cue_ = [0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0]
    recording = session(make_recording, side, cue_)
    found = classify_reversal_trials(recording)
    expected = [NO] * 14
    expected[3] = expected[8] = BEFORE  # trial 11 has only two of its block before it
    expected[4] = expected[9] = expected[12] = REVERSAL
    expected[5] = EXPERIENCED
    expected[10] = expected[13] = INFERRED
    assert found["kind"].values.tolist() == expected
    since = [0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 0, 1]
    assert found["trials_since_reversal"].values.tolist() == since
    assert np.array_equal(found["pays_now"], np.equal(side, cue_))
    assert found["kind"].attrs["labels"] == list(KINDS)
    counts = {name: found.attrs[f"n_{name}"] for name in KINDS}
    assert counts == {"before": 2, "reversal": 3, "experienced": 1, "inferred": 2}


def test_min_trials_since_is_a_threshold(make_recording):
    recording = session(make_recording, [0, 0, 0, 1, 1], [0, 0, 0, 0, 0])
    assert kinds(recording, min_trials_since=2) == [NO, NO, BEFORE, REVERSAL, EXPERIENCED]
    assert kinds(recording, min_trials_since=3) == [NO, NO, NO, REVERSAL, EXPERIENCED]


def test_reversals_are_not_seen_across_sessions_and_subjects(make_recording):
    recording = session(
        make_recording,
        [0, 0, 1, 1, 0, 0, 0, 1],
        [0] * 8,
        session=[0, 0, 1, 1, 1, 1, 1, 1],
        subject=["a"] * 4 + ["b"] * 4,
    )
    assert kinds(recording) == [NO] * 7 + [REVERSAL]


def test_the_first_valid_trial_shows_the_reversal(make_recording):
    recording = session(make_recording, [0, 0, 1, 1, 1, 1], [0, 0, 1, 0, 1, 1], broken=[2])
    assert kinds(recording) == [NO, NO, NO, REVERSAL, INFERRED, NO]


def test_a_broken_trial_after_trial_n_leaves_it_without_a_successor(make_recording):
    recording = session(make_recording, [0, 0, 1, 1, 1], [0, 0, 1, 1, 1], broken=[3])
    assert kinds(recording) == [NO, NO, REVERSAL, NO, NO]


def test_a_gap_in_the_file_does_too(make_recording):
    recording = session(
        make_recording, [0, 0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 0, 1], position=[0, 1, 2, 3, 4, 6, 7]
    )
    assert kinds(recording) == [NO, NO, NO, BEFORE, REVERSAL, NO, NO]


def test_a_second_reversal_at_once_leaves_trial_n_plus_1_out(make_recording):
    recording = session(make_recording, [0, 0, 1, 0, 0], [0, 0, 1, 1, 0])
    assert kinds(recording) == [NO, NO, REVERSAL, REVERSAL, INFERRED]


@pytest.mark.parametrize("invalid", [0.0, 0.15])
def test_a_loop_over_trials_sorts_alike(play_reversals, invalid):
    recording = play_reversals(60, seed=3, shortest=1, hazard=0.2, invalid=invalid)
    side, cue, valid = (
        recording[name].values.reshape(60, 20) for name in ("rewarded_side", "cue", "choice")
    )
    expected = np.full((60, 20), NO)
    for s in range(60):
        age, reversed_, seen = 0, False, False
        for t in range(20):
            if t and side[s, t] != side[s, t - 1]:
                age, reversed_, seen = 0, True, False
            elif t:
                age += 1
            if valid[s, t] < 0:
                continue
            ends = t < 19 and side[s, t + 1] != side[s, t]
            if reversed_ and not seen:
                expected[s, t] = REVERSAL
            elif t and expected[s, t - 1] == REVERSAL and side[s, t] == side[s, t - 1]:
                expected[s, t] = EXPERIENCED if cue[s, t] == cue[s, t - 1] else INFERRED
            elif ends and age >= 3:
                expected[s, t] = BEFORE
            seen = True
    assert set(expected.ravel()) == {-1, 0, 1, 2, 3}
    assert kinds(recording) == expected.ravel().tolist()


def test_reward_must_follow_from_cue_and_side(make_recording):
    recording = session(make_recording, [0, 0, 1, 1], [0, 0, 1, 1])
    recording["reward"][1] = 0.0
    with pytest.raises(AnalysisError, match=r"reward: found 0.0 at trial 1 .*must show"):
        classify_reversal_trials(recording)


@pytest.mark.parametrize("name", ["cue", "rewarded_side"])
def test_what_is_missing_or_wrong_is_named(make_recording, name):
    recording = session(make_recording, [0, 0, 1, 1], [0, 0, 1, 1])
    with pytest.raises(MissingVariableError, match=f"{name}: the recording has no such"):
        classify_reversal_trials(recording.drop_vars(name))
    recording[name][2] = 5
    with pytest.raises(AnalysisError, match=f"{name}: found 5 at trial 2"):
        classify_reversal_trials(recording)


def test_without_a_reversal_there_is_nothing_to_sort(make_recording):
    with pytest.raises(EmptySelectionError, match=r"rewarded_side: found no valid trial after"):
        classify_reversal_trials(session(make_recording, [1] * 6, [0] * 6))


def test_before_and_after_must_not_meet(make_recording):
    with pytest.raises(AnalysisError, match="min_trials_since: found 1, expected at least 2"):
        classify_reversal_trials(session(make_recording, [0, 1], [0, 0]), min_trials_since=1)
