"""What an error says of a table whose rows are no trials; the lines of pandas in it are run."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.tables.frames import table_of_frame
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.shape_hints import hints_of, with_hints


def hint(frame: pd.DataFrame) -> str:
    (found,) = hints_of(table_of_frame(frame))
    return found


def test_a_table_of_trials_has_no_hint():
    frame = pd.DataFrame(
        {
            "subject": ["a"] * 4,
            "stage1_choice": [1, 2, 1, 2],
            "stage2_choice": [1, 1, 2, 2],
            "correct_side": ["L", "R", "L", "R"],
            "choice": ["L", "L", "R", "R"],
            "reward": [1, 0, 0, 1],
            "block": [1, 1, 2, 2],
        }
    )
    assert hints_of(table_of_frame(frame)) == []
    assert with_hints("An error.", table_of_frame(frame)) == "An error."


@pytest.mark.parametrize("mark", ["_", ".", ""])
def test_wide_tables(mark):
    rng = np.random.default_rng(1)
    wide = {f"{what}{mark}{at}": rng.integers(0, 2, 3) for at in range(1, 6) for what in "xy"}
    frame = pd.DataFrame({"id": [7, 8, 9], **wide})
    frame.columns = frame.columns.str.replace("x", "choice").str.replace("y", "reward")
    line = re.search(r"long = (pandas\.wide_to_long\(.*'trial'\]\))", hint(frame))[1]
    long = eval(line, {"pandas": pd, "table": frame})
    assert long["id"].tolist() == np.repeat([7, 8, 9], 5).tolist()
    for what in ("choice", "reward"):
        expected = frame[[f"{what}{mark}{at}" for at in range(1, 6)]].to_numpy().ravel()
        assert long[what].tolist() == expected.tolist()


def test_two_rows_a_trial():
    frame = pd.DataFrame(
        {
            "subject": ["a"] * 6,
            "stage": [1, 2] * 3,
            "choice": [1, 2, 2, 1, 1, 1],
            "reward": [np.nan, 1, np.nan, 0, np.nan, 0],
        }
    )
    code = re.search(r"pandas: (.*), and load trials", hint(frame))[1].replace("; ", "\n")
    names = {"table": frame}
    exec(code, names)
    trials = names["trials"]
    assert trials["choice"].tolist() == [1, 2, 1]
    assert trials["choice_2"].tolist() == [2, 1, 1]
    assert trials["reward_2"].tolist() == [1, 0, 0]


def test_the_correct_side_without_a_choice():
    frame = pd.DataFrame({"correct_side": ["L", "L", "R"], "outcome": ["hit", "error", "error"]})
    code = re.search(r"pandas: (table\['choice'\] = .*\}\)\))", hint(frame))[1]
    exec(code, {"table": frame})
    assert frame["choice"].tolist() == ["L", "R", "L"]


def test_logs_of_events():
    names = ["trial_type", "trial_index", "time_elapsed", "response"]
    assert "data of jsPsych, in which every screen is a row" in hint(
        pd.DataFrame({name: [0, 1] for name in names})
    )
    columns = {name: np.array([0, 1]) for name in ("time", "type", "subtype", "content")}
    (found,) = hints_of(RawTable(Path("m1.tsv"), 2, columns))
    assert "a log of pyControl, in which every event is a row" in found


def test_a_wide_table_beside_a_column_of_the_same_name():
    names = ["id", "choice", *(f"{a}{n}" for a in ("choice", "reward") for n in range(1, 6))]
    table = RawTable(Path("t.csv"), 2, {name: np.array([0, 1]) for name in names})
    (hint,) = hints_of(table)
    assert "choice1, choice2" in hint
    assert "sep=''" in hint
