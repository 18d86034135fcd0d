"""A few hundredths of what `benchmarks/robustness/fuzz.py` does, so that it keeps working."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "robustness"
FORMATS = [
    *("csv", "tsv", "csv-latin1", "json", "alf", "hdf5", "matlab5", "exported-csv", "map", "recipe")
]


@pytest.fixture
def fuzzer(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parents[1]))
    from fuzz import Fuzzer

    one = Fuzzer(tmp_path, 60.0, FORMATS)
    yield one
    one.worker.stop()


def test_damaged_files_are_read_right_or_refused(fuzzer):
    found = [fuzzer.run(1, index) for index in range(200)]
    judged = [one for one in found if one["outcome"] != "left out"]
    assert {one["format"] for one in judged} == set(fuzzer.seeds)
    assert not [one for one in judged if one["outcome"].startswith("FAULT")]
    assert {"refused", "valid, same", "valid, as the text says"} <= {o["outcome"] for o in judged}


@pytest.mark.parametrize("new", ["R", "L "])
def test_the_oracle_sees_a_row_that_is_lost_or_changed(monkeypatch, new):
    monkeypatch.syspath_prepend(str(FOLDER))
    from oracle import judge_table
    from seeds import TEXT_MAP, as_text, table

    text = as_text(table())
    lines = text.splitlines()
    cells = lines[1].split(",")
    cells[3] = new
    changed = "\n".join([lines[0], ",".join(cells), *lines[2:]])
    label = {"L": "left", "R": "right"}
    rows = [
        (line[0], line[1], label[line[3]], float(line[4]))
        for line in (line.split(",") for line in lines[1:])
    ]
    assert judge_table(text.encode(), TEXT_MAP, rows) == ""
    assert judge_table(text.encode(), TEXT_MAP, rows[:-1])
    same = label[new.strip()] == rows[0][2]
    assert (judge_table(changed.encode(), TEXT_MAP, rows) == "") == same
