"""Any CSV of one row a trial, one column a sample."""

import csv
import re

import numpy as np
import pytest

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.traces.traces import (
    CarriedColumn,
    CodedColumn,
    TraceColumns,
    read_traces,
)

COLUMNS = TraceColumns(
    subject="id",
    session="day",
    trial="n",
    cue=CodedColumn("cs", {"CS+": 1, "CS-": 0, "none": "NA"}),
    reward={"CS+": 0.5, "CS-": 0.0},
    others={
        "lick_rate": CarriedColumn("licks", "licks in the first second", "1/s"),
        "box": CarriedColumn("rig", "where it was recorded"),
    },
)
HEADER = ["id", "day", "n", "cs", "licks", "rig", "dff.1", "dff.2", "dff.3"]
ROWS = [
    ["a", -1, 1, 1, 2, "x", 0.1, 0.2, 0.3],
    ["a", -1, 3, 0, "", "x", 1.1, 1.2, 1.3],
    ["a", 4, 1, "NA", 7, "y", 2.1, 2.2, 2.3],
    ["b", 0, 1, 1, 1.5, "y", "3.1e0", -3.2, 3.3],
]


@pytest.fixture
def write(tmp_path):
    def write_table(rows=ROWS, header=HEADER, name="traces.csv"):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write_table


def read(path, columns=COLUMNS, **settings):
    settings = {"rate": 10.0, "cue_sample": 2, "samples": "dff."} | settings
    return read_traces(path, columns, **settings)


def fault(path, columns=COLUMNS, **settings) -> str:
    with pytest.raises(RecordingError) as caught:
        read(path, columns, **settings)
    return str(caught.value)


def with_cell(row: int, column: str, value) -> list[list]:
    rows = [list(entry) for entry in ROWS]
    rows[row][HEADER.index(column)] = value
    return rows


def test_samples_and_their_times(write):
    recording = read(write())
    assert recording["photometry"].dims == ("trial", "time")
    expected = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3], [2.1, 2.2, 2.3], [3.1, -3.2, 3.3]]
    np.testing.assert_array_equal(recording["photometry"], expected)
    assert recording["time"].values.tolist() == [-0.1, 0.0, 0.1]
    assert recording["time"].attrs["units"] == "s"
    between = read(write(), cue_sample=1.25, rate=4.0)
    assert between["time"].values.tolist() == [-0.0625, 0.1875, 0.4375]


def test_samples_go_by_their_number_not_by_their_place(write):
    order = [0, 1, 2, 3, 4, 5, 8, 6, 7]
    path = write([[row[k] for k in order] for row in ROWS], [HEADER[k] for k in order])
    np.testing.assert_array_equal(read(path)["photometry"], read(write())["photometry"])
    many = [f"dff.{k}" for k in range(8, 13)]  # as text, 10 comes before 8
    path = write([["a", -1, 1, 1, 0, "x", 8, 9, 10, 11, 12]], HEADER[:6] + many, "many.csv")
    recording = read(path, cue_sample=8)
    assert recording["photometry"].values.tolist() == [[8, 9, 10, 11, 12]]
    np.testing.assert_allclose(recording["time"], np.arange(5) / 10)


def test_a_pattern_says_which_columns_are_samples(write):
    header = [re.sub(r"dff\.(\d)", r"t\1_dff", name) for name in HEADER]
    recording = read(write(header=header), samples=re.compile(r"t(\d+)_dff"))
    np.testing.assert_array_equal(recording["photometry"], read(write())["photometry"])


def test_sessions_are_counted_and_their_numbers_kept(write):
    recording = read(write())
    assert recording["session"].values.tolist() == [0, 0, 1, 0]
    assert recording["session_label"].values.tolist() == [-1, -1, 4, 0]
    assert recording["session_label"].attrs["long_name"]
    assert recording["trial_in_session"].values.tolist() == [0, 2, 0, 0]


def test_sessions_named_by_text_go_by_appearance(write):
    rows = [[row[0], day, *row[2:]] for row, day in zip(ROWS, "zzaa", strict=True)]
    recording = read(write(rows))
    assert recording["session"].values.tolist() == [0, 0, 1, 0]
    assert recording["session_label"].values.tolist() == ["z", "z", "a", "a"]


def test_without_columns_for_session_and_trial(write):
    columns = TraceColumns(subject="id", cue=COLUMNS.cue, reward=COLUMNS.reward)
    recording = read(write(), columns)
    assert recording["session"].values.tolist() == [0, 0, 0, 0]
    assert recording["trial_in_session"].values.tolist() == [0, 1, 2, 0]
    assert "session_label" not in recording


def test_cues_rewards_and_what_is_carried_over(write):
    recording = read(write())
    assert recording["cue"].values.tolist() == [0, 1, -1, 0]
    assert recording["cue"].attrs["labels"] == ["CS+", "CS-"]
    assert recording["reward"].values.tolist() == [0.5, 0.0, 0.0, 0.5]
    np.testing.assert_array_equal(recording["lick_rate"], [2.0, np.nan, 7.0, 1.5])
    assert recording["lick_rate"].attrs["units"] == "1/s"
    assert recording["box"].values.tolist() == ["x", "x", "y", "y"]
    assert "choice" not in recording


def test_choices_and_a_column_of_rewards(write):
    columns = TraceColumns(
        subject="id", reward="n", choice=CodedColumn("rig", {"left": "y", "right": ("x", "z")})
    )
    recording = read(write(), columns)
    assert recording["choice"].values.tolist() == [1, 1, 0, 0]
    assert recording["reward"].values.tolist() == [1.0, 3.0, 1.0, 1.0]


def test_a_trial_that_lacks_a_sample(write):
    for cell in ("", "NA", "nan", " NaN "):
        path = write(with_cell(1, "dff.2", cell))
        message = fault(path)
        assert "found 1 trial(s) of 4 that lack a sample, on line(s) 3, expected none" in message
        assert "Pass missing='drop'" in message
        dropped = read(path, missing="drop")
        assert dropped["photometry"].values[:, 0].tolist() == [0.1, 2.1, 3.1]
        assert dropped["subject"].values.tolist() == ["a", "a", "b"]
        assert dropped.attrs["left_out"] == "1 trial(s) of 4 that lack a sample, on line(s) 3"
    nothing = write([[*row[:6], "", 1, 2] for row in ROWS])
    assert "found 4 trial(s) of 4 that lack a sample" in fault(nothing, missing="drop")


def test_lines_are_those_of_the_file_after_trials_were_left_out(write):
    rows = with_cell(0, "dff.1", "")
    rows[3][HEADER.index("n")] = "x"
    assert "column 'n': found 'x' on line 5 (1 such value(s))" in fault(write(rows), missing="drop")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("dff.2", "lots", "column 'dff.2': found 'lots' on line 3 (1 such value(s)), expected a f"),
        ("dff.3", "inf", "column 'dff.3': found 'inf' on line 3 (1 such value(s)), expected a fin"),
        ("dff.3", "1,5", "column 'dff.3': found '1,5' on line 3 (1 such value(s)), expected a fin"),
        ("id", " ", "column 'id': found '' on line 3 (1 such value(s)), expected the name of an"),
        (
            "cs",
            2,
            "column 'cs': found '2' on line 3 (1 such value(s)), expected one of [1, 0, 'NA'",
        ),
        ("cs", "", "column 'cs': found '' on line 3 (1 such value(s)), expected one of [1, 0"),
        (
            "n",
            0,
            "column 'n': found '0' on line 3 (1 such value(s)), expected a whole number of at",
        ),
        ("n", 1.5, "column 'n': found '1.5' on line 3 (1 such value(s)), expected a whole number"),
        ("n", "", "column 'n': found '' on line 3 (1 such value(s)), expected a finite number"),
        ("day", "", "column 'day': found '' on line 3 (1 such value(s)), expected a finite number"),
    ],
)
def test_values_that_are_not_as_expected(write, column, value, message):
    path = write(with_cell(1, column, value))
    assert fault(path).startswith(f"{path}, {message}")


def test_a_trial_counted_twice(write):
    assert "trial_in_session: found 0 after 0 at trial 1 (subject a, session 0)" in fault(
        write(with_cell(1, "n", 1))
    )


def test_missing_columns(write):
    columns = TraceColumns(subject="ids", reward="n", cue=COLUMNS.cue)
    assert "no column 'ids' (did you mean 'id'?), the columns are id, day, n, cs, " in fault(
        write(), columns
    )
    assert "0 column(s) of samples match 'photometry" in fault(write(), samples="photometry.")
    gap = write(header=[*HEADER[:-1], "dff.4"])
    assert "after sample 2 comes sample 4, expected 3: samples are evenly spaced" in fault(gap)
    twice = write(header=[*HEADER[:-1], "dff.2"])
    assert "found two columns 'dff.2', expected each once" in fault(twice)


def test_other_files(tmp_path, write):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: no such file, expected a CSV file"):
        read(tmp_path / "none.csv")
    assert "found a folder, expected a CSV file" in fault(tmp_path)
    path = tmp_path / "other.csv"
    path.write_bytes(b"")
    assert f"{path}: found an empty file, expected a header and one row a trial" in fault(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    assert f"{path}: cannot be read as CSV (10 bytes; " in fault(path)
    assert "found a header and 0 rows, expected a header and one row" in fault(write(rows=[]))


def test_rows_of_unequal_length(write):
    path = write([ROWS[0], ROWS[1][:-1], *ROWS[2:]])
    assert fault(path) == (
        f"{path}, line 3: found 8 cells (1 row(s) of another length than the header), expected 9."
    )
    assert "line 4: found 10 cells (1 row(s)" in fault(write([*ROWS[:2], [*ROWS[2], 5.0]]))
    assert "line 2: found 10 cells (4 row(s)" in fault(write([[*row, 5.0] for row in ROWS]))


def test_blank_lines_and_quoted_line_ends_do_not_shift_lines(tmp_path):
    lines = [",".join(HEADER), "", 'a,-1,1,1,2,"x\ny",.1,.2,.3', "a,-1,2,1,2,x,.1,.2,no"]
    path = tmp_path / "traces.csv"
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    assert "column 'dff.3': found 'no' on line 5" in fault(path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 0}, "rate: found 0, expected samples a second, more than 0"),
        ({"rate": np.inf}, "rate: found inf, expected samples a second"),
        ({"cue_sample": np.nan}, "cue_sample: found nan, expected the number of a sample"),
        ({"missing": "keep"}, "missing: found 'keep', expected one of ('error', 'drop')"),
    ],
)
def test_settings(write, settings, message):
    assert message in fault(write(), **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cue": None}, "column map, cue, choice: found neither, expected one of them at least"),
        ({"reward": {"CS+": 1.0}}, "column map, reward: found a reward for ['CS+'], expected one"),
        (
            {"others": {"reward": CarriedColumn("n", "x")}},
            "column map, others: found 'reward', expected names outside the standard table",
        ),
    ],
)
def test_maps_that_contradict_themselves(settings, message):
    whole = {"subject": "id", "cue": COLUMNS.cue, "reward": {"CS+": 1.0, "CS-": 0.0}}
    with pytest.raises(RecordingError, match=re.escape(message)):
        TraceColumns(**(whole | settings))


def test_codes_that_contradict_themselves():
    with pytest.raises(RecordingError, match="cs: found 1 under two labels, expected each value"):
        CodedColumn("cs", {"CS+": 1, "CS-": (0, 1)})
    with pytest.raises(RecordingError, match="one or more beside 'none'"):
        CodedColumn("cs", {"none": 0})
