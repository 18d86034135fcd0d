"""The reader of grackles, on small files of its making and on the published ones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.recording.catalogue.grackles import (
    CONTROL,
    GROUP_FILE,
    TRIAL_FILE,
    read_grackles,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording

EATEN = "Made correct choice, but did NOT eat the food"
COLUMNS = ["Date", "ID", "Reversal", "Session", "Trial", "OptionOnLeft", "CorrectChoice", EATEN]
# Two birds, their rows mixed as in the file; bird, reversal, session, trial, left, correct, mark.
TRIALS = [
    ("Zoé", "0", "1", "1", "r", "0", ""),
    ("Zoé", "0", "1", "2", "n", "1", ""),
    ("Ada", "0", "1", "1", "r", "1", "Yes"),
    ("Ada", "0", "1", "2", "n", "0", ""),
    ("Zoé", "0", "2", "3", "n", "-1", ""),
    ("Zoé", "0", "2", "3", "r", "1", ""),
    ("Zoé", "1", "1", "1", "r", "0", ""),
    ("Zoé", "1", "1", "2", "n", "1", "1/10 correct"),
    ("Zoé", CONTROL, "1", "1", "", "L", ""),
    ("Zoé", CONTROL, "1", "2", "", "R", "1"),
    ("Zoé", CONTROL, "1", "3", "", "-1", ""),
    ("Ada", "0", "-", "-", "", "-", ""),
]
GROUPS = [("1", "Zoé", "Control"), ("Pilot", "Ada", "Manipulation")]


def write(folder: Path, trials=TRIALS, groups=GROUPS, columns=COLUMNS) -> Path:
    with (folder / TRIAL_FILE).open("w", encoding="latin1", newline="") as file:
        csv.writer(file).writerows([columns, *(["1-Jan-20", *row] for row in trials)])
    with (folder / GROUP_FILE).open("w", encoding="latin1", newline="") as file:
        csv.writer(file).writerows([["Batch", "ID", "ExperimentalGroup"], *groups])
    return folder


def with_row(row: int, cell: int, value: str) -> list[tuple[str, ...]]:
    trials = [list(entry) for entry in TRIALS]
    trials[row][cell] = value
    return [tuple(entry) for entry in trials]


def refused(folder: Path, *parts: str, **tables) -> None:
    with pytest.raises(RecordingError) as caught:
        read_grackles(write(folder, **tables))
    for part in (*parts, "fetch_dataset('grackle_reversal')"):
        assert part in str(caught.value)


def test_every_variable(tmp_path):
    found = read_grackles(write(tmp_path))
    expected = {
        "subject": ["Ada", "Ada", "Zoé", "Zoé", "Zoé", "Zoé", "Zoé", "Zoé"],
        "session": [0, 0, 0, 0, 1, 1, 2, 2],
        "trial_in_session": [0, 1, 0, 1, 0, 1, 0, 1],
        # r: the rewarded tube is on the left; a wrong choice goes to the other side.
        "choice": [0, 0, 1, 1, -1, 0, 1, 1],
        "correct": [1, 0, 0, 1, -1, 1, 0, 1],
        "reward": [1, 0, 0, 1, 0, 1, 0, 1],
        "not_eaten": [1, 0, 0, 0, 0, 0, 0, 0],
        "invalid": [0, 0, 0, 0, 1, 0, 0, 0],
        "reversal_number": [0, 0, 0, 0, 0, 0, 1, 1],
        "reversal": [0, 0, 0, 0, 0, 0, 1, 0],
        "rewarded_option": [0, 0, 0, 0, 0, 0, 1, 1],
        "chosen_option": [0, 1, 1, 0, -1, 0, 0, 1],
        "option_on_left": [0, 1, 0, 1, 1, 0, 1, 0],
        "group": ["unlisted"] * 2 + ["control"] * 6,
        "control_trial": [0] * 8,
        "session_label": [1, 1, 1, 1, 2, 2, 1, 1],
        "trial_label": [1, 2, 1, 2, 3, 3, 1, 2],
    }
    assert {str(name) for name in found.variables} == set(expected)
    for name, values in expected.items():
        assert found[name].values.tolist() == values, name
    assert found.attrs["n_rows_left_out"] == 1
    assert found.attrs["n_control_trials_left_out"] == 3
    assert found["chosen_option"].attrs["flag_meanings"] == "none rewarded_first other"


def test_side_option_and_outcome_agree(tmp_path):
    found = read_grackles(write(tmp_path))
    made = found.isel(trial=found["choice"].values >= 0)
    on_chosen_side = np.where(
        made["choice"] == 0, made["option_on_left"], 1 - made["option_on_left"]
    )
    assert np.array_equal(on_chosen_side, made["chosen_option"])
    assert np.array_equal(made["chosen_option"] == made["rewarded_option"], made["correct"] == 1)


def test_control_trials_where_asked_for(tmp_path):
    found = read_grackles(write(tmp_path), control_trials=True)
    control = found.isel(trial=found["control_trial"].values == 1)
    assert found.sizes["trial"] == 11
    assert found.attrs["n_control_trials_left_out"] == 0
    assert control["choice"].values.tolist() == [0, 1, -1]
    assert control["reward"].values.tolist() == [1, 1, 0]
    assert control["not_eaten"].values.tolist() == [0, 1, 0]
    assert control["session"].values.tolist() == [3, 3, 3]
    for name in ("correct", "reversal_number", "rewarded_option", "chosen_option"):
        assert (control[name] == -1).all(), name
    assert not control["reversal"].any()


def test_paths_of_both_files_in_any_order(tmp_path):
    write(tmp_path)
    assert read_grackles([tmp_path / GROUP_FILE, tmp_path / TRIAL_FILE]).sizes["trial"] == 8
    with pytest.raises(RecordingError, match=rf"expected {GROUP_FILE} among them"):
        read_grackles([tmp_path / TRIAL_FILE])
    with pytest.raises(RecordingError, match="found one file, expected the folder that holds"):
        read_grackles(tmp_path / TRIAL_FILE)
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_grackles(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("row", "cell", "value", "line", "column", "expected"),
    [
        (1, 5, "2", 3, "CorrectChoice", "0, 1 or -1, and with yellow tubes L, R or -1"),
        (1, 5, "L", 3, "CorrectChoice", "0, 1 or -1"),
        (8, 5, "1", 10, "CorrectChoice", "with yellow tubes L, R or -1"),
        (1, 4, "x", 3, "OptionOnLeft", "r or n, or nothing where there was no choice"),
        (1, 4, "", 3, "OptionOnLeft", "r or n"),
        (1, 1, "zero", 3, "Reversal", "a whole number from 0"),
        (6, 1, "2", 8, "Reversal", "the same reversal as in the trial before, or the next"),
        (7, 1, "0", 9, "Reversal", "the same reversal as in the trial before, or the next"),
        (2, 1, "1", 4, "Reversal", "0 in the first trial of a bird"),
        (1, 2, "", 3, "Session", "a whole number from 1"),
        (1, 3, "2.5", 3, "Trial", "a whole number from 1"),
        (1, 0, " ", 3, "ID", "the name of a bird"),
        (1, 6, "maybe", 3, EATEN, "one of"),
        (11, 3, "7", 13, "Trial", "'-' where no trial was given"),
    ],
)
def test_odd_cells_are_named(tmp_path, row, cell, value, line, column, expected):
    where = f"{TRIAL_FILE}, line {line}, column {column!r}: found {value.strip()!r}"
    refused(tmp_path, where, expected, trials=with_row(row, cell, value))


def test_groups_that_disagree(tmp_path):
    groups = [("1", "Zoé", "Control"), ("1", "Zoé", "Manipulation")]
    refused(tmp_path, "the same group in every row of a bird", groups=groups)
    refused(tmp_path, "line 2", "found 'Wild'", groups=[("1", "Zoé", "Wild")])


def test_other_files(tmp_path):
    renamed = ["Bird" if name == "ID" else name for name in COLUMNS]
    refused(tmp_path, "no column 'ID'", columns=renamed)
    refused(tmp_path, "found 0 row(s)", trials=[])
    refused(tmp_path, "more or fewer cells", trials=[*TRIALS, ("Zoé", "1")])
    refused(tmp_path, "more or fewer cells", trials=[(*row, "surplus") for row in TRIALS])
    write(tmp_path)
    (tmp_path / GROUP_FILE).write_text("")
    with pytest.raises(RecordingError, match=rf"{GROUP_FILE}: cannot be read as CSV"):
        read_grackles(tmp_path)


def test_round_trip_to_disk(tmp_path):
    found = read_grackles(write(tmp_path), control_trials=True)
    save_recording(found, tmp_path / "birds.nc")
    with open_recording(tmp_path / "birds.nc") as back:
        xr.testing.assert_equal(back.load(), found)
        assert back.attrs["n_rows_left_out"] == 1


# The files themselves


@pytest.fixture(scope="module")
def table(grackle_folder) -> pd.DataFrame:
    """The file of trials by pandas, in the order of the recording."""
    table = pd.read_csv(
        grackle_folder / TRIAL_FILE, dtype=str, encoding="latin1", keep_default_na=False
    )
    return table[table["CorrectChoice"] != "-"].sort_values("ID", kind="stable")


@pytest.mark.real_data
def test_counts(grackle_recording, grackle_folder):
    everything = read_grackles(grackle_folder, control_trials=True)
    assert everything.sizes["trial"] + everything.attrs["n_rows_left_out"] == 12828
    assert grackle_recording.sizes["trial"] == 8256
    assert grackle_recording.attrs["n_control_trials_left_out"] == 4571
    assert np.unique(grackle_recording["subject"]).size == 29
    group = grackle_recording["group"].to_series().groupby(grackle_recording["subject"].values)
    assert group.nunique().max() == 1
    assert group.first().value_counts().to_dict() == {
        "manipulated": 10,
        "control": 12,
        "unlisted": 6,
        "none": 1,
    }
    names = ("subject", "session")
    sessions = zip(*(grackle_recording[name].values for name in names), strict=True)
    assert len(set(sessions)) == 1755


@pytest.mark.real_data
def test_every_choice(table, grackle_folder):
    found = read_grackles(grackle_folder, control_trials=True)
    assert found["subject"].values.tolist() == table["ID"].tolist()
    outcome = table["CorrectChoice"].to_numpy()
    control = table["Reversal"].to_numpy() == CONTROL
    assert np.array_equal(found["control_trial"], control)
    assert np.array_equal(found["correct"][~control], outcome[~control].astype(int))
    assert np.array_equal(found["choice"][outcome == "L"], np.zeros(2962))
    assert np.array_equal(found["choice"][outcome == "R"], np.ones(1058))
    left = table["OptionOnLeft"].to_numpy()
    for side, right_tube in ((0, "r"), (1, "n")):
        assert (found["choice"][~control & (outcome == "1") & (left == right_tube)] == side).all()
        assert (
            found["choice"][~control & (outcome == "0") & (left == right_tube)] == 1 - side
        ).all()


@pytest.mark.real_data
def test_rewards_agree_with_the_experimenters_own_count(table, grackle_folder):
    """Their column counts the rewards of the day before each trial."""
    reward = read_grackles(grackle_folder, control_trials=True)["reward"].values
    counted = pd.to_numeric(table["NumberRewardsFromPrevTrialsToday"], errors="coerce")
    day = [table["ID"], table["Date"]]
    gained = counted.groupby(day).shift(-1) - counted
    known = gained.notna().to_numpy()
    assert known.sum() > 9000
    assert (gained.to_numpy() == reward)[known].mean() > 0.98
    marked = (table[EATEN] != "").to_numpy() & known
    assert marked.sum() > 20
    assert (gained.to_numpy() == reward)[marked].mean() > 0.9
