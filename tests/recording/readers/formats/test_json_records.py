import json

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.formats.json_records import read_json_records
from pfc_analysis.recording.schema import RecordingError

FRAME = pd.DataFrame(
    {
        "subject": ["m1", "m1", "m2"],
        "choice": [0, 1, 1],
        "reward": [0.5, np.nan, 1.0],
        "hit": [True, False, True],
        "note": ["a", None, "ü"],
    }
)


@pytest.fixture
def write(tmp_path):
    def write(text, name="t.json"):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    return write


def read(path):
    (table,) = read_json_records(path)
    return table


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_json_records(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("orient", ["records", "columns", "split", "table", "lines", "lists"])
def test_what_pandas_writes(write, orient):
    if orient == "lines":
        text = FRAME.to_json(orient="records", lines=True)
    elif orient == "lists":
        text = json.dumps(FRAME.to_dict(orient="list"))  # with a bare NaN
    else:
        text = FRAME.to_json(orient=orient)
    table = read(write(text))
    assert table.size == 3
    assert table.columns["subject"].tolist() == ["m1", "m1", "m2"]
    assert table.columns["choice"].tolist() == [0, 1, 1]
    np.testing.assert_array_equal(table.columns["reward"], [0.5, np.nan, 1.0])
    assert table.columns["hit"].dtype == np.bool_
    assert table.columns["hit"].tolist() == [True, False, True]
    assert table.columns["note"].tolist() == ["a", "", "ü"]


def test_fields_that_some_records_lack_and_nested_ones(write):
    table = read(write([{"choice": 1, "rt": 0.2}, {"choice": "none", "licks": [1, 2]}]))
    assert table.columns["choice"].tolist() == ["1", "none"]
    np.testing.assert_array_equal(table.columns["rt"], [0.2, np.nan])
    assert table.unusable == {"licks": "a list of values or a record"}


def test_single_values_beside_the_trials_hold_for_all(write):
    trials = [{"choice": 0}, {"choice": 1}]
    table = read(write({"subject": "m1", "weight": 21, "trials": trials}))
    assert table.constants == {"subject": "m1", "weight": 21.0}
    assert table.columns["choice"].tolist() == [0, 1]
    table = read(write({"subject": "m1", "choice": [0, 1], "reward": [1, 0]}))
    assert table.constants == {"subject": "m1"}


def test_long_ids_stay_apart(write):
    """As floating-point numbers, both would be 12345678901234568."""
    table = read(write([{"id": 12345678901234567}, {"id": 12345678901234568}, {"id": None}]))
    assert table.columns["id"].tolist() == ["12345678901234567", "12345678901234568", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "found an empty list, expected a list of records"),
        ("3", "found a value (int), expected a list of records"),
        ("[1, 2]", "found a list of a value (int), expected"),
        ("[{}, {}]", "found a list of empty records"),
        ('[{"choice": 1}, {"choi', "cannot be read as JSON (Unterminated string"),
        ('{"choice": 1}\n{"choice": 0}\n{"cho', "cannot be read as JSON (line 3: Unterminated"),
        ('[{"a": 1, "a": 2}]', "the name 'a' twice in one record"),
        ('{"a": [1, 2], "b": [1]}', "found a record of 'a', 'b', with lists of [1, 2] entries"),
        ('{"version": 1}', "found a record of 'version', with lists of no entries"),
        ('{"columns": ["a", "a"], "data": [[1, 2]]}', "with lists of [1, 2] entries"),
        ('{"a": [], "b": []}', "found columns without values"),
        ("[" * 100_000, "cannot be read as JSON (maximum recursion"),
        ('[{"a": ' + "9" * 5000 + "}]", "cannot be read as JSON (Exceeds the limit"),
    ],
)
def test_what_is_refused(write, text, message):
    assert message in fault(write(text))


def test_names_that_fill_memory(write):
    """A million cells for each kilobyte of the file, nearly all of them empty."""
    path = write([{f"name{at}": 0} for at in range(10_000)])
    assert "10000 names in 10000 records: found a claim of" in fault(path)


def test_recognised_by_content(write):
    assert detect_format(write('[\n  {"choice": 1}]', "trials.txt")).name == "json"
    assert detect_format(write('{\n "choice": [1]}', "trials.txt")).name == "json"
    assert detect_format(write("[left],reward\n1,2\n", "trials.csv")).name == "text"


def test_damaged_files(write, survives_damage):
    survives_damage(read_json_records, write(FRAME.to_json(orient="records")))


def test_names_of_digits_stay_as_they_are_spelled(tmp_path):
    rows = [
        f'{{"subject": {name}, "choice": {t % 2}, "reward": {t // 2 % 2}, "rt": 0.50}}'
        for name in ("12.1", "12.10")
        for t in range(8)
    ]
    path = tmp_path / "t.json"
    path.write_text("[" + ",".join(rows) + "]")
    (table,) = read_json_records(path)
    assert table.words("subject").decode().tolist() == ["12.1"] * 8 + ["12.10"] * 8
    assert table.columns["rt"].tolist() == [0.5] * 16
