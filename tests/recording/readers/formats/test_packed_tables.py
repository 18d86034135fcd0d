"""JSON, parquet, Excel, gzip and text with lines before the table give what CSV gives."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.recording.load import load
from pfc_analysis.recording.schema import RecordingError

FRAME = pd.DataFrame(
    {
        "subject": ["007"] * 4 + ["m2"] * 4,
        "choice": [0, 1, 1, 0] * 2,
        "reward": [1.0, 0.0, 0.5, 0.0] * 2,
    }
)


def fault(*given, **options):
    """Return the text of the error that loading raises."""
    with pytest.raises(RecordingError) as caught:
        load(*given, **options)
    return str(caught.value)


@pytest.fixture
def csv(tmp_path):
    """Write the table as CSV."""
    path = tmp_path / "t.csv"
    FRAME.to_csv(path, index=False)
    return path


def check_same(path, csv):
    """Check that a file gives the recording that the CSV gives."""
    found, expected = load(path), load(csv)
    for name in expected.variables:
        xr.testing.assert_equal(found[name], expected[name])


def test_gzip(csv, tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(csv.read_bytes(), mtime=0))
    check_same(path, csv)
    path.write_bytes(path.read_bytes()[:-12])
    assert f"{path}: damaged or cut off" in fault(path)


@pytest.mark.parametrize("orient", ["records", "list", "lines"])
def test_json(csv, tmp_path, orient):
    path = tmp_path / "t.json"
    if orient == "lines":
        FRAME.to_json(path, orient="records", lines=True)
    else:
        path.write_text(json.dumps(FRAME.to_dict(orient)))
    check_same(path, csv)


def test_json_of_other_shapes(tmp_path):
    path = tmp_path / "t.json"
    others = ("[1, 2]", "[]", "{}", '{"a": [1], "b": [1, 2]}', '[{"a": 1, "a": 2}]')
    for text in ("[" * 100_000, *others):
        path.write_text(text)
        assert f"{path}: " in fault(path)
    path.write_text('[{"who": "a", "licks": [1, 2]}, {"who": "b"}]')
    assert "licks: cannot be used, a list of values or a record" in fault(path)


def test_parquet(csv, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    path = tmp_path / "t.parquet"
    FRAME.astype({"choice": "Int8", "subject": "category"}).to_parquet(path)
    check_same(path, csv)
    path.write_bytes(path.read_bytes()[:-20])
    assert f"{path}: damaged or cut off" in fault(path)


def test_excel(csv, tmp_path):
    pytest.importorskip("openpyxl", reason="the extra excel is not installed")
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        FRAME.to_excel(book, sheet_name="trials", index=False)
        pd.DataFrame({"note": ["x"], "by": ["y"]}).to_excel(book, sheet_name="notes", index=False)
    assert "found 2 tables that differ in their columns" in fault(path)
    found = load(path, table="trials")
    xr.testing.assert_equal(found["reward"], load(csv)["reward"])
    assert found["subject"].values.tolist() == load(csv)["subject"].values.tolist()
    path.write_bytes(path.read_bytes()[:300])
    assert str(path) in fault(path)


def test_lines_before_the_table(csv, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("Rig 3\nSession of Monday\n\n# a comment\n" + csv.read_text())
    said = fault(path)
    assert "skip_lines = 4" in said
    given = {"subject": "subject", "choice": "choice", "reward": "reward"}
    for layout in ({"skip_lines": 4}, {"skip_lines": 2, "comment": "#"}):
        found = load(path, given | layout)
        xr.testing.assert_equal(found["reward"], load(csv, given)["reward"])
    text = path.read_text().replace("0.5", "half", 1)
    path.write_text(text)
    assert "at line 8" in fault(path, given | {"skip_lines": 4})


def test_a_file_without_header(csv, tmp_path):
    path = tmp_path / "n.csv"
    path.write_text(csv.read_text().split("\n", 1)[1])
    said = fault(path)
    assert "names = [" in said
    assert "(3 names)" in said
    names = ["who", "side", "water"]
    given = {"subject": "who", "choice": "side", "reward": "water", "names": names}
    found = load(path, given)
    np.testing.assert_array_equal(found["reward"].values, FRAME["reward"])
    assert "found 3 columns, and 2 names" in fault(path, given | {"names": ["who", "side"]})
    FRAME.set_axis(["who", "side", "water"], axis=1).to_csv(path, index=False)
    assert "Leave `names` out" in fault(path, given)
    book = tmp_path / "t.json"
    book.write_text(json.dumps(FRAME.to_dict("records")))
    assert "only text has lines" in fault(book, given)


def test_tables_whose_rows_are_no_trials(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,choice_1,reward_1,choice_2,reward_2,choice_3,reward_3,choice_4,reward_4\n"
                    "a,0,1,0,1,1,1,0,0\nb,0,1,0,1,1,1,0,0\n")  # fmt: skip
    assert "pandas.wide_to_long" in fault(path)
    path.write_text("subject,stage,choice,reward\n" + "a,1,0,\na,2,1,1\n" * 4)
    assert "two rows a trial" in fault(path)
    path.write_text("animal,correct_side,outcome\n" + "a,L,hit\na,R,error\n" * 4)
    assert "table['choice'] = table['correct_side'].where(" in fault(path)
    path.write_text("trial_type,trial_index,time_elapsed,response\nhtml,0,10,f\nhtml,1,20,j\n")
    assert "jsPsych" in fault(path)
    log = tmp_path / "m1.txt"
    log.write_text("I Experiment name  : bandit\nI Task name : bandit\n\nD 12 1\n")
    assert "pyControl" in fault(log)
