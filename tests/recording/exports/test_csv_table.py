import json
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfc_analysis.recording.exports import csv_table
from pfc_analysis.recording.exports.csv_cells import from_cells, to_cells
from pfc_analysis.recording.exports.csv_table import metadata_path, write_csv
from pfc_analysis.recording.readers.formats.exported_csv import read_exported_csv
from pfc_analysis.recording.schema import RecordingError

from .same import assert_same

INSIDE = ["step", "event", "unit", "time"]
"""Dimensions that a table of trials cannot hold."""


def of_table(recording: xr.Dataset) -> xr.Dataset:
    return recording.drop_dims([dim for dim in INSIDE if dim in recording.dims])


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_agents_come_back(agents, tmp_path, ending):
    left_out = write_csv(agents, tmp_path / f"a.{ending}")
    assert {"hidden", "cell", "value", "rpe", "observation", "action"} <= set(left_out)
    assert set(left_out) == {
        name for name in agents.data_vars if set(agents[name].dims) & set(INSIDE)
    }
    assert left_out["hidden"].startswith("on (trial, step, unit), which a table of trials")
    assert_same(read_exported_csv(tmp_path / f"a.{ending}"), of_table(agents))


@pytest.mark.real_data
@pytest.mark.parametrize(
    "animals", ["rat_recording", "grackle_recording", "dopamine_recording", "mouse_recording"]
)
def test_animals_come_back(animals, request, tmp_path):
    recording = request.getfixturevalue(animals)
    left_out = write_csv(recording, tmp_path / "a.csv")
    assert set(left_out) == ({"photometry"} if animals == "dopamine_recording" else set())
    assert_same(read_exported_csv(tmp_path / "a.csv"), of_table(recording))


def test_table_is_tidy(recording, tmp_path):
    write_csv(recording, tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv")
    assert list(table.columns) == [
        "subject", "session", "trial_in_session", "choice", "reward", "invalid",
        "common_transition", "better_state", "reward_probability.left", "reward_probability.right",
    ]  # fmt: skip
    assert len(table) == 12
    assert table["subject"].tolist() == ["replica_0"] * 6 + ["Jürgen"] * 6
    assert table["choice"].tolist()[:2] == ["left", "right"]
    assert table["choice"].isna().tolist() == [False, False, True] * 4
    assert table["common_transition"].tolist() == [1, 0, -1] * 4
    assert table["reward"].tolist() == recording["reward"].values.tolist()
    assert table["reward_probability.left"].tolist() == [0.9] * 12


def test_metadata_are_csv_on_the_web(recording, tmp_path):
    write_csv(recording, tmp_path / "of mine.csv")
    document = json.loads(metadata_path(tmp_path / "of mine.csv").read_text(encoding="utf-8"))
    assert metadata_path("x/of mine.csv").name == "of mine.csv-metadata.json"
    assert document["@context"][0] == "http://www.w3.org/ns/csvw"
    assert document["url"] == "of%20mine.csv"
    columns = {column["titles"]: column for column in document["tableSchema"]["columns"]}
    header = (tmp_path / "of mine.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert list(columns) == header
    name = re.compile(r"(?:[A-Za-z0-9]|%[0-9A-F]{2})(?:[A-Za-z0-9_]|%[0-9A-F]{2}|\.(?!\.|$))*")
    assert all(name.fullmatch(column["name"]) for column in columns.values())
    assert columns["choice"]["datatype"] == {"base": "string", "format": "left|right"}
    assert columns["choice"]["required"] is False
    assert columns["choice"]["schema:valueReference"] == ["left", "right"]
    assert columns["reward"]["datatype"] == {"base": "double"}
    assert columns["reward"]["schema:unitText"] == "1"
    assert columns["reward"]["required"] is True
    assert columns["session"]["datatype"] == {"base": "int", "minimum": 0}
    assert columns["reward_probability.left"]["datatype"]["maximum"] == 1.0
    assert document["tableSchema"]["primaryKey"] == ["subject", "session", "trial_in_session"]


def test_labels_that_confuse_regular_expressions_are_escaped(recording, tmp_path):
    recording["choice"].attrs["labels"] = ["a|b", "(c.*"]
    write_csv(recording, tmp_path / "a.csv")
    document = json.loads(metadata_path(tmp_path / "a.csv").read_text())
    pattern = document["tableSchema"]["columns"][3]["datatype"]["format"]
    cells = pd.read_csv(tmp_path / "a.csv")["choice"].dropna().unique()
    assert set(cells) == {"a|b", "(c.*"}
    assert all(re.fullmatch(pattern, cell) for cell in cells)
    assert not re.fullmatch(pattern, "a")


@pytest.mark.parametrize("labels", [["left", "left"], ["", "right"]])
def test_labels_that_do_not_lead_back_leave_the_codes(recording, tmp_path, labels):
    recording["choice"].attrs["labels"] = labels
    write_csv(recording, tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["choice"].tolist() == [0, 1, -1] * 4
    assert_same(read_exported_csv(tmp_path / "a.csv"), of_table(recording))


awkward = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6
) | st.sampled_from(["a,b", 'say "hi"', "line\nbreak", "\r", "\r\n", "\t", " x ", "日本", "-1"])


@st.composite
def small_recordings(draw) -> xr.Dataset:
    trials = draw(st.integers(1, 6))
    labels = draw(st.lists(awkward, min_size=2, max_size=3))
    arms = draw(st.lists(awkward, min_size=2, max_size=2, unique=True))
    subject = draw(awkward)

    def numbers(dtype: str, **kind: object) -> np.ndarray:
        width = int(dtype.removeprefix("float"))
        values = st.floats(width=width, **kind)
        return np.array(draw(st.lists(values, min_size=trials, max_size=trials)), dtype=dtype)

    def whole(dtype: str) -> np.ndarray:
        limits = np.iinfo(dtype)
        values = st.integers(int(limits.min), int(limits.max))
        return np.array(draw(st.lists(values, min_size=trials, max_size=trials)), dtype=dtype)

    finite = {"allow_nan": False, "allow_infinity": False}
    codes = st.lists(st.integers(-1, len(labels) - 1), min_size=trials, max_size=trials)
    words = st.lists(awkward | st.just(""), min_size=trials, max_size=trials)
    said = {"long_name": draw(awkward), "note": draw(awkward), "list": ["a", draw(awkward)]}
    return xr.Dataset(
        {
            "choice": ("trial", np.array(draw(codes), dtype="int8"), {"labels": labels}),
            "reward": ("trial", numbers("float64", **finite), {"limit": np.float32(0.1)}),
            "weird_32": ("trial", numbers("float32"), said),
            "weird_16": ("trial", numbers("float16"), said | {"nothing": float("nan")}),
            "far_64": ("trial", whole("int64"), said),
            "byte_8": ("trial", whole("uint8"), said | {"flags": np.array([1, 2], "int8")}),
            "most": ("trial", whole("uint64"), said),
            "truth": ("trial", np.arange(trials) % 2 == 0, said),
            "words": ("trial", np.array(draw(words)), said),
            "rotated": (("arm", "trial"), np.stack([whole("int16")] * 2), said),
            "base_probability": (("trial", "arm"), np.full((trials, 2), [0.1, 1 / 3])),
        },
        coords={
            "subject": ("trial", np.full(trials, subject)),
            "session": ("trial", np.full(trials, 7, "int16")),
            "trial_in_session": ("trial", np.arange(trials)),
            "arm": ("arm", np.array(arms), {"long_name": "doors"}),
        },
        attrs={"kind": draw(awkward), "seed": 3, "size": np.int64(4), "all": ["x", draw(awkward)]},
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(small_recordings(), st.sampled_from(["csv", "tsv"]))
def test_any_recording_comes_back(tmp_path, recording, ending):
    write_csv(recording, tmp_path / f"a.{ending}")
    assert_same(read_exported_csv(tmp_path / f"a.{ending}"), recording)


@given(st.lists(st.floats(), min_size=1), st.sampled_from(["float64", "float32", "float16"]))
def test_numbers_come_back_in_few_digits(values, dtype):
    with np.errstate(over="ignore"):
        array = np.array(values).astype(dtype)
    cells = to_cells(array)
    back, wrong, _ = from_cells(cells, array.dtype)
    assert wrong is None
    assert back.dtype == array.dtype
    same = back.view(f"u{array.itemsize}") == array.view(f"u{array.itemsize}")
    assert (same | np.isnan(array)).all()
    assert all(len(cell) <= 25 for cell in cells)


def test_cells_are_what_people_write():
    assert to_cells(np.array([0.1, -0.0, 5e-324, np.nan, np.inf, -np.inf])) == [
        "0.1", "-0.0", "5e-324", "", "INF", "-INF",
    ]  # fmt: skip
    assert to_cells(np.float32([0.1, 1 / 3])) == ["0.1", "0.33333334"]
    assert to_cells(np.array([True, False])) == ["1", "0"]


def test_text_of_any_kind_and_no_arm_coordinate(recording, tmp_path):
    recording = recording.drop_vars("arm").assign_coords(
        subject=("trial", recording["subject"].values.astype(object))
    )
    write_csv(recording, tmp_path / "a.csv")
    assert "reward_probability.1" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    back = read_exported_csv(tmp_path / "a.csv")
    assert back["subject"].dtype == "<U9"
    assert back["subject"].values.tolist() == recording["subject"].values.tolist()
    assert "arm" not in back.coords


def test_what_is_neither_number_nor_text_is_named(recording, tmp_path):
    stamps = np.full(12, np.datetime64("2024-01-01", "ns"))
    recording["day"] = "trial", stamps, {"long_name": "day of the trial"}
    left_out = write_csv(recording, tmp_path / "a.csv")
    assert left_out["day"].startswith("values of datetime64[ns] are neither")


def test_same_recording_same_bytes(recording, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_csv(recording, tmp_path / name / "r.csv")
    for file in ("r.csv", "r.csv-metadata.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_broken_write_leaves_the_old_pair(recording, tmp_path, monkeypatch):
    write_csv(recording, tmp_path / "a.csv")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    recording["reward"][:] = 7.0

    def breaks(document, indent):
        return "\ud800"  # cannot be written as UTF-8

    monkeypatch.setattr(csv_table, "dump_json", breaks)
    with pytest.raises(UnicodeEncodeError):
        write_csv(recording, tmp_path / "a.csv")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_hundred_thousand_trials_come_back(tmp_path):
    size = 100_000
    rng = np.random.default_rng(0)
    recording = xr.Dataset(
        {
            "choice": ("trial", rng.integers(-1, 2, size).astype("int8"), {"labels": ["l", "r"]}),
            "reward": ("trial", rng.random(size)),
            "reward_probability": (("trial", "arm"), rng.random((size, 2)).astype("float32")),
        },
        coords={
            "subject": ("trial", np.repeat([f"s{n}" for n in range(100)], 1000)),
            "session": ("trial", np.zeros(size, int)),
            "trial_in_session": ("trial", np.tile(np.arange(1000), 100)),
        },
    )
    write_csv(recording, tmp_path / "a.csv")
    assert_same(read_exported_csv(tmp_path / "a.csv"), recording)


def test_a_spreadsheet_may_have_been_at_it(recording, tmp_path):
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    back = read_exported_csv(path)
    assert "was changed after its export" in back.attrs.pop("assumed")[0]
    assert_same(back, of_table(recording))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Jürgen,0,1,right", "Jürgen,0,1,up", r"line 9, column 'choice': found 'up', expected one"),
        (
            "Jürgen,0,1",
            "Jürgen,0.5,1",
            r"line 9, column 'session': found '0.5', expected a whole",
        ),
        ("Jürgen,0,1", "Jürgen,0", r"1 of them with more or fewer cells than the header \(line 9"),
        ("Jürgen,0,1,right", 'Jürgen,0,1,"right', r"cannot be read as CSV"),
        ("choice,", "chosen,", r"missing \['choice'\], more \['chosen'\]"),
        ("Jürgen,0,1,right", "Jürgen,0,0,right", r"numbers of trials to increase"),
    ],
)
def test_faults_of_the_table_are_named(recording, tmp_path, old, new, message):
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecordingError, match=message):
        read_exported_csv(path)


def test_whole_numbers_out_of_range_are_named(recording, tmp_path):
    path = tmp_path / "a.csv"
    recording["choice"].attrs["labels"] = ["x", "x"]  # so that codes stand there
    write_csv(recording, path)
    path.write_text(path.read_text(encoding="utf-8").replace(",-1,", ",300,", 1), encoding="utf-8")
    with pytest.raises(RecordingError, match="found '300', expected a whole number from -128 to"):
        read_exported_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as the metadata"),
        pytest.param("[" * 100_000, "cannot be read as the metadata", id="nested"),
        ('{"notes": [{"body": {}}], "dialect": {"delimiter": ","}}', "found no description of a"),
        (
            '{"notes": [{"body": {"format": "pfc_analysis recording", "version": 9}}], '
            '"dialect": {"delimiter": ","}}',
            "found version 9 of the description, expected 1",
        ),
        (
            '{"notes": [{"body": {"format": "pfc_analysis recording", "version": 1}}], '
            '"dialect": {"delimiter": ","}}',
            "damaged",
        ),
    ],
)
def test_faults_of_the_metadata_are_named(recording, tmp_path, text, message):
    write_csv(recording, tmp_path / "a.csv")
    metadata_path(tmp_path / "a.csv").write_text(text)
    with pytest.raises(RecordingError, match=message):
        read_exported_csv(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("dtype", "O", "found dtype 'O'"),
        ("dtype", "<U99999999", "characters announced"),
        ("dims", ["trial", "step"], "description of the recording is faulty"),
    ],
)
def test_metadata_cannot_ask_for_anything_else(recording, tmp_path, key, value, message):
    write_csv(recording, tmp_path / "a.csv")
    sidecar = metadata_path(tmp_path / "a.csv")
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    document["notes"][0]["body"]["variables"]["subject"][key] = value
    sidecar.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(RecordingError, match=message):
        read_exported_csv(tmp_path / "a.csv")


def test_missing_files_are_named(recording, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.csv: no such file"):
        read_exported_csv(tmp_path / "a.csv")
    write_csv(recording, tmp_path / "a.csv")
    metadata_path(tmp_path / "a.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"metadata\.json: no such file.*column map"):
        read_exported_csv(tmp_path / "a.csv")


def test_faults_of_the_recording_are_named(recording, tmp_path):
    with pytest.raises(RecordingError, match=r"unknown ending '\.txt', expected one of"):
        write_csv(recording, tmp_path / "a.txt")
    with pytest.raises(RecordingError, match="not a valid recording"):
        write_csv(recording.drop_vars("reward"), tmp_path / "a.csv")
    recording["choice"].attrs["more"] = {"a": 1}
    with pytest.raises(RecordingError, match="choice, attribute 'more': found dict"):
        write_csv(recording, tmp_path / "a.csv")
    del recording["choice"].attrs["more"]
    other = recording.assign_coords(arm=["a", "a"])
    with pytest.raises(RecordingError, match=r"found 2 columns called 'reward_probability\.a'"):
        write_csv(other, tmp_path / "a.csv")
    (tmp_path / "b.csv-metadata.json").mkdir()
    with pytest.raises(RecordingError, match="found a folder, expected a file"):
        write_csv(recording, tmp_path / "b.csv")
    assert not (tmp_path / "b.csv").exists()


def test_a_table_that_was_cut_off_is_refused(recording, tmp_path):
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for kept in (lines[:-1], lines[:2], [*lines, lines[-1]]):
        path.write_text("".join(kept), encoding="utf-8")
        message = (
            rf"a\.csv: found {len(kept) - 1} rows, expected the 12 that were exported: the file"
        )
        with pytest.raises(RecordingError, match=message) as caught:
            read_exported_csv(path)
        assert "delete a.csv-metadata.json and load the table with a column map" in str(
            caught.value
        )


def test_a_changed_value_is_read_and_said(recording, tmp_path):
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    path.write_text(path.read_text(encoding="utf-8").replace("left,0.", "right,0.", 1), "utf-8")
    back = read_exported_csv(path)
    assert back.attrs["assumed"] == [
        f"{path} was changed after its export: its values are read as they are now."
    ]


def test_an_export_without_its_size_says_that_rows_cannot_be_counted(recording, tmp_path):
    recording.attrs["assumed"] = ["Side 0 is left."]
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    sidecar = metadata_path(path)
    document = json.loads(sidecar.read_text(encoding="utf-8"))
    del document["notes"][0]["body"]["table"]
    sidecar.write_text(json.dumps(document), encoding="utf-8")
    first, second = read_exported_csv(path).attrs["assumed"]
    assert first == "Side 0 is left."
    assert "whether any are missing cannot be checked (12 were read)" in second


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_no_cell_is_a_formula(recording, tmp_path, ending):
    labels = ["=1+1", "@left"]
    recording["choice"].attrs["labels"] = labels
    recording["arm"] = ("arm", ["-a+b", "'=b"])
    subject = np.array(["+SUM(A1)", "\t=1"])[(recording["subject"] == "Jürgen").astype(int)]
    recording["subject"] = ("trial", subject, recording["subject"].attrs)
    path = tmp_path / f"a.{ending}"
    write_csv(recording, path)
    separator = "," if ending == "csv" else "\t"
    table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    assert set(table["subject"]) == {"'+SUM(A1)", "'\t=1"}
    assert set(table["choice"]) == {"'=1+1", "'@left", ""}
    assert_same(read_exported_csv(path), of_table(recording))


def test_a_table_cut_in_its_last_row_is_refused(recording, tmp_path):
    path = tmp_path / "a.csv"
    write_csv(recording, path)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(RecordingError, match=r"a\.csv, line 13: found no line end after the last"):
        read_exported_csv(path)
