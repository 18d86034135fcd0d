"""Both monkey sets: what their READMEs say of them, and their bytes read in another way."""

import h5py
import numpy as np
import pytest
import scipy.io

from pfc_analysis.recording.catalogue.monkey_dlpfc import read_monkey_dlpfc
from pfc_analysis.recording.catalogue.public_data import (
    DATA_VARIABLE,
    DatasetError,
    fetch_dataset,
    find_dataset,
    load_dataset,
)
from pfc_analysis.recording.load import load
from pfc_analysis.recording.schema import RecordingError

pytestmark = pytest.mark.real_data


def folder_of(name):
    folder = find_dataset(name)
    if folder is None:
        pytest.skip(f"{name} is not on this machine")
    return folder


@pytest.fixture(scope="module")
def two_step():
    """Three sessions of monkey C."""
    folder_of("monkey_two_step")
    return load_dataset("monkey_two_step")


@pytest.fixture(scope="module")
def dlpfc():
    """A session each of monkeys V and W."""
    folder_of("monkey_dlpfc")
    return load_dataset("monkey_dlpfc")


# Two-step task with three rewards

AREAS = {
    0: {"ACC": 11, "DLPFC": 10, "Putamen": 7, "Caudate": 1},
    1: {"ACC": 15, "DLPFC": 15, "Putamen": 11, "Caudate": 4},
    2: {"ACC": 6, "DLPFC": 4, "Caudate": 7, "Putamen": 2},
}


def test_trials_units_and_areas_of_the_two_step_task(two_step):
    sessions, trials = np.unique(two_step["session"].values, return_counts=True)
    assert dict(zip(sessions, trials, strict=True)) == {0: 555, 1: 507, 2: 624}
    for session, areas in AREAS.items():
        own = two_step["area"].values[two_step["unit_session"].values == session]
        named, counts = np.unique(own, return_counts=True)
        assert dict(zip(named.tolist(), counts.tolist(), strict=True)) == areas
    assert two_step["forced"].sum() == 128
    assert two_step["second_choice_forced"].sum() == 130
    recorded = np.isfinite(two_step["spike_count"].isel(window=0).values)
    own = two_step["session"].values[:, None] == two_step["unit_session"].values
    np.testing.assert_array_equal(recorded, own)


def test_counts_are_those_of_a_histogram(two_step):
    """In whole microseconds, so that nothing is rounded; every second bin is a window."""
    with h5py.File(folder_of("monkey_two_step") / "Charlie_11.nwb") as file:
        outcome = np.rint(1e6 * file["intervals/trials/outcome_time"][()])
        ends = file["units/spike_times_index"][()]
        spikes = np.split(np.rint(1e6 * file["units/spike_times"][()]), ends[:-1])
    edges = np.stack([outcome + 600_000, outcome + 1_200_000], axis=1).ravel()
    edges = np.append(edges, 1e12)  # numpy's last bin holds its right edge
    wanted = np.stack([np.histogram(train, edges)[0][::2] for train in spikes], axis=1)
    counts = two_step["spike_count"].sel(window="outcome_late")
    part = counts.values[two_step["session"].values == 1][:, two_step["unit_session"].values == 1]
    np.testing.assert_array_equal(part, wanted)


def test_rewards_pictures_and_states(two_step):
    level = two_step["reward_level"].values
    np.testing.assert_array_equal(two_step["reward"].values, np.array([1, 0.5, 0])[level])
    assert two_step["reward_level"].attrs["labels"] == ["high", "medium", "low"]
    picture = two_step["second_choice"].values
    np.testing.assert_array_equal(two_step["second_state"].values, picture // 2)
    common = two_step["choice"].values == two_step["second_state"].values
    np.testing.assert_array_equal(two_step["common_transition"].values, common)
    paid = np.stack([two_step[f"level_{letter}"].values for letter in "cdef"], axis=1)
    np.testing.assert_array_equal(level, paid[np.arange(len(level)), picture])


def test_staying_is_that_of_this_monkey(two_step):
    """In three sessions as in all thirty, within the error of three."""
    choice, session = two_step["choice"].values, two_step["session"].values
    first = np.flatnonzero((session[1:] == session[:-1]) & (two_step["forced"].values[1:] == 0))
    stays = choice[first + 1] == choice[first]
    kind = 2 * two_step["reward_level"].values[first]
    kind += two_step["common_transition"].values[first] == 0
    share = np.array([stays[kind == one].mean() for one in range(6)])
    np.testing.assert_allclose(share, [0.863, 0.274, 0.486, 0.662, 0.420, 0.703], atol=0.1)


def test_files_are_known_by_their_bytes_and_by_their_preset(two_step):
    path = folder_of("monkey_two_step") / "Charlie_27.nwb"
    known = load(path)
    assert known.attrs["recognised_as"] == "monkey_two_step"
    by_preset = load(path, "monkey_two_step")
    counts = two_step["spike_count"].values
    own = counts[two_step["session"].values == 2][:, :, two_step["unit_session"].values == 2]
    for recording in (known, by_preset):
        np.testing.assert_array_equal(recording["spike_count"].values, own)


def test_which_choices_are_forced(two_step):
    """Where only one picture is offered, it is the better one in half of the trials.

    The better picture is the one whose level was higher when it was last seen.
    """
    better = {name: np.full(1686, np.nan) for name in ("choice", "second_choice")}
    picture, state = two_step["second_choice"].values, two_step["second_state"].values
    seen = np.full(4, np.nan)
    for trial, start in enumerate(two_step["trial_in_session"].values == 0):
        seen = np.full(4, np.nan) if start else seen
        best = seen.reshape(2, 2).max(axis=1)
        for name, offered, chosen in (
            ("choice", best, two_step["choice"].values[trial]),
            ("second_choice", seen[2 * state[trial] :][:2], picture[trial] % 2),
        ):
            if np.isfinite(offered).all() and offered[0] != offered[1]:
                better[name][trial] = offered[chosen] > offered[1 - chosen]
        seen[picture[trial]] = two_step["reward"].values[trial]
    first, second = (two_step[f"{name}forced"].values == 1 for name in ("", "second_choice_"))
    assert not (first & second).any()
    for name, forced in (("choice", first), ("second_choice", second)):
        own = better[name]
        assert np.nanmean(own[forced]) == pytest.approx(0.5, abs=0.12)
        assert np.nanmean(own[~forced]) > 0.72
    np.testing.assert_array_equal(two_step["Prob1hyb"].values == 1, first)


# What/where reversal


def raw(session):
    return scipy.io.loadmat(folder_of("monkey_dlpfc") / f"SPKcounts_{session}cue_MW_250X250ms.mat")


@pytest.mark.parametrize(
    ("monkey", "session", "trials", "units", "better", "reward"),
    [("V", "V20161017", 1956, 590, 0.746, 0.584), ("W", "W20160121", 1893, 669, 0.677, 0.572)],
)
def test_a_session_of_the_dlpfc(dlpfc, monkey, session, trials, units, better, reward):
    one = dlpfc.isel(
        trial=dlpfc["subject"].values == monkey, unit=dlpfc["unit_subject"].values == monkey
    )
    assert (one.sizes["trial"], one.sizes["unit"]) == (trials, units)
    assert one["correct"].mean().item() == pytest.approx(better, abs=1e-3)
    assert one["reward"].mean().item() == pytest.approx(reward, abs=1e-3)
    file = raw(session)
    np.testing.assert_array_equal(one["spike_count"].values, file["X"].transpose(1, 2, 0))
    starts = file["binSizeStart"][:, 1] / 1000
    np.testing.assert_array_equal(one["window_start"].values, starts)
    n_what = int((one["block_kind"].values == 0).sum())
    assert n_what == {"V": 960, "W": 933}[monkey]


def test_options_sides_and_payoffs(dlpfc):
    image, side = dlpfc["chosen_option"].values, dlpfc["choice"].values
    left = dlpfc["option_on_left"].values
    np.testing.assert_array_equal(np.where(side == 0, left, 1 - left), image)
    high = dlpfc["reward_probability"].values.argmax(axis=1)
    np.testing.assert_array_equal(dlpfc["correct"].values, high == side)
    rewarded = dlpfc["reward"].groupby(dlpfc["correct"]).mean().values
    np.testing.assert_allclose(rewarded, [0.3, 0.7], atol=0.03)


def test_the_block_that_contradicts_itself_has_no_kind(dlpfc):
    kind, block = dlpfc["block_kind"].values, dlpfc["block"].values
    doubtful = (dlpfc["subject"].values == "V") & (block == 24)
    np.testing.assert_array_equal(kind == -1, doubtful)
    assert set(dlpfc["block_completed"].values[doubtful]) == {0}
    assert any("block_kind: -1 in block 24 of V" in said for said in dlpfc.attrs["assumed"])


def test_each_other_block_has_one_reversal_where_it_is_marked(dlpfc):
    for (subject, block), rows in dlpfc.groupby(["subject", "block"]):
        if (subject, block) == ("V", 24):
            continue
        chosen = "chosen_option" if rows["block_kind"].values[0] == 0 else "choice"
        option = rows[chosen].values
        better = np.where(rows["correct"].values == 1, option, 1 - option)
        changes = np.flatnonzero(np.diff(better)) + 1
        assert changes.tolist() == np.flatnonzero(rows["reversal"].values).tolist()
        assert 30 <= rows["trial_in_block"].values[changes[0]] <= 49
        np.testing.assert_array_equal(rows["trial_in_block"].values, np.arange(option.size))


def test_another_matlab_file_is_refused(tmp_path):
    path = tmp_path / "other.mat"
    scipy.io.savemat(path, {"Y": np.ones((30, 13)), "X": np.ones((4, 30, 5))})
    with pytest.raises(RecordingError, match="entry monkey_dlpfc"):
        read_monkey_dlpfc(path)


def test_files_at_no_public_address_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    with pytest.raises(DatasetError) as caught:
        fetch_dataset("monkey_two_step", tmp_path)
    message = str(caught.value)
    assert (
        "Charlie_10.nwb is at no public address.\nTo get it: The files listed here were" in message
    )
    assert f"Put it at {tmp_path}/Charlie_10.nwb, or set PFC_ANALYSIS_DATA" in message
