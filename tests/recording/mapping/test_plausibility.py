"""Values that are readable and improbable are asked about."""

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.recording.load import load
from pfc_analysis.recording.schema import RecordingError

MAP = {"subject": "who", "choice": "side", "reward": "water"}
STATES = {
    "choice_values": {"l": 0, "r": 1},
    "second_state": "state",
    "second_state_values": {"L": "L", "R": "R"},
}


def frame(n=40, who="a", **columns):
    """Return a table of n trials."""
    trial = np.arange(n)
    given = {"who": [who] * n, "side": trial % 2, "water": trial // 2 % 2}
    return pd.DataFrame(given | columns)


def two_step(who, turned, n=40, seed=0):
    """Return trials of which eight in ten transitions are common, perhaps to the turned states."""
    rng = np.random.default_rng(seed)
    table = frame(n, who)
    common = rng.random(n) < 0.8
    state = np.where(common, table["side"], 1 - table["side"])
    return table.assign(state=np.where(state ^ turned, "R", "L"), group=turned), common


def fault(*given, **options):
    """Return the text of the error that loading raises."""
    with pytest.raises(RecordingError) as caught:
        load(*given, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "flag",
    [
        {"column": "t", "when": ["common"]},
        {"column": "t", "common": ["common"], "uncommon": ["rare"]},
    ],
)
@pytest.mark.parametrize("missing", ["NA", "", "n/a"])
def test_a_missing_transition_is_none(flag, missing):
    cells = ["common", missing, "rare", "common"] * 10
    recording = load(frame(t=cells), MAP | {"common_transition": flag})
    assert recording["common_transition"].values.tolist() == [1, -1, 0, 1] * 10
    assert any("a 0.67 of 30; 10 trial(s) without" in said for said in recording.attrs["assumed"])


def test_an_empty_cell_of_ones_and_zeros_is_no_transition():
    recording = load(frame(t=[1.0, np.nan, 0.0, 1.0] * 10), MAP | {"common_transition": "t"})
    assert recording["common_transition"].values.tolist() == [1, -1, 0, 1] * 10


def test_several_other_values_are_asked_about():
    cells = ["common", "-1", "rare", "common"] * 10
    said = fault(frame(t=cells), MAP | {"common_transition": {"column": "t", "when": ["common"]}})
    way_out = 'common_transition = { column = "t", common = ["common"], uncommon = ["rare"] }'
    assert way_out in said
    given = {"column": "t", "common": ["common"], "uncommon": ["rare"]}
    recording = load(frame(t=cells), MAP | {"common_transition": given})
    assert recording["common_transition"].values.tolist() == [1, -1, 0, 1] * 10
    said = fault(frame(t=[1, -1, 0, 1] * 10), MAP | {"common_transition": "t"})
    assert "common = [VALUES], uncommon = [VALUES]" in said


def test_counterbalanced_animals():
    (one, common), (other, other_common) = two_step("A", 0), two_step("B", 1, seed=1)
    expected = np.append(common, other_common).astype(int).tolist()
    usual, turned = {"l": "L", "r": "R"}, {"l": "R", "r": "L"}
    said = fault([one, other], MAP | STATES | {"common_second_state": usual})
    assert "B 0." in said
    assert 'B = { l = "R", r = "L" }' in said
    by_subject = {"common_second_state": {"A": usual, "B": turned}}
    recording = load([one, other], MAP | STATES | by_subject)
    assert recording["common_transition"].values.tolist() == expected
    by_column = {
        "common_second_state": {"0": usual, "1": turned},
        "common_second_state_by": "group",
    }
    recording = load([one, other], MAP | STATES | by_column)
    assert recording["common_transition"].values.tolist() == expected
    lacking = {"common_second_state": {"A": usual}}
    assert "found 'B', for which common_second_state" in fault([one, other], MAP | STATES | lacking)
    confirmed = {"common_second_state": usual, "confirmed": ["common_transition"]}
    assert load([one, other], MAP | STATES | confirmed).sizes["trial"] == 80


def test_a_share_far_from_the_others_is_asked_about():
    shares = {"a": 0.8, "b": 0.85, "c": 0.8, "d": 0.51}
    tables = [
        frame(200, who, t=(np.arange(200) < 200 * share).astype(int))
        for who, share in shares.items()
    ]
    said = fault(tables, MAP | {"common_transition": "t"})
    assert "of d 0.51 of 200 (others: a 0.80 of 200" in said
    assert load(tables[:3], MAP | {"common_transition": "t"}).sizes["trial"] == 600


def test_codes_for_missing_rewards():
    water = [0, 1, 999, 1] * 10
    said = fault(frame(water=water), MAP)
    assert "found 999 on 10 trial(s) with a choice" in said
    given = MAP | {"invalid": {"column": "water", "when": [999]}}
    recording = load(frame(water=water), given)
    assert recording["invalid"].values.sum() == 10
    assert recording["reward"].values.sum() == 20
    kept = load(frame(water=water), MAP | {"confirmed": ["reward"]})
    assert kept["reward"].values.max() == 999
    # Amounts of that size are amounts.
    assert load(frame(water=[0, 500, 999, 750] * 10), MAP)["reward"].values.max() == 999


def test_reversals_are_counted_from_the_first_discrimination():
    table = frame(phase=np.repeat([1, 2, 3, 4], 10))
    given = MAP | {"correct": "water", "reversal_number": "phase"}
    said = fault(table, given)
    assert "first_discrimination = 1" in said
    assert "first_discrimination = 0" in said
    recording = load(table, given | {"first_discrimination": 1})
    assert recording["reversal_number"].values.tolist() == np.repeat([0, 1, 2, 3], 10).tolist()
    assert recording["correct"].values.tolist() == table["water"].tolist()
    kept = load(table, given | {"first_discrimination": 0})
    assert kept["reversal_number"].values.min() == 1
    assert "found 1 of a" in fault(table, given | {"first_discrimination": 2})
    zero = load(frame(phase=np.repeat([0, 1], 20)), given)
    assert zero["reversal_number"].values.tolist() == [0] * 20 + [1] * 20
    assert "expected the number of reversals" in fault(frame(phase=[0.5] * 40), given)


def test_rows_that_are_no_trials():
    table = frame(task=["choice", "choice", "feedback", "end"] * 10)
    recording = load(table, MAP | {"rows": {"column": "task", "when": ["choice"]}})
    assert recording.sizes["trial"] == 20
    assert recording["choice"].values.tolist() == [0, 1] * 10
    assert any(said.startswith("rows: 20 of 40 rows") for said in recording.attrs["assumed"])
    nowhere = {"rows": {"column": "task", "when": ["trial"]}}
    assert "no cell with 'trial'" in fault(table, MAP | nowhere)
    lone = [table, frame(who="b", task=["feedback"] * 40)]
    assert load(lone, MAP | {"rows": {"column": "task", "when": ["choice"]}}).sizes["trial"] == 20


def test_tables_in_memory():
    table = pd.DataFrame(
        {
            "subject": pd.Categorical(["a", "a", "b", "b"]),
            "choice": pd.array([0, 1, None, 1], dtype="Int64"),
            "reward": pd.array([True, False, False, True], dtype="boolean"),
        }
    )
    recording = load(table)
    assert recording["choice"].values.tolist() == [0, 1, -1, 1]
    assert recording["reward"].values.tolist() == [1, 0, 0, 1]
    assert recording["subject"].values.tolist() == ["a", "a", "b", "b"]
    assert recording.attrs["source"] == ["DataFrame"]
    assert "'time'" not in fault(table.drop(columns="reward"))
    assert "two columns 'x'" in fault(pd.DataFrame([[1, 2]], columns=["x", "x"]))
    assert "beside 1 path(s)" in fault([table, "file.csv"])


def test_misspelt_transitions_are_refused():
    cells = ["common", "rare"] * 20
    given = {"column": "t", "common": ["common"], "uncommon": ["Rare"]}
    said = fault(frame(t=cells), MAP | {"common_transition": given})
    assert (
        "no cell with 'Rare', which common_transition of the column map names in `uncommon`" in said
    )
    only = {"column": "t", "common": ["common"], "uncommon": ["rare"]}
    table = frame(t=["common", ""] * 20)
    assert 'confirmed = ["common_transition"]' in fault(table, MAP | {"common_transition": only})
    confirmed = MAP | {"common_transition": only, "confirmed": ["common_transition"]}
    assert load(table, confirmed)["common_transition"].values.tolist() == [1, -1] * 20


def test_minus_1_alone_is_asked_about():
    for cells, common in ((["common"] * 3 + ["-1"], "common"), ([1, 1, 1, -1], 1)):
        given = {"column": "t", "when": [common]}
        said = fault(frame(t=cells * 10), MAP | {"common_transition": given})
        assert "-1 may mean that, or no transition" in said


def test_amounts_on_trials_without_a_choice_are_kept():
    water, bad = np.arange(40) * 3.0, np.arange(40) == 33
    table = frame(water=water, bad=bad)  # 99 on a trial that does not count
    assert load(table, MAP | {"invalid": "bad"})["reward"].values[33] == 99
    coded = frame(water=np.where(bad, 999, np.arange(40) % 2), bad=bad)
    recording = load(coded, MAP | {"invalid": "bad"})
    assert recording["reward"].values[33] == 0
    assert "reward: 999 on 1 trial(s) without a choice" in " ".join(recording.attrs["assumed"])


def test_rows_that_are_left_out_keep_the_numbers_of_the_others():
    water = ["x" if t == 7 else 0 for t in range(40)]
    table = frame(task=["end", "end", "trial", "trial"] * 10, water=water)
    assert "'x' at trial 7" in fault(table, MAP | {"rows": {"column": "task", "when": ["trial"]}})
