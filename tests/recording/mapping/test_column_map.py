import json

import pytest

from pfc_analysis.recording.mapping.column_entries import CarriedColumn, FlagColumn
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.column_map_files import as_column_map, read_column_map, to_json
from pfc_analysis.recording.schema import RecordingError

PLAIN = {
    "choice": "side",
    "choice_values": {"left": "L", "right": ["R", "r"], "none": ""},
    "reward": "water",
}
STATES = {"second_state": "port", "second_state_values": {"A": 1, "B": 2}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"choice": ""}, "choice: found '', expected the name of a column."),
        ({"subject": 3}, "subject: found 3, expected the name of a column."),
        ({"chioce": "x"}, "chioce: found an unknown field (did you mean 'choice'?), expected some"),
        (
            {"choice_values": ["L", "R"]},
            "choice_values: found ['L', 'R'], expected a value or several for each label.",
        ),
        (
            {"choice_values": {"left": 0, "none": 1}},
            "choice_values: found the labels ['left'], expected two or more beside 'none'.",
        ),
        (
            {"choice_values": {"left": 0, "right": [1, 0]}},
            "choice_values: found 0 under two labels, expected one for each.",
        ),
        (
            {"reward_values": {"rewarded": 1}},
            "reward_values: found ['rewarded'], expected values that say rewarded and unrewarded: "
            "{ rewarded = .., unrewarded = .. }",
        ),
        (
            {"reward_values": {"rewarded": 1, "punished": 0}},
            "reward_values: found ['rewarded', 'punished'], expected values that say rewarded and "
            "unrewarded: { rewarded = .., unrewarded = .. }",
        ),
        (
            {"reward_values": {"rewarded": [1, 2], "unrewarded": [0, 2]}},
            "reward_values: found 2 under both, expected it under one.",
        ),
        (
            {"reward": ["a", "b"], "choice_values": {}},
            "reward: found 2 columns and no choice_values, expected to know their order.",
        ),
        (
            {"baited": ["bl"]},
            "baited: found ('bl',), expected one column for each of ['left', 'right'].",
        ),
        ({"baited": [1, 2]}, "baited: found [1, 2], expected one column for each of ['left',"),
        ({"forced": 1}, "forced: found 1, expected the name of a column, or { column = NAME,"),
        ({"forced": {"column": "f"}}, "forced: found only ['column'], expected also when."),
        ({"forced": {"column": "f", "when": []}}, "when: found no value, expected those that say"),
        ({"session": "s", "new_session": "n"}, "new_session: found it beside session, expected"),
        ({"second_state_values": {"A": 1, "B": 2}}, "second_state: found no column, expected one,"),
        (
            STATES | {"common_second_state": {"left": "A", "right": "C"}},
            "common_second_state: found {'left': 'A', 'right': 'C'}, expected one of "
            "second_state_values ['A', 'B'] for each of choice_values ['left', 'right'].",
        ),
        (
            {
                "choice_values": {},
                "second_state": "port",
                "common_second_state": {"left": "A", "right": "B"},
            },
            "common_second_state: found it without choice_values and second_state_values, expected",
        ),
        (
            STATES | {"common_second_state": {"left": "A", "right": "B"}, "common_transition": "c"},
            "common_second_state: found it beside common_transition, expected one of the two.",
        ),
        (
            {"others": {"choice": "x"}},
            "others, choice: found 'x', expected a table of column, long_name, units, values, "
            "counted_from.",
        ),
        ({"others": "x"}, "others: found 'x', expected a table of columns by their new names."),
        (
            {"others": {"block": {"column": "x", "long_name": "y", "counted_from": 0.5}}},
            "others, counted_from: found 0.5, expected a whole number.",
        ),
        (
            {"others": {"subject": {"column": "x", "long_name": "y"}}},
            "others: found 'subject', expected other names than choice, ",
        ),
    ],
)
def test_faults(change, message):
    with pytest.raises(RecordingError) as caught:
        as_column_map(PLAIN | change)
    assert str(caught.value).startswith(f"column map, {message}")


def test_what_is_lacking():
    with pytest.raises(RecordingError, match=r"all fields: found only \['choice', 'others'\], .*"):
        as_column_map({"choice": "x"})


def test_columns_that_are_wanted():
    columns = as_column_map(
        PLAIN
        | {
            "reward_probability": "p_{label}",
            "forced": {"column": "kind", "when": ["forced"]},
            "others": {"rt": {"column": "latency", "long_name": "reaction time"}},
        }
    )
    assert columns.wanted == ["side", "water", "p_left", "p_right", "kind", "latency"]
    assert columns.labels == ["left", "right"]


def test_there_and_back_by_json_and_toml(tmp_path):
    columns = ColumnMap(
        choice="side",
        choice_values={"left": ("L", "l"), "right": "R", "none": ""},
        reward=("wl", "wr"),
        forced=FlagColumn("kind", ("forced", "cued")),
        others={"rt": CarriedColumn("latency", "reaction time", "s")},
    )
    assert to_json(as_column_map(json.loads(to_json(columns)))) == to_json(columns)
    path = tmp_path / "map.toml"
    path.write_text(
        'choice = "side"\nchoice_values = { left = ["L", "l"], right = "R", none = "" }\n'
        'reward = ["wl", "wr"]\nforced = { column = "kind", when = ["forced", "cued"] }\n'
        '[others.rt]\ncolumn = "latency"\nlong_name = "reaction time"\nunits = "s"\n'
    )
    assert to_json(read_column_map(path)) == to_json(columns)
