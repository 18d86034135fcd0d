"""What cells mean does not hang on the type that a reader gave to their column."""

import numpy as np
import pytest

from pfc_analysis.recording.load import load
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.coded_column import CodedColumn
from pfc_analysis.recording.tables.column_values import is_same

MAP = {"subject": "who", "choice": "side", "reward": "water"}


@pytest.fixture
def table(tmp_path):
    """Write a table of columns; return its path."""

    def build(name="t.csv", **columns):
        given = {"who": ["a"] * len(next(iter(columns.values()))), **columns}
        size = len(given["who"])
        given = {
            "side": [t % 2 for t in range(size)],
            "water": [t // 2 % 2 for t in range(size)],
        } | given
        rows = [
            ",".join(given),
            *(",".join(map(str, row)) for row in zip(*given.values(), strict=True)),
        ]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n")
        return path

    return build


def fault(*given, **options):
    """Return the text of the error that loading raises."""
    with pytest.raises(RecordingError) as caught:
        load(*given, **options)
    return str(caught.value)


@pytest.mark.parametrize("wanted", [True, 1, "true", "True", "1"])
@pytest.mark.parametrize(
    "cells", [["true", "false"] * 2, [1, 0] * 2, ["TRUE", "FALSE", "TRUE", "-1"]]
)
def test_true_and_1_mean_the_same(table, wanted, cells):
    if wanted == "1" and "-1" in cells:
        wanted = "true"
    path = table(laser=cells)
    recording = load(path, MAP | {"stimulated": {"column": "laser", "when": [wanted]}})
    assert recording["stimulated"].values.tolist() == [1, 0, 1, 0]
    assert any(said.startswith("stimulated: 2 of 4 trials") for said in recording.attrs["assumed"])


@pytest.mark.parametrize("field", ["forced", "stimulated", "invalid", "regime", "correct"])
def test_a_value_that_is_nowhere(table, field):
    path = table(mark=["go", "stop", "go", "go"])
    said = fault(path, MAP | {field: {"column": "mark", "when": ["Go"]}})
    assert f"no cell with 'Go', which {field} of the column map names" in said
    assert "'go', 'stop'" in said


def test_one_of_two_values_may_be_absent(table):
    path = table(laser=["false"] * 4)
    recording = load(path, MAP | {"stimulated": {"column": "laser", "when": ["true"]}})
    assert recording["stimulated"].values.tolist() == [0] * 4


def test_a_type_is_that_of_all_files(table):
    one = table("one.csv", who=["a"] * 4, common=["true", "false", "true", "true"])
    other = table("two.csv", who=["b"] * 4, common=["true", "false", "-1", "true"])
    given = MAP | {
        "common_transition": {"column": "common", "common": ["true"], "uncommon": ["false"]}
    }
    recording = load([one, other], given)
    assert recording["common_transition"].values.tolist() == [1, 0, 1, 1, 1, 0, -1, 1]
    for at, path in enumerate((one, other)):
        alone = load(path, given)["common_transition"].values
        assert alone.tolist() == recording["common_transition"].values[4 * at : 4 * at + 4].tolist()


def test_a_file_without_any_value_takes_the_type_of_the_others(table):
    full = table("full.csv", who=["a"] * 4, rt=[0.5, 0.25, 1, 2])
    empty = table("none.csv", who=["b"] * 4, rt=["", "NA", "", ""])
    others = {"rt": {"column": "rt", "long_name": "reaction time", "units": "s"}}
    values = load([full, empty], MAP | {"others": others})["rt"].values
    assert values[:4].tolist() == [0.5, 0.25, 1, 2]
    assert np.isnan(values[4:]).all()


@pytest.mark.parametrize("names", [("12.1", "12.10"), ("1e1", "10"), ("1.0", "1"), ("007", "7")])
def test_names_stay_as_they_are_spelled(table, names):
    path = table(who=[name for name in names for _ in range(4)], day=[1] * 8)
    recording = load(path, MAP)
    assert list(dict.fromkeys(recording["subject"].values.tolist())) == list(names)
    sessions = table(who=["a"] * 8, day=[name for name in names for _ in range(4)])
    recording = load(sessions, MAP | {"session": "day"})
    assert recording["session"].values.tolist() == [0] * 4 + [1] * 4
    assert recording["session_label"].values.tolist() == [n for n in names for _ in range(4)]


def test_numbered_sessions_stay_numbers(table):
    recording = load(table(day=[1.0, 1.0, 2.0, 2.0]), MAP | {"session": "day"})
    assert recording["session_label"].values.tolist() == [1, 1, 2, 2]


def test_cells_that_are_the_same():
    assert is_same("", float("nan"))
    assert is_same("NA", float("nan"))
    assert is_same(float("nan"), "n/a")
    assert is_same(2, "2")
    assert is_same("2", 2)
    assert not is_same("007", 7)
    assert not is_same(7, "007")
    assert not is_same("1.10", ("1.1", 1.1))
    assert is_same("1.10", ("1.10", 1.1))
    assert not is_same("yes", True)
    spelled = CodedColumn(
        np.array([0, 1]), np.array([1.1, 1.1]), np.array(["1.10", "1.1"], dtype=object)
    )
    assert spelled.matches(["1.1"]).tolist() == [False, True]
    assert spelled.matches([1.1]).tolist() == [True, True]
    assert CodedColumn.of(np.zeros(0)).matches([1]).size == 0


def test_more_than_128_labels(table):
    path = table(side=list(range(300)), water=[t % 2 for t in range(300)])
    recording = load(path, MAP | {"choice_values": {f"i{t}": t for t in range(300)}})
    assert recording["choice"].values.tolist() == list(range(300))


def test_an_empty_choice_names_the_way_out(table):
    path = table(side=[0, 1, "NA", 1], water=[0, 1, "NA", 0])
    given = MAP | {"choice_values": {"l": 0, "r": 1}}
    assert "add none = [nan]" in fault(path, given)
    for none in ([float("nan")], "", "NA"):
        recording = load(path, MAP | {"choice_values": {"l": 0, "r": 1, "none": none}})
        assert recording["choice"].values.tolist() == [0, 1, -1, 1]
        assert recording["reward"].values.tolist() == [0, 1, 0, 0]


def test_columns_that_nothing_used_are_named(table):
    recording = load(table(rt=[1, 2, 3, 4], note=list("abcd")), MAP)
    assert "columns that are not used: 'rt', 'note'" in recording.attrs["assumed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"reward_values": 1.5},
        {"choice_values": {"left": [[1]], "right": 2}},
        {"choice_values": [1]},
        {"choice": 3},
        {"reward": 3},
        {"reward": [1]},
        {"others": {"x": 3}},
        {"others": 3},
        {"forced": 3},
        {"forced": {"column": 3, "when": [1]}},
        {"rows": "side"},
        {"names": "a"},
        {"skip_lines": -1},
        {"skip_lines": True},
        {"comment": 1},
        {"confirmed": "all"},
        {"first_discrimination": 1.5},
        {"common_second_state": 1},
        {"common_second_state_by": "x"},
        {"common_transition": {"column": "x", "common": [1], "uncommon": [True]}},
        {"common_transition": {"column": "x", "common": []}},
        {"baited": 3},
    ],
)
def test_wrong_types_in_a_map(table, wrong):
    assert "column map" in fault(table(x=[1] * 4), MAP | wrong)


def test_a_map_that_is_nested_without_end(table, tmp_path):
    path = tmp_path / "map.toml"
    path.write_text("choice = " + "[" * 100_000)
    assert f"{path}: not a TOML file" in fault(table(x=[1] * 4), path)


def test_what_is_counted_from_1_counts_from_0(table):
    path = table(block=[1, 1, 2, 2], place=[1, 2, 1, 2])
    counted = {"long_name": "as the file counts", "counted_from": 1}
    others = {"block": {"column": "block", **counted}, "place": {"column": "place", **counted}}
    recording = load(path, MAP | {"others": others})
    assert recording["block"].values.tolist() == [0, 0, 1, 1]
    assert recording["place"].values.tolist() == [0, 1, 0, 1]
    path = table("other.csv", block=[0, 0, 1, 1], place=[1, 2, 1, 2])
    said = fault(path, MAP | {"others": others})
    assert "column 'block': found 0 at line 2 (2 such value(s)), expected a whole number, " in said
