"""Matrices of sessions x trials, in files that SciPy writes."""

import numpy as np
import pytest
import scipy.io

from pfc_analysis import load
from pfc_analysis.recording.readers.formats.matlab5 import read_matlab5_tables
from pfc_analysis.recording.schema import RecordingError

RNG = np.random.default_rng(0)
CHOICES = RNG.integers(1, 3, (3, 8)).astype(float)
REWARDS = RNG.integers(0, 2, (3, 8)).astype(float)
CHOICES[0, 2] = np.nan  # a missed trial, which has no reward
SIZES = [8, 5, 6]
for row, size in enumerate(SIZES):
    CHOICES[row, size:] = REWARDS[row, size:] = np.nan


@pytest.fixture
def write(tmp_path):
    def write(**variables):
        scipy.io.savemat(tmp_path / "t.mat", variables)
        return tmp_path / "t.mat"

    return write


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_matlab5_tables(path)
    return str(caught.value)


def check(tables, sizes=tuple(SIZES)) -> None:
    assert [table.size for table in tables] == list(sizes)
    for row, table in enumerate(tables):
        np.testing.assert_array_equal(table.columns["choices"], CHOICES[row, : table.size])
        np.testing.assert_array_equal(table.columns["rewards"], REWARDS[row, : table.size])


def test_rows_are_sessions(write):
    tables = read_matlab5_tables(write(choices=CHOICES, rewards=REWARDS))
    check(tables)
    assert [table.place for table in tables] == ["row 1", "row 2", "row 3"]
    assert tables[0].notes == (
        "choices, rewards: the 3 rows of these matrices are sessions, their 8 columns trials; "
        "trials at the end of a row that are NaN in all of them are left out",
    )


def test_they_load_as_sessions(write):
    columns = {
        "choice": "choices",
        "choice_values": {"left": 1, "right": 2, "none": [float("nan")]},
        "reward": "rewards",
    }
    recording = load(write(choices=CHOICES, rewards=REWARDS), columns, subject="x")
    assert np.unique(recording["session"], return_counts=True)[1].tolist() == SIZES
    assert recording["choice"].values[2] == -1
    said = recording.attrs["assumed"]
    assert any("rows of these matrices are sessions" in sentence for sentence in said)


def test_vectors_beside_them_say_what_each_session_is(write):
    names = np.array(["m1", "m1", "m2"], dtype=object)
    matrices = {"choices": CHOICES, "rewards": REWARDS}
    path = write(data=matrices | {"day": [3.0, 4.0, 5.0], "animal": names, "rig": "A"})
    tables = read_matlab5_tables(path)
    check(tables)
    assert [table.place for table in tables] == [f"data, row {row}" for row in (1, 2, 3)]
    assert [table.constants["animal"] for table in tables] == ["m1", "m1", "m2"]
    assert [table.constants["day"] for table in tables] == [3, 4, 5]
    assert {table.constants["rig"] for table in tables} == {"A"}


def test_a_session_without_trials_is_named(write):
    gone = np.full((1, 8), np.nan)
    matrices = {n: np.vstack([v, gone]) for n, v in [("choices", CHOICES), ("rewards", REWARDS)]}
    tables = read_matlab5_tables(write(**matrices))
    check(tables)
    assert "row(s) 4 hold nothing else and are left out" in tables[0].notes[0]


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        (REWARDS.T, "with NaN at the ends of columns, so that columns seem to be sessions"),
        (np.ones((8, 3)), "of which rows may be trials and columns sessions"),
        (np.ones((8, 8)), "of which it is not clear whether rows or columns are sessions"),
        # Sessions in columns, the longest first: the ends of rows are NaN, too.
        (np.where(np.tri(9, 6, -4)[:, ::-1], np.nan, 1.0), "of which rows may be trials"),
    ],
)
def test_where_columns_may_be_sessions(write, choices, why):
    message = fault(write(choices=choices, rewards=choices))
    assert f"{choices.shape[0]} x {choices.shape[1]}, {why}" in message
    assert "turn them (choices = choices.'; rewards = rewards.')" in message


def test_missed_trials_may_be_empty_in_all_matrices(write):
    tables = read_matlab5_tables(write(choices=CHOICES, rewards=CHOICES))
    assert [table.size for table in tables] == SIZES


def test_more_sessions_than_trials_where_the_ends_tell(write):
    choices = np.ones((9, 6))
    choices[::2, 4:] = np.nan
    sizes = [table.size for table in read_matlab5_tables(write(choices=choices, rewards=choices))]
    assert sizes == [4, 6, 4, 6, 4, 6, 4, 6, 4]


def test_other_matrices_do_not_stand_in_the_way(write):
    """Vectors of trials count, whatever matrices lie beside them or in another struct."""
    trials = {"choice": np.ones(9), "reward": np.zeros(9)}
    features = {"spikes": np.ones((9, 20)), "rates": np.ones((9, 20))}
    parameters = {"transition": np.eye(2), "reward_probability": np.eye(2), "weights": np.eye(7)}
    (table,) = read_matlab5_tables(write(data=trials | features, parameters=parameters))
    assert list(table.columns) == ["choice", "reward"]
    assert table.unusable == dict.fromkeys(features, "an array of shape (9, 20)")
    (table,) = read_matlab5_tables(
        write(**trials, **features, network={"a": CHOICES, "b": CHOICES})
    )
    assert list(table.columns) == ["choice", "reward"]
