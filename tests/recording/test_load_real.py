"""Real files by `load`, against counts made another way and against their own readers."""

import csv
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pfc_analysis import load, load_dataset
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.recording.catalogue.local_copies import DATA_VARIABLE
from pfc_analysis.recording.schema import RecordingError

pytestmark = pytest.mark.real_data


@pytest.fixture
def examples() -> Path:
    """Example files of hBayesDM, which the catalogue does not have."""
    named = os.environ.get(DATA_VARIABLE)
    folder = Path(named or "") / "hbayesdm_examples"
    if named and not folder.is_dir():
        pytest.fail(f"{DATA_VARIABLE} is {named}, but hbayesdm_examples/ is not there")
    if not named:
        pytest.skip(f"set {DATA_VARIABLE} to a folder that holds hbayesdm_examples/")
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_two_step_stay_table_by_hand(examples):
    """Every trial beside the one before it, where that has the number before."""
    path = examples / "ts_exampleData.txt"
    counts: dict = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    before = None
    n_common = n_rows = 0
    for row in rows_of(path):
        n_rows += 1
        common = (row["level2_choice"] in ("1", "2")) == (row["level1_choice"] == "1")
        n_common += common
        follows = before is not None and before["subjID"] == row["subjID"]
        if follows and int(row["trial"]) == int(before["trial"]) + 1:
            kind = "common" if before["common"] else "uncommon"
            kind += "_rewarded" if before["reward"] == "1" else "_unrewarded"
            cell = counts[row["subjID"]][kind]
            cell[0] += row["level1_choice"] == before["level1_choice"]
            cell[1] += 1
        before = {**row, "common": common}
    recording = load(path)
    assert recording.attrs["recognised_as"] == "hbayesdm_two_step"
    assert recording.sizes["trial"] == n_rows == 2190
    assert float((recording["common_transition"] == 1).mean()) == n_common / n_rows
    assert round(n_common / n_rows, 3) == 0.707
    table = compute_stay_probability(recording)
    assert table["subject"].values.tolist() == list(counts)
    for subject, kinds in counts.items():
        assert len(kinds) == 4
        for kind, (stayed, n) in kinds.items():
            found = table["stay_probability"].sel(subject=subject, previous=kind)
            assert float(found) == pytest.approx(stayed / n, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "preset", "column"),
    [
        ("bandit2arm", "hbayesdm_choice_outcome", None),
        ("prl", "hbayesdm_choice_outcome", None),
        ("prl_multipleB", "hbayesdm_blocks", "block"),
    ],
)
def test_choices_and_outcomes(examples, name, preset, column):
    path = examples / f"{name}_exampleData.txt"
    rows = rows_of(path)
    recording = load(path)
    assert recording.attrs["recognised_as"] == preset
    assert recording["choice"].values.tolist() == [int(row["choice"]) - 1 for row in rows]
    assert recording["reward"].values.tolist() == [float(row["outcome"]) for row in rows]
    assert recording["subject"].values.tolist() == [row["subjID"] for row in rows]
    assert recording["trial_in_session"].values.tolist() == [int(row["trial"]) - 1 for row in rows]
    if column:
        assert recording["session_label"].values.tolist() == [int(row[column]) for row in rows]
        starts = recording["trial_in_session"].values == 0
        assert recording["session"].values[starts].tolist() == [0, 1, 2] * 3


@pytest.mark.parametrize("name", ["rat_two_step", "mouse_dopamine", "mouse_dopamine_delay"])
def test_files_of_the_catalogue_are_known(name, locate_dataset):
    path = locate_dataset(name)
    recording = load(path)
    assert recording.attrs.pop("recognised_as") == name
    xr.testing.assert_identical(recording, load_dataset(name))
    by_name = load([name])  # as `compare` hands it on
    assert by_name.attrs.pop("recognised_as") == name
    xr.testing.assert_identical(recording, by_name)


def test_a_renamed_copy_is_known(tmp_path, locate_dataset):
    path = locate_dataset("rat_two_step")
    copy = tmp_path / "mine.mat"
    copy.write_bytes(path.read_bytes())
    recording = load(copy)
    assert recording.attrs.pop("recognised_as") == "rat_two_step"
    xr.testing.assert_identical(recording, load_dataset("rat_two_step"))


def test_mice_of_the_catalogue(mouse_folder, mouse_recording):
    recording = load(mouse_folder)
    assert recording.attrs.pop("recognised_as") == "mouse_dynamic_foraging"
    assert recording.attrs.pop("experiment") == "matching"
    title = recording.attrs["title"]
    xr.testing.assert_identical(recording, mouse_recording.assign_attrs(title=title))
    one = load(mouse_folder / mouse_recording.attrs["source"][0])
    assert one.attrs["source"] == mouse_recording.attrs["source"][:1]
    assert one.sizes["trial"] == 432


def test_the_same_mice_by_the_preset(mouse_folder, mouse_recording):
    """As if nobody knew the files: the map of the preset, and the way of every table."""
    files = [mouse_folder / name for name in mouse_recording.attrs["source"]]
    recording = load(files[::-1], "aind_foraging")
    assert recording.attrs["source"] == mouse_recording.attrs["source"]
    xr.testing.assert_equal(recording, mouse_recording.drop_vars(["protocol", "forced"]))


def test_foreign_files_beside_those_of_the_catalogue(mouse_folder, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("subject,choice,reward\na,0,1\na,1,0\n")
    known = next(mouse_folder.glob("*.nwb"))
    with pytest.raises(RecordingError) as caught:
        load([other, known])
    assert str(caught.value) == (
        f"{other}: found a file that is not in the catalogue beside {known.name}, which is one of "
        "mouse_dynamic_foraging, expected one kind. Name the files that are meant."
    )
    assert np.all(load(other)["choice"] == [0, 1])
