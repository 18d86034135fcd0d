"""Stay probabilities relative to the last and to the cued trial, against counts and players."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.memory.cued_stay import compute_cued_stay

from .cued_tables import PLAYERS, play_cued


def test_counts_by_hand(make_recording):
    #                          0 CR  1 CU  2 UR  3 UU  4 cued 0: stays  5 cued 2: switches
    recording = make_recording([0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 1], [1, 1, 0, 0, 1, 1],
                               cued_trial=[-1, -1, -1, -1, 0, 2])  # fmt: skip
    result = compute_cued_stay(recording).sel(subject="one")
    assert result["previous"].values.tolist() == [
        "common_rewarded",
        "common_unrewarded",
        "uncommon_rewarded",
        "uncommon_unrewarded",
    ]
    stay = result["stay_probability"]
    # Without a cue: 1 repeats 0, 2 leaves 1, 3 repeats 2.
    np.testing.assert_array_equal(stay.sel(reference="last_trial_uncued"), [1, 0, 1, np.nan])
    # With one: 4 leaves 3 (uncommon unrewarded), 5 repeats 4 (common rewarded).
    np.testing.assert_array_equal(stay.sel(reference="last_trial_cued"), [1, np.nan, np.nan, 0])
    # 4 repeats its cued trial 0 (common rewarded), 5 leaves trial 2 (uncommon rewarded).
    np.testing.assert_array_equal(stay.sel(reference="cued_trial"), [1, np.nan, 0, np.nan])
    np.testing.assert_array_equal(result["n_trials"].sum("previous"), [3, 2, 2])
    assert result.attrs["n_trials_cued"] == 2


def test_counts_by_pandas():
    recording = play_cued(PLAYERS["episodic_model_based"], 30, seed=3)
    result = compute_cued_stay(recording)
    frame = recording.to_dataframe().reset_index()
    old = frame.set_index(["session", "trial_in_session"])
    told = frame[frame["cued_trial"] >= 0]
    rows = old.loc[list(zip(told["session"], told["cued_trial"], strict=True))]
    stays = (told["choice"].to_numpy() == rows["choice"].to_numpy()).astype(float)
    common = rows["common_transition"].to_numpy() == 1
    paid = rows["reward"].to_numpy() == 1
    found = result["stay_probability"].sel(subject="one", reference="cued_trial")
    for name, picked in {
        "common_rewarded": common & paid,
        "common_unrewarded": common & ~paid,
        "uncommon_rewarded": ~common & paid,
        "uncommon_unrewarded": ~common & ~paid,
    }.items():
        assert found.sel(previous=name).item() == pytest.approx(stays[picked].mean(), rel=1e-12)


def test_without_cues_in_the_first_half_it_is_the_usual_analysis():
    recording = play_cued(PLAYERS["incremental_model_based"], 30, seed=4)
    first = recording.isel(trial=recording["trial_in_session"].values < 50)
    usual = compute_stay_probability(first)
    found = compute_cued_stay(recording).sel(reference="last_trial_uncued")
    for name in ("stay_probability", "lower", "upper", "n_trials", "model_based_index"):
        np.testing.assert_array_equal(found[name], usual[name])


@pytest.mark.parametrize("index", PLAYERS)
def test_each_player_shows_its_own_index_alone(index):
    result = compute_cued_stay(play_cued(PLAYERS[index], 120, seed=5)).sel(subject="one")
    system, kind = index.split("_", 1)
    for reference in ("last_trial_cued", "cued_trial"):
        for name in ("model_based", "model_free"):
            own = kind == name and (reference == "cued_trial") == (system == "episodic")
            value = result[f"{name}_index"].sel(reference=reference).item()
            # By the log-odds of 1.5 and -1.5: a difference of .82 and .18.
            assert value == pytest.approx(0.635 if own else 0.0, abs=0.06), (reference, name)


def test_a_cue_of_the_trial_before_is_left_out(make_recording):
    recording = make_recording([0, 0, 1, 1], [1, 0, 1, 0], [1] * 4, cued_trial=[-1, -1, 1, 0])
    result = compute_cued_stay(recording)
    assert result["n_trials"].sel(reference="cued_trial").sum() == 1
    assert result["n_trials"].sel(reference="last_trial_cued").sum() == 1
    assert result.attrs["n_trials_cued_trial_is_last"] == 1


def test_a_cued_trial_that_is_not_recorded_is_counted(make_recording):
    recording = make_recording([0, 0, 1, 1], [1, 0, 1, 0], [1] * 4, position=[0, 1, 3, 4],
                               cued_trial=[-1, -1, 0, 2])  # fmt: skip
    result = compute_cued_stay(recording)
    assert result["n_trials"].sel(reference="cued_trial").sum() == 1
    assert result.attrs["n_trials_cued_trial_not_recorded"] == 1


def test_invalid_and_forced_trials(make_recording):
    marks = {"forced": [1, 0, 0, 0, 0, 1], "cued_trial": [-1, -1, -1, 1, 0, 2]}
    recording = make_recording([0, -1, 0, 0, 0, 0], [1] * 6, [1, -1, 1, 1, 1, 1], **marks)
    kept = compute_cued_stay(recording)["n_trials"].sum("previous").sel(subject="one")
    # Trial 3 was cued with an invalid trial, trial 5 was forced: trial 4 is left.
    assert kept.sel(reference="cued_trial") == 1
    with pytest.raises(EmptySelectionError, match="no trial is left to compare with the cued"):
        compute_cued_stay(recording, forced_trials="drop")


@pytest.mark.parametrize(
    ("cued", "message"),
    [
        ([-1, -1, 2, 0], r"cued_trial: found 2 at trial_in_session 2 of subject 'one' \(1 such"),
        ([-1, -1, 0, 7], "cued_trial: found 7 at trial_in_session 3"),
        ([0, -1, 0, 0], "cued_trial: found 0 at trial_in_session 0"),
        ([-1, -2, 0, 0], "cued_trial: found -2 at trial_in_session 1"),
        ([-1, -1, 0.5, 0], "cued_trial: found 0.5 at trial_in_session 2"),
        ([-1, -1, np.nan, 0], "cued_trial: found nan at trial_in_session 2"),
    ],
)
def test_impossible_cues_are_refused(make_recording, cued, message):
    recording = make_recording([0, 0, 1, 1], [1] * 4, [1] * 4, cued_trial=cued)
    with pytest.raises(AnalysisError, match=message):
        compute_cued_stay(recording)


def test_recordings_without_cues_are_refused(make_recording):
    bare = make_recording([0, 0, 1], [1] * 3, [1] * 3)
    with pytest.raises(MissingVariableError, match="does not say which earlier trial was cued"):
        compute_cued_stay(bare)
    none = bare.assign(cued_trial=("trial", [-1] * 3))
    with pytest.raises(EmptySelectionError, match=r"found -1 \(no cue\) in all 3 trials"):
        compute_cued_stay(none)


def test_a_subject_without_uncued_pairs_has_no_such_stays(make_recording):
    recording = make_recording([0, 0, 0, 1], [1] * 4, [1] * 4, cued_trial=[-1, 0, 0, 1])
    result = compute_cued_stay(recording).sel(subject="one")
    uncued = result.sel(reference="last_trial_uncued")
    assert uncued["n_trials"].sum() == 0
    assert np.isnan(uncued["stay_probability"]).all()
    assert np.isnan(uncued["model_based_index"])
    # The first cue is that of the trial before. Then 2 repeats 0 and 3 leaves 1.
    found = result["stay_probability"].sel(reference="cued_trial", previous="common_rewarded")
    assert found.item() == 0.5


def test_cued_trials_that_were_not_recorded_leave_nothing():
    recording = play_cued(PLAYERS["episodic_model_based"], 10, seed=6)
    late = recording.isel(trial=recording["trial_in_session"].values >= 50)
    with pytest.raises(EmptySelectionError, match="no trial is left to compare with the cued"):
        compute_cued_stay(late)
