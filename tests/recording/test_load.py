"""Tables of trials in text, from file to recording, and what is refused on the way."""

import json
import shutil
import tomllib

import numpy as np
import pytest
import xarray as xr

import pfc_analysis
from pfc_analysis import load
from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.column_map_files import as_column_map
from pfc_analysis.recording.mapping.presets import list_presets
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording

GOOD = {
    "subject": list("aaabbb"),
    "session": [1, 1, 2, 1, 1, 1],
    "trial": [1, 2, 1, 1, 2, 4],
    "choice": ["left", "right", "left", "right", "none", "left"],
    "reward": [1, 0, 1, 0, 0, 1],
}


@pytest.fixture
def write(tmp_path):
    def write(columns=None, name="trials.csv", **change):
        columns = {**(GOOD if columns is None else columns), **change}
        rows = zip(*columns.values(), strict=True)
        lines = [",".join(map(str, row)) for row in (list(columns), *rows)]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def fault(path, *given, **options) -> str:
    with pytest.raises(RecordingError) as caught:
        load(path, *given, **options)
    return str(caught.value)


# What is read


def test_standard_names(write):
    recording = load(write())
    assert recording["choice"].values.tolist() == [0, 1, 0, 1, -1, 0]
    assert recording["choice"].attrs["labels"] == ["left", "right"]
    assert recording["reward"].values.tolist() == [1, 0, 1, 0, 0, 1]
    assert recording["invalid"].values.tolist() == [0, 0, 0, 0, 1, 0]
    assert recording["subject"].values.tolist() == list("aaabbb")
    assert recording["session"].values.tolist() == [0, 0, 1, 0, 0, 0]
    assert recording["session_label"].values.tolist() == [1, 1, 2, 1, 1, 1]
    assert recording["trial_in_session"].values.tolist() == [0, 1, 0, 0, 1, 3]
    assert recording["choice"].dtype == np.int8
    attributes = dict(recording.attrs)
    assert json.loads(attributes.pop("columns"))["choice_values"] == {
        "left": ["left"],
        "right": ["right"],
        "none": ["none"],
    }
    assert attributes == {
        "title": "2 subjects, 3 sessions as loaded from trials.csv",
        "kind": "animal",
        "source": ["trials.csv"],
        "recognised_as": "standard_names",
        "assumed": [
            "trials.csv: columns are separated by commas",
            "choice: found 'left' and 'right' in column 'choice', read as the labels 'left' and "
            "'right', codes 0 and 1; 'none' as none (-1)",
            "reward: found 0 and 1 in column 'reward', which are not changed; a trial counts as "
            "rewarded if its reward is above 0",
            "session: column 'session'; counted from 0 within a subject, and kept as the file has "
            "it in session_label",
            "trial: numbers start at 1; trial_in_session starts at 0",
            "trial: the numbers of trials have 1 gap(s), which trial_in_session keeps",
        ],
    }


def test_it_keeps_on_disk_and_opens_again(write, tmp_path):
    recording = load(write())
    kept = save_recording(recording, tmp_path / "kept.nc")
    xr.testing.assert_equal(load(kept), recording)
    xr.testing.assert_identical(load(kept), open_recording(kept))
    other = load(write(subject=list("cccddd")))
    save_recording(other, tmp_path / "other.nc")
    both = load([kept, tmp_path / "other.nc"])
    assert both.sizes["trial"] == 12
    assert "and a column map, expected files of this one format" in fault(
        kept, {"choice": "choice"}
    )
    assert "trials.csv, which is none, expected files of this" in fault([kept, write()])


def test_every_field_of_a_map(write):
    path = write(
        {
            "rat": [7, 7, 7, 7],
            "first": [1, 0, 0, 0],
            "side": ["L", "R", "L", "v"],
            "water_l": [1, 0, 0, 0],
            "water_r": [0, 1, 0, 0],
            "p.l": [0.8, 0.8, 0.2, 0.2],
            "p.r": [0.2, 0.2, 0.8, 0.8],
            "bait.l": ["yes", "no", "no", "no"],
            "bait.r": ["no", "yes", "no", "no"],
            "free.l": [0, 0, 0, 1],
            "free.r": [0, 0, 0, 0],
            "port": ["A", "B", "B", ""],
            "kind": ["free", "free", "instructed", "free"],
            "laser": ["off", "off", "on", ""],
            "aborted": [False, False, False, True],
            "phase": ["stable", "volatile", "volatile", "stable"],
            "hazard": [0.0, 0.1, 0.1, 0.0],
            "rt": [0.5, 0.25, "", 1],
        }
    )
    columns = {
        "subject": "rat",
        "new_session": "first",
        "choice": "side",
        "choice_values": {"left": "L", "right": "R", "none": "v"},
        "reward": ["water_l", "water_r"],
        "reward_probability": ["p.l", "p.r"],
        "baited": ["bait.l", "bait.r"],
        "automatic_reward": ["free.l", "free.r"],
        "second_state": "port",
        "second_state_values": {"A": "A", "B": "B", "none": ""},
        "common_second_state": {"left": "A", "right": "A"},
        "forced": {"column": "kind", "when": ["instructed"]},
        "stimulated": {"column": "laser", "when": "on"},
        "invalid": "aborted",
        "regime": {"column": "phase", "when": ["volatile"]},
        "volatility": "hazard",
        "others": {"reaction_time": {"column": "rt", "long_name": "reaction time", "units": "s"}},
    }
    recording = load(path, columns)
    expected = {
        "subject": ["7"] * 4,
        "session": [0] * 4,
        "choice": [0, 1, 0, -1],
        "reward": [1, 1, 0, 0],
        "reward_probability": [[0.8, 0.2], [0.8, 0.2], [0.2, 0.8], [0.2, 0.8]],
        "baited": [[1, 0], [0, 1], [0, 0], [0, 0]],
        "automatic_reward": [[0, 0], [0, 0], [0, 0], [1, 0]],
        "second_state": [0, 1, 1, -1],
        "common_transition": [1, 0, 0, -1],
        "forced": [0, 0, 1, 0],
        "stimulated": [0, 0, 1, 0],
        "invalid": [0, 0, 0, 1],
        "regime": [0, 1, 1, 0],
        "volatility": [0.0, 0.1, 0.1, 0.0],
    }
    for name, values in expected.items():
        assert recording[name].values.tolist() == values, name
    np.testing.assert_array_equal(recording["reaction_time"], [0.5, 0.25, np.nan, 1])
    assert recording["second_state"].attrs["labels"] == ["A", "B"]
    assert recording["arm"].values.tolist() == ["left", "right"]
    again = as_column_map(json.loads(recording.attrs["columns"]))
    xr.testing.assert_equal(load(path, again), recording)


def test_a_map_in_a_file(write, tmp_path):
    path = write({"s": ["x", "x"], "c": [1, 2], "r": [0, 1]})
    toml = tmp_path / "map.toml"
    toml.write_text('subject = "s"\nchoice = "c"\nreward = "r"\n')
    assert load(path, toml)["choice"].values.tolist() == [0, 1]
    toml.write_text('subjet = "s"\nchoice = "c"\nreward = "r"\n')
    assert fault(path, str(toml)) == (
        f"{toml}: column map, subjet: found an unknown field (did you mean 'subject'?), expected "
        f"some of {list(ColumnMap.__dataclass_fields__)}."
    )
    toml.write_text("choice = c\n")
    assert f"{toml}: not a TOML file (Invalid value" in fault(path, toml)
    with pytest.raises(FileNotFoundError):
        load(path, tmp_path / "none.toml")
    message = fault(path, "hbayesdm_twostep")
    assert "neither a file nor a preset (did you mean 'hbayesdm_two_step'?), expected" in message


def test_subject_from_the_name_of_the_file(write):
    columns = {"choice": "choice", "reward": "reward"}
    bare = {"choice": [0, 1], "reward": [0, 1]}
    paths = [write(bare, name=f"m{number}.csv") for number in (10, 2)]
    assert "m10.csv: found no name of the subject, expected one. Name the column that has it" in (
        fault(paths, columns)
    )
    recording = load(paths, columns, subject="{stem}")
    assert recording["subject"].values.tolist() == ["m10", "m10", "m2", "m2"]
    recording = load(paths[0].parent, columns, subject="{folder}")
    assert set(recording["subject"].values) == {paths[0].parent.name}
    assert recording["session"].values.tolist() == [0, 0, 1, 1]
    assert recording.attrs["source"] == ["m2.csv", "m10.csv"]  # 2 before 10
    assert "each file or table is one session of a subject, in the order given" in str(
        recording.attrs
    )
    assert "subject: found 'x' beside the column 'subject' that the column map" in (
        fault(write(), subject="x")
    )


def test_rows_of_different_subjects_may_be_interleaved(write):
    order = [0, 3, 1, 4, 2, 5]
    mixed = write({name: [values[at] for at in order] for name, values in GOOD.items()})
    recording = load(mixed)
    assert any("are mixed in the file: the rows of each subject" in s for s in recording.assumed)
    plain = load(write(name="plain.csv"))
    xr.testing.assert_equal(recording, plain)


def test_numbers_that_run_on(write):
    recording = load(write(trial=[1, 2, 3, 1, 2, 4]))
    assert recording["trial_in_session"].values.tolist() == [0, 1, 0, 0, 1, 3]
    assert (
        "trial: numbers continue from session to session; trial_in_session starts at 0 in each"
        in (recording.attrs["assumed"])
    )


def test_session_labels_of_text(write):
    recording = load(write(session=["d1", "d1", "d0", "d1", "d1", "d1"]))
    assert recording["session"].values.tolist() == [0, 0, 1, 0, 0, 0]
    assert recording["session_label"].values.tolist()[:3] == ["d1", "d1", "d0"]


def test_empty_rewards_where_nothing_was_chosen(write):
    recording = load(write(reward=[1, 0, 1, 0, "", 1]))
    assert recording["reward"].values.tolist() == [1, 0, 1, 0, 0, 1]
    assert (
        "reward: 1 empty cell(s) on trials without a choice count as 0"
        in recording.attrs["assumed"]
    )


# Choices


@pytest.mark.parametrize(
    ("cells", "labels", "codes"),
    [
        ([0, 1, 0, 1, 1, 0], ["0", "1"], [0, 1, 0, 1, 1, 0]),
        ([1, 2, 1, 2, 2, 1], ["1", "2"], [0, 1, 0, 1, 1, 0]),
        ([1, 2, 1, 2, "", 1], ["1", "2"], [0, 1, 0, 1, -1, 0]),
        ([1.0, 2.0, 1.0, 2.0, "NaN", 1.0], ["1", "2"], [0, 1, 0, 1, -1, 0]),
        ([-1, 1, -1, 1, 1, -1], ["-1", "1"], [0, 1, 0, 1, 1, 0]),
        ([False, True, False, True, True, False], ["0", "1"], [0, 1, 0, 1, 1, 0]),
        (list("lrlrrl"), ["left", "right"], [0, 1, 0, 1, 1, 0]),
        (["L", "R", "L", "R", "", "L"], ["left", "right"], [0, 1, 0, 1, -1, 0]),
        (["Left", "right", "l", "R", "None", "LEFT"], ["left", "right"], [0, 1, 0, 1, -1, 0]),
    ],
)
def test_choices_that_can_be_read_in_one_way(write, cells, labels, codes):
    recording = load(write(choice=cells))
    assert recording["choice"].attrs["labels"] == labels
    assert recording["choice"].values.tolist() == codes
    assert (
        f"read as the labels {labels[0]!r} and {labels[1]!r}, codes 0 and 1"
        in (recording.attrs["assumed"][1])
    )


@pytest.mark.parametrize(
    ("cells", "found", "readings"),
    [
        (
            [-1, 1, 0, 1, 1, 0],
            "found -1, 0 and 1, which can mean more than one thing",
            [
                "-1 and 1 are options, 0 is no choice:\n"
                "      choice_values = { -1 = -1, 1 = 1, none = 0 }",
                "0 and 1 are options, -1 is no choice:\n"
                "      choice_values = { 0 = 0, 1 = 1, none = -1 }",
                "-1, 0, 1 are 3 options:\n      choice_values = { -1 = -1, 0 = 0, 1 = 1 }",
            ],
        ),
        (
            [0, 1, 2, 1, 1, 0],
            "found 0, 1 and 2, which can mean more than one thing",
            [
                "0 and 1 are options, 2 is no choice:\n"
                "      choice_values = { 0 = 0, 1 = 1, none = 2 }",
                "1 and 2 are options, 0 is no choice:\n"
                "      choice_values = { 1 = 1, 2 = 2, none = 0 }",
                "0, 1, 2 are 3 options:\n      choice_values = { 0 = 0, 1 = 1, 2 = 2 }",
            ],
        ),
        (
            [1, 2, 3, 1, "", 2],
            "found 1, 2, 3 and empty cells, which can mean more than one thing",
            [
                "1 and 2 are options, 3 is no choice:\n"
                "      choice_values = { 1 = 1, 2 = 2, none = [3, nan] }",
                "1, 2, 3 are 3 options:\n      choice_values = { 1 = 1, 2 = 2, 3 = 3, none = nan }",
            ],
        ),
        (
            [1, 1, 1, 1, 1, 1],
            "found 1, and no other option",
            [
                "the other option, never chosen here, is 0:\n"
                "      choice_values = { 0 = 0, 1 = 1 }",
                "the other option, never chosen here, is 2:\n"
                "      choice_values = { 1 = 1, 2 = 2 }",
                "the other option, never chosen here, is -1:\n"
                "      choice_values = { -1 = -1, 1 = 1 }",
            ],
        ),
        (
            list("LLLLLL"),
            "found 'L', and no other option",
            [
                "the other option, never chosen here, is 'R':\n"
                '      choice_values = { L = "L", R = "R" }'
            ],
        ),
        (
            list("LRvLRL"),
            "found 'L', 'R' and 'v', which can mean more than one thing",
            [
                "'L' and 'R' are options, 'v' is no choice:\n"
                '      choice_values = { L = "L", R = "R", none = "v" }'
            ],
        ),
        (
            ["hit", "miss"] * 3,
            "found 'hit' and 'miss', which can mean more than one thing",
            [
                "'hit' is option 0, 'miss' is option 1:\n"
                '      choice_values = { hit = "hit", miss = "miss" }',
                "'miss' is option 0, 'hit' is option 1:\n"
                '      choice_values = { miss = "miss", hit = "hit" }',
            ],
        ),
    ],
)
def test_choices_with_several_readings(write, cells, found, readings):
    path = write(choice=cells)
    message = fault(path)
    assert message.startswith(f"{path}, column 'choice': {found}. Say in the column map what is")
    listed = message.split("\n  - ")[1:]
    assert listed[: len(readings)] == readings
    # Each reading, pasted as it is, loads.
    for reading in listed:
        entry = tomllib.loads(reading.split("\n", 1)[1].strip())
        columns = {"subject": "subject", "session": "session", "choice": "choice"}
        recording = load(path, {**columns, "reward": "reward", **entry})
        labels = [label for label in entry["choice_values"] if label != "none"]
        assert recording["choice"].attrs["labels"] == labels


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([0.1, 0.2, 0.3, 0.1, 0.2, 0.3], "found 0.1, 0.2 and 0.3, expected the few values of a"),
        ([""] * 6, "found empty cells, expected the few values of a choice (0 and 1, 1 and 2,"),
    ],
)
def test_choices_that_are_none(write, cells, found):
    assert f"column 'choice': {found}" in fault(write(choice=cells))


def test_codings_are_found_over_all_files(write):
    only_left, both = write(choice=list("LLLLLL")), write(name="b.csv", subject=list("cccddd"))
    recording = load([only_left, both])
    assert recording["choice"].values.tolist() == [0] * 6 + [0, 1, 0, 1, -1, 0]
    numbers = write(name="n.csv", choice=[0, 1] * 3)
    assert "'right' are 4 options" in (fault([both, numbers]))


# Rewards


def test_losses_and_amounts_are_kept(write):
    recording = load(write(reward=[1, -1, 1, -1, -1, 1]))
    assert recording["reward"].values.tolist() == [1, -1, 1, -1, -1, 1]
    assert any("values below 0 are losses" in said for said in recording.attrs["assumed"])
    recording = load(write(reward=[True, False, True, False, False, True]))
    assert recording["reward"].values.tolist() == [1, 0, 1, 0, 0, 1]
    recording = load(write(reward=[0.5, 0, 2, 0, 0, 1]))
    assert recording["reward"].values.tolist() == [0.5, 0, 2, 0, 0, 1]
    assert any("found 0, 0.5, 1 and 2 in column" in said for said in recording.attrs["assumed"])


def test_rewards_that_are_all_above_0(write):
    path = write(reward=[1, 2, 1, 2, 2, 1])
    assert fault(path) == (
        f"{path}, column 'reward': found 1 and 2, all above 0, so that every trial would count as "
        "rewarded; expected 0 (or less) where nothing was earned. Say in the column map what they "
        "mean:\n"
        "  - 2 is a reward, 1 is none:\n      reward_values = { rewarded = 2, unrewarded = 1 }\n"
        "  - 1 is a reward, 2 is none:\n      reward_values = { rewarded = 1, unrewarded = 2 }"
    )
    columns = {"subject": "subject", "session": "session", "choice": "choice", "reward": "reward"}
    recording = load(path, columns | {"reward_values": {"rewarded": 1, "unrewarded": 2}})
    assert recording["reward"].values.tolist() == [1, 0, 1, 0, 0, 1]
    assert "write a column of 1 and 0" in fault(write(reward=[33, 84, 5, 6, 7, 8]))


def test_rewards_of_several_amounts(write):
    path = write(reward=[1, 2, 3, 1, 2, 3])
    message = fault(path)
    assert 'reward_values = { 0 = 1, "0.5" = 2, 1 = 3 }' in message
    assert 'reward_values = { 0 = 3, "0.5" = 2, 1 = 1 }' in message
    columns = {"subject": "subject", "session": "session", "choice": "choice", "reward": "reward"}
    amounts = {"1": [1], "0.5": 2, "0": 3}
    recording = load(path, columns | {"reward_values": amounts})
    assert recording["reward"].values.tolist() == [1, 0.5, 0, 1, 0.5, 0]
    assert (
        "reward: 1 for 1, 0.5 for 2, 0 for 3, as the column map says" in recording.attrs["assumed"]
    )
    with pytest.raises(
        RecordingError, match=r"found 4 at line 4 .*expected one of 1 \(1\); 2 \(0.5\);"
    ):
        load(write(reward=[1, 2, 4, 1, 2, 3]), columns | {"reward_values": amounts})


def test_a_column_of_codes_is_carried_with_its_labels(write):
    path = write(reward=[1, 0, 1, 0, 0, 1], picture=[3, 4, 5, 3, 9, 4])
    picture = {"column": "picture", "long_name": "picture", "values": {"C": 3, "D": 4, "E": 5}}
    columns = {"subject": "subject", "session": "session", "choice": "choice", "reward": "reward"}
    picture["values"]["none"] = 9
    recording = load(path, columns | {"others": {"second_choice": picture}})
    assert recording["second_choice"].values.tolist() == [0, 1, 2, 0, -1, 1]
    assert recording["second_choice"].attrs["labels"] == ["C", "D", "E"]
    picture["values"] = {"C": 3, "D": 3}
    with pytest.raises(RecordingError, match="values of 'picture': found 3 under two labels"):
        load(path, columns | {"others": {"second_choice": picture}})


def test_rewards_in_words(write):
    path = write(reward=["win", "loss", "win", "loss", "", "win"])
    assert fault(path) == (
        f"{path}, column 'reward': found 'win' at line 2 (5 such value(s)), expected a finite "
        "number (for other codings, in the column map: reward_values = { rewarded = VALUE, "
        "unrewarded = VALUE })."
    )
    columns = {"subject": "subject", "session": "session", "choice": "choice", "reward": "reward"}
    given = columns | {"reward_values": {"rewarded": "win", "unrewarded": "loss"}}
    assert load(path, given)["reward"].values.tolist() == [1, 0, 1, 0, 0, 1]
    path = write(reward=["win", "loss", "won", "loss", "", "win"])
    assert "column 'reward': found 'won' at line 4 (1 such value(s)), expected one of 'win' (" in (
        fault(path, given)
    )


# What is refused, by line


COLUMNS = {name: name for name in GOOD}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"reward": [1, "", 1, 0, 0, 1]},
            "column 'reward': found nan at line 3 (1 such value(s)), expected a finite number "
            "where a choice was made.",
        ),
        (
            {"reward": [1, "1e400", 1, 0, 0, 1]},
            "column 'reward': found '1e400' at line 3 (1 such value(s)), expected a finite number",
        ),
        (
            {"subject": ["a", "", "a", "b", "b", "b"]},
            "column 'subject': found '' at line 3 (1 such value(s)), expected the name of the",
        ),
        (
            {"session": [1, "", 2, 1, 1, 1]},
            "column 'session': found nan at line 3 (1 such value(s)), expected the name or number",
        ),
        (
            {"trial": [1, 2, 1, 1, 2, "x"]},
            "column 'trial': found 'x' at line 7 (1 such value(s)), expected a finite number",
        ),
        (
            {"trial": [1, 2, 1, 1, 2.5, 3]},
            "column 'trial': found 2.5 at line 6 (1 such value(s)), expected the whole number",
        ),
        (
            {"trial": [1, 2, 1, 1, 3, 2]},
            "column 'trial': found trial 2 after 3 at line 7 (subject b; 1 such row(s)), expected "
            "numbers that increase within a session. Is a row there twice, or are rows out of "
            "order?",
        ),
        (
            {"trial": [1, 2, 1, 1, 1, 2]},
            "column 'trial': found trial 1 again at line 6 (subject b; 1 such row(s)), expected",
        ),
        (
            {"session": [1, 2, 1, 1, 1, 1]},
            "column 'session': found session 1 of subject a again at line 4 (first at line 2), "
            "expected the trials of a session in one run.",
        ),
        (
            {"session": [2, 2, 1, 1, 1, 1]},
            "column 'session': found session 1 of subject a after session 2 at line 4, expected "
            "the numbers of sessions to increase.",
        ),
        (
            {"session": ["y", "x", "y", "x", "x", "x"]},
            "column 'session': found session 'y' of subject a again at line 4 (first at line 2)",
        ),
    ],
)
def test_bad_values(write, change, message):
    path = write(**change)
    assert fault(path, COLUMNS).startswith(f"{path}, {message}")


def test_trials_that_start_again_without_a_session(write):
    path = write()
    assert fault(path, {name: name for name in GOOD if name != "session"}) == (
        f"{path}, column 'trial': found trial 1 after 2 at line 4 (subject a; 1 such row(s)), "
        "expected numbers that increase within a session. Does a session start there? Then name "
        "the column of sessions in the column map (session, or new_session for flags); if numbers "
        "restart in each block of a session, leave `trial` out: trials are then counted in the "
        "order of the rows."
    )


def test_flags(write):
    path = write(forced=["yes", "no", "maybe", "no", "no", "no"])
    assert fault(path) == (
        f"{path}, column 'forced': found 'maybe' at line 4 (1 such value(s)), expected 0 or 1 (or "
        'a boolean, or yes and no); for others { column = "forced", when = [VALUES] }.'
    )
    for words in (["True", "False"] * 3, [1, 0] * 3, ["yes", "no"] * 3, ["t", "f"] * 3):
        assert load(write(forced=words))["forced"].values.tolist() == [1, 0] * 3
    path = write(forced=[1, "", 0, 0, 0, 0])
    assert "column 'forced': found nan at line 3" in fault(path)
    given = COLUMNS | {"forced": {"column": "forced", "when": [1, float("nan")]}}
    assert load(path, given)["forced"].values.tolist() == [1, 1, 0, 0, 0, 0]


def test_decimal_commas(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("subject;choice;reward\na;0;0,5\na;1;0\n")
    assert fault(path) == (
        f"{path}, column 'reward': found '0,5' at line 2 (1 such value(s)), expected a finite "
        "number (for other codings, in the column map: reward_values = { rewarded = VALUE, "
        "unrewarded = VALUE }) with a decimal point: write the table without decimal commas."
    )


def test_a_session_in_two_files(write):
    first, second = write(name="a.csv"), write(name="b.csv")
    message = fault([first, second])
    assert f"{second}, column 'session': found session 1 of subject a again at line 2 (first" in (
        message
    )
    assert f"(first at {first}, line 2)" in message
    assert f"{first}: found it given twice, expected every file once." in fault([first, first])


def test_columns_that_nobody_knows(write):
    path = write({"Mouse": ["x", "x"], "Side": ["L", "R"], "water_uL": [0, 2]})
    message = fault(path)
    assert message == (
        f"{path}: found columns that no preset knows:\n"
        "  - Mouse: text, 'x'\n  - Side: text, 'L', 'R'\n  - water_uL: numbers, 0, 2\n"
        "Expected a column map. Save this as map.toml, check and complete it, and pass "
        "columns='map.toml':\n\n"
        "# What the columns mean. Check every line that says so.\n"
        "choice = \"Side\"  # check: found text, 'L', 'R'\n"
        'choice_values = { left = "L", right = "R" }  # check\n'
        'reward = "water_uL"  # check: found numbers, 0, 2\n'
        "# reward_values = { rewarded = VALUE, unrewarded = VALUE }  # not for 1 and 0, or "
        "amounts\n"
        "subject = \"Mouse\"  # check: found text, 'x'\n"
        '# session = "COLUMN"\n'
    )
    toml = path.parent / "map.toml"
    toml.write_text(message.split("\n\n", 1)[1])
    assert load(path, toml)["reward"].values.tolist() == [0, 2]


def test_a_draft_of_a_map_has_the_values_found(write):
    columns = {
        "RatID": ["x"] * 4,
        "block": ["20/80"] * 4,
        "reward_prob": [0.5] * 4,
        "PokeSide": ["L", "R", "none", "R"],
        "GotReward": ["yes", "no", "no", "yes"],
    }
    path = write(columns)
    draft = fault(path).split("\n\n", 1)[1]
    assert "choice = \"PokeSide\"  # check: found text, 'L', 'R', 'none'" in draft
    assert 'choice_values = { left = "L", right = "R", none = "none" }  # check\n' in draft
    assert 'reward_values = { rewarded = "yes", unrewarded = "no" }  # check\n' in draft
    toml = path.parent / "map.toml"
    toml.write_text(draft)
    found = load(path, toml)
    assert found["choice"].values.tolist() == [0, 1, -1, 1]
    assert found["reward"].values.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("side", "reward", "lines"),
    [
        (
            ["A", "B", "A"],
            ["cue", "tone", "cue"],
            [
                '# choice_values = { A = "A", B = "B" }  # check, then remove the first #',
                '# reward_values = { rewarded = "cue", unrewarded = "tone" }  # check, then',
            ],
        ),
        (
            [0, 1, ""],
            [1, 0, 0],
            ["# choice_values = { left = 0, right = 1, none = nan }  # to name them: which is wh"],
        ),
        (
            [0.1, 0.2, 0.7],
            ["a", "b", "c"],
            [
                "# choice_values = { left = VALUE, right = VALUE, none = VALUE }  # of the file",
                "# reward_values = { rewarded = VALUE, unrewarded = VALUE }  # of the file",
            ],
        ),
    ],
)
def test_a_draft_of_a_map_leaves_open_what_the_values_do_not_tell(write, side, reward, lines):
    draft = fault(write({"rat": ["x"] * 3, "side": side, "outcome": reward}))
    assert all(line in draft for line in lines), draft
    tomllib.loads(draft.split("\n\n", 1)[1])


def test_a_draft_of_a_map_names_no_column_that_does_not_fit(write):
    draft = fault(write({"rat": ["x"] * 2, "weight": [250, 260], "correct_side": ["u", "d"]}))
    assert 'choice = "FILL IN"  # which column?' in draft
    assert 'reward = "FILL IN"  # which column?' in draft


def test_columns_that_are_not_there(write):
    path = write()
    assert fault(path, COLUMNS | {"choice": "chioce"}) == (
        f"{path}: no column 'chioce' (did you mean 'choice'?). It has 'subject', 'session', "
        "'trial', 'choice', 'reward'. Say in the column map which one is meant."
    )


def test_several_presets_that_fit(write, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(pfc_analysis.paths.content_folder("datasets"), home / "datasets")
    presets = home / "datasets" / "presets"
    (presets / "ours.toml").write_text(
        'title = "ours"\nsource = "us"\n[columns]\nchoice = "choice"\nreward = "reward"\n'
    )
    path = write()
    assert fault(path, home=home).startswith(
        f"{path}: found columns that fit 2 presets, expected one. Say which, as `columns`:\n"
        "  - ours: ours\n  - standard_names: "
    )
    assert load(path, "standard_names", home=home).sizes["trial"] == 6
    (presets / "ours.toml").write_text('title = "ours"\n')
    assert "ours.toml: found the keys ['title'], expected title, source and col" in (
        fault(path, home=home)
    )


def test_presets_can_be_read_and_say_their_source():
    presets = {preset.name: preset for preset in list_presets()}
    assert set(presets) >= {
        "hbayesdm_two_step",
        "hbayesdm_choice_outcome",
        "hbayesdm_blocks",
        "aind_foraging",
        "ibl_alf",
        "pfc_export",
        "standard_names",
    }
    for preset in presets.values():
        assert preset.title
        assert preset.source
        preset.column_map([*preset.needed, "second_state", "trial"])


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load("rat_twostep")
    assert str(caught.value).startswith(
        "rat_twostep: no such file or folder, and no data set of that name (did you mean "
        "'rat_two_step'?). The catalogue has rat_two_step, "
    )
    with pytest.raises(RecordingError, match="path: found none, expected at least 1 file"):
        load([])
    assert "found no file that ends in .csv, .csv.gz, .h5, .hdf5" in fault(tmp_path)


def test_ibl_columns(write):
    path = write(
        {"choice": [1, -1, 0, 1], "feedbackType": [1, -1, -1, 1], "probabilityLeft": [0.8] * 4}
    )
    recording = load(path, subject="KS014")
    assert recording.attrs["recognised_as"] == "ibl_alf"
    assert recording["choice"].values.tolist() == [1, 0, -1, 1]
    assert recording["reward"].values.tolist() == [1, 0, 0, 1]
    assert recording["probability_left"].values.tolist() == [0.8] * 4


@pytest.mark.parametrize("none", [-1, "none"])
def test_what_this_toolkit_exports(write, none):
    labels = [0, 1] if none == -1 else ["left", "right"]
    path = write(
        {
            "subject": ["a"] * 3,
            "session": [0] * 3,
            "trial_in_session": [0, 1, 3],
            "choice": [*labels, none],
            "reward": [1.0, 0.0, 0.0],
            "forced": [0, 1, 0],
            "invalid": [0, 0, 1],
            "second_state": [labels[1], labels[0], none],
            "common_transition": [1, 0, -1],
            "reward_probability_left": [0.8] * 3,
            "reward_probability_right": [0.2] * 3,
        }
    )
    recording = load(path)
    assert recording.attrs["recognised_as"] == "pfc_export"
    assert recording["choice"].values.tolist() == [0, 1, -1]
    assert recording["second_state"].values.tolist() == [1, 0, -1]
    assert recording["common_transition"].values.tolist() == [1, 0, -1]
    assert recording["trial_in_session"].values.tolist() == [0, 1, 3]
    assert recording["forced"].values.tolist() == [0, 1, 0]
    assert recording["reward_probability"].values.tolist() == [[0.8, 0.2]] * 3


def test_the_map_in_the_notes_works(write, tmp_path):
    """As datasets/README.md shows it."""
    notes = pfc_analysis.paths.content_folder("datasets") / "README.md"
    toml = tmp_path / "map.toml"
    toml.write_text(notes.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0])
    path = write(
        {
            "mouse": ["m"] * 4,
            "day": [1, 1, 2, 2],
            "n": [1, 2, 1, 3],
            "response": ["L", "R", "miss", "early"],
            "water": [1, 0, 0, 0],
            "p_left": [0.4] * 4,
            "p_right": [0.1] * 4,
            "kind": ["free", "instructed", "free", "free"],
        }
    )
    recording = load(path, toml)
    assert recording["choice"].values.tolist() == [0, 1, -1, -1]
    assert recording["forced"].values.tolist() == [0, 1, 0, 0]


def test_what_was_exported_comes_back(tmp_path):
    """CSV, NWB of one session and of several: `load` finds out what they are."""
    from pfc_analysis import export_recording

    path = tmp_path / "own.csv"
    path.write_text(
        "subject,session,trial_in_session,choice,reward\n"
        + "".join(f"M{s},{d},{t},{t % 2},{t % 3 == 0:d}\n" for s in (1, 2) for d in (0, 1)
                  for t in range(4))
    )  # fmt: skip
    recording = load(path)
    export_recording(recording, tmp_path / "table.csv")
    xr.testing.assert_identical(load(tmp_path / "table.csv"), recording)
    export_recording(recording, tmp_path / "sessions")
    xr.testing.assert_identical(load(tmp_path / "sessions"), recording)
    one = recording.isel(trial=slice(0, 4))
    export_recording(one, tmp_path / "one.nwb")
    xr.testing.assert_identical(load(tmp_path / "one.nwb"), one)
    with pytest.raises(RecordingError, match=r"exported beside .*own\.csv, which is none"):
        load([tmp_path / "one.nwb", path])
