import re

import h5py
import numpy as np
import pytest
import scipy.io

from pfc_analysis.recording.catalogue.miller_rats import read_miller_rats
from pfc_analysis.recording.schema import RecordingError

# Two rats, six trials each in two sessions. The second is incongruent, has a forced choice on
# trial 1, a violation marked in sides2 on trial 2 and one marked in viols on trial 4.
NAN = np.nan
CONGRUENT = {
    "ratname": "M001",
    "task": "TwoStep",
    "sides1": "lrllrr",
    "sides2": "lrrlrl",
    "trans_common": [1, 1, 0, 1, 1, 0],
    "rewards": [1, 0, 0, 1, 1, 0],
    "leftprobs": [0.8, 0.8, 0.8, 0.2, 0.2, 0.2],
    "rightprobs": [0.2, 0.2, 0.2, 0.8, 0.8, 0.8],
    "better_choices": [1, 0, 1, 0, 1, 1],
    "viols": [0, 0, 0, 0, 0, 0],
    "new_sess": [1, 0, 0, 1, 0, 0],
    "nTrials": [6],
    "nSess": [2],
    "p_congruent": [0.8],
}
INCONGRUENT = {
    **CONGRUENT,
    "ratname": "M002",
    "sides1": "lrllrr",
    "sides2": "rlvlll",
    "trans_common": [1, 1, 1, 0, 1, 1],
    "rewards": [1, 1, 0, 0, 0, 1],
    "better_choices": [0, NAN, NAN, 1, 0, 0],
    "viols": [0, 0, 0, 0, 1, 0],
    "new_sess": [1, 0, 1, 0, 0, 0],
    "p_congruent": [0.2],
}


def write_field(group: h5py.Group, name: str, value) -> None:
    """One field as MATLAB lays it out: text as code points, numbers as double, one row."""
    if isinstance(value, str):
        codes = np.array([[ord(letter) for letter in value]], dtype=np.uint16)
        group[name] = codes.T if name in ("ratname", "task") else codes
        group[name].attrs["MATLAB_class"] = np.bytes_("char")
    else:
        group[name] = np.array([value], dtype=np.float64)
        group[name].attrs["MATLAB_class"] = np.bytes_("double")


@pytest.fixture
def write(tmp_path):
    def write_rats(*rats: dict, name: str = "rats.mat"):
        path = tmp_path / name
        with h5py.File(path, "w", userblock_size=512) as file:
            cell = file.create_dataset("ratdatas", (1, len(rats)), dtype=h5py.ref_dtype)
            cell.attrs["MATLAB_class"] = np.bytes_("cell")
            for number, rat in enumerate(rats):
                group = file.create_group(f"#refs#/{chr(ord('b') + number)}")
                group.attrs["MATLAB_class"] = np.bytes_("struct")
                for field, value in rat.items():
                    write_field(group, field, value)
                group["trial_types"] = np.zeros(2, dtype=np.uint64)
                group["trial_types"].attrs["MATLAB_class"] = np.bytes_("double")
                group["trial_types"].attrs["MATLAB_empty"] = np.uint8(1)
                cell[0, number] = group.ref
        header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512, b"\0")
        with path.open("r+b") as raw:
            raw.write(header)
        return path

    return write_rats


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_miller_rats(path)
    assert str(path) in str(caught.value)
    assert "fetch_dataset('rat_two_step')" in str(caught.value)
    return str(caught.value)


def test_every_trial_of_every_rat_in_order(write):
    recording = read_miller_rats(write(CONGRUENT, INCONGRUENT))
    assert recording["subject"].values.tolist() == ["M001"] * 6 + ["M002"] * 6
    assert recording["session"].values.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1]
    assert recording["trial_in_session"].values.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 3]
    assert recording["reward"].values.tolist() == [1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1]
    assert recording["congruent"].values.tolist() == [1] * 6 + [0] * 6
    assert recording["arm"].values.tolist() == ["left", "right"]


def test_sides_become_indices(write):
    recording = read_miller_rats(write(CONGRUENT))
    assert recording["choice"].values.tolist() == [0, 1, 0, 0, 1, 1]
    assert recording["second_state"].values.tolist() == [0, 1, 1, 0, 1, 0]
    for name in ("choice", "second_state", "better_state"):
        assert recording[name].attrs["labels"] == ["left", "right"]


def test_probabilities_are_those_of_the_trial_as_played(write):
    """Within a session they count one trial later than the file has them."""
    left = [0.2, 0.8, 0.8, 0.8, 0.2, 0.2]
    rat = {**CONGRUENT, "leftprobs": left, "rightprobs": [1 - p for p in left]}
    recording = read_miller_rats(write(rat))
    assert recording["better_state"].values.tolist() == [1, 1, 0, 0, 0, 1]
    np.testing.assert_allclose(
        recording["reward_probability"].sel(arm="left"), [0.2, 0.2, 0.8, 0.8, 0.8, 0.2]
    )
    np.testing.assert_allclose(recording["reward_probability"].sum("arm"), 1.0)


def test_violations_in_both_places(write):
    recording = read_miller_rats(write(INCONGRUENT))
    assert recording["invalid"].values.tolist() == [0, 0, 1, 0, 1, 0]
    assert recording["choice"].values.tolist() == [0, 1, -1, 0, -1, 1]
    assert recording["second_state"].values.tolist() == [1, 0, -1, 0, -1, 0]
    assert recording["common_transition"].values.tolist() == [1, 1, -1, 0, -1, 1]
    assert recording.sizes["trial"] == 6


def test_forced_choices(write):
    recording = read_miller_rats(write(CONGRUENT, INCONGRUENT))
    assert recording["forced"].values.tolist() == [0] * 6 + [0, 1, 1, 0, 0, 0]
    assert recording["choice"].values[7] == 1  # forced, and still a choice


def test_description(write):
    recording = read_miller_rats(write(CONGRUENT))
    assert recording.attrs["kind"] == "animal"
    for name in ("species", "task", "source", "citation", "doi", "licence", "assumed"):
        assert recording.attrs[name]
    assert all(array.attrs["long_name"] for array in recording.variables.values())
    assert {array.dtype.kind for array in recording.variables.values()} <= set("iUf")


# Files of another kind


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.mat: no such file\. This reader knows"):
        read_miller_rats(tmp_path / "none.mat")


def test_folder(tmp_path):
    assert "found a folder, expected a MATLAB 7.3 file" in fault(tmp_path)


def test_matlab_5(tmp_path):
    path = tmp_path / "old.mat"
    scipy.io.savemat(path, {"ratdatas": np.zeros((1, 2))})
    message = fault(path)
    assert "found a MATLAB 5 file, expected MATLAB 7.3 (which is HDF5)" in message
    assert "save(NAME, '-v7.3')" in message


@pytest.mark.parametrize("content", [b"", b"subject,choice\nM001,1\n"])
def test_other_files(tmp_path, content):
    path = tmp_path / "rats.mat"
    path.write_bytes(content)
    assert (
        f"found {len(content)} bytes that begin with {content[:16]!r}, expected a MATLAB 7.3 file"
    ) in fault(path)


def test_truncated_file(write):
    path = write(CONGRUENT, INCONGRUENT)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert f"damaged or cut off ({len(whole) // 2} bytes; " in fault(path)


def test_hdf5_of_another_layout(tmp_path):
    path = tmp_path / "rats.mat"
    with h5py.File(path, "w") as file:
        file["sst"] = np.zeros(3)
    assert "found ['sst'], expected a cell array 'ratdatas' of structs" in fault(path)
    with h5py.File(path, "w") as file:
        file["ratdatas"] = np.zeros((1, 6))
    assert "expected a cell array 'ratdatas' of structs" in fault(path)


# References and objects that lead elsewhere


def test_null_reference(write):
    path = write(CONGRUENT)
    with h5py.File(path, "r+") as file:
        file["ratdatas"][0, 0] = h5py.Reference()
    assert "entry 0 of 'ratdatas' is nothing MATLAB wrote, expected a struct" in fault(path)


def test_reference_to_an_array(write):
    path = write(CONGRUENT)
    with h5py.File(path, "r+") as file:
        file["ratdatas"][0, 0] = file["#refs#/b/rewards"].ref
    assert "entry 0 of 'ratdatas' is double, expected a struct" in fault(path)


def test_objects_of_classes(write):
    path = write(CONGRUENT)
    with h5py.File(path, "r+") as file:
        file["#refs#/b/rewards"].attrs["MATLAB_class"] = np.bytes_("table")
    assert ("rat M001, field 'rewards': found MATLAB class table, expected double") in fault(path)


def test_cell_in_place_of_numbers(write):
    path = write(CONGRUENT)
    with h5py.File(path, "r+") as file:
        group = file["#refs#/b"]
        del group["rewards"]
        group["rewards"] = np.array([[group["viols"].ref]], dtype=h5py.ref_dtype)
        group["rewards"].attrs["MATLAB_class"] = np.bytes_("cell")
    assert "field 'rewards': found MATLAB class cell, expected double" in fault(path)


def test_links_to_other_files(write):
    path = write(CONGRUENT)
    other = write(CONGRUENT, name="other.mat")
    with h5py.File(path, "r+") as file:
        del file["#refs#/b/rewards"]
        file["#refs#/b/rewards"] = h5py.ExternalLink(str(other), "/#refs#/b/rewards")
    assert "field 'rewards': found MATLAB class nothing MATLAB wrote, expected double" in fault(
        path
    )
    with h5py.File(path, "r+") as file:
        del file["ratdatas"]
        file["ratdatas"] = h5py.ExternalLink(str(other), "/ratdatas")
    assert "expected a cell array 'ratdatas' of structs" in fault(path)


def test_empty_field(write):
    path = write(CONGRUENT)
    with h5py.File(path, "r+") as file:
        file["#refs#/b/rewards"].attrs["MATLAB_empty"] = np.uint8(1)
    assert "field 'rewards': found an array of float64, or an empty one, expected" in fault(path)


# Fields and coding


def test_missing_field(write):
    rat = {name: value for name, value in CONGRUENT.items() if name != "rewards"}
    message = fault(write(rat))
    assert "rat M001, field 'rewards': found only the fields ['better_choices', " in message
    unnamed = {name: value for name, value in CONGRUENT.items() if name != "ratname"}
    assert "rat number 1, field 'ratname': found only the" in fault(write(CONGRUENT, unnamed))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sides1", "lrxlrr", "found 'x' at trial 2 (1 such value(s)), expected one of ['l', 'r']"),
        ("sides1", "lrvlrr", "found 'v' at trial 2 (1 such value(s)), expected one of ['l', 'r']"),
        ("sides2", "RRRlrl", "found 'R' at trial 0 (3 such value(s)), expected one of ['l', 'r'"),
        ("rewards", [1, 0, 0, 1, 2, 2], "found 2.0 at trial 4 (2 such value(s)), expected one of"),
        ("rewards", [1, 0, 0, 1, 1, NAN], "found nan at trial 5 (1 such value(s)), expected one"),
        ("viols", [0, -1, 0, 0, 0, 0], "found -1.0 at trial 1 (1 such value(s)), expected one of"),
        ("better_choices", [1, 0, 3, 0, 1, 1], "found 3.0 at trial 2 (1 such value(s)), expected"),
        ("trans_common", [1, 1, 0, 1, 1, 5], "found 5.0 at trial 5 (1 such value(s)), expected"),
        (
            "trans_common",
            [1, 1, 0, 0, 0, 0],
            "found 0 at trial 3 (2 such value(s)), with sides l and l and p_congruent 0.8, "
            "expected 1",
        ),
        ("p_congruent", [0.5], "found 0.5, expected a rate between 0 and 1 other than 0.5"),
        ("p_congruent", [NAN], "found nan, expected a rate between 0 and 1 other than 0.5"),
        ("leftprobs", [80] * 6, "found 80.0 at trial 0 (6 such value(s)), expected a probability"),
        (
            "rightprobs",
            [0.8] * 6,
            "found 0.8 at trial 0 (3 such value(s)), expected another value than leftprobs",
        ),
        ("new_sess", [0, 1, 0, 1, 0, 0], "found 0 at trial 0, expected 1, the first trial starts"),
        ("new_sess", [1, 0, 0, 0, 0, 0], "found 1 session starts, expected nSess, 2"),
        ("nTrials", [0], "found 0, expected a whole number of at least 1"),
        ("nTrials", [NAN], "found nan, expected a whole number of at least 1"),
        ("rewards", [1, 0, 0], "found shape (1, 3), expected a row of 6 values"),
        ("rewards", "lrlrlr", "found MATLAB class char, expected double"),
        ("sides1", [1, 2, 1, 1, 2, 2], "found MATLAB class double, expected char"),
    ],
)
def test_coding(write, field, value, message):
    text = fault(write(CONGRUENT, {**CONGRUENT, "ratname": "M009", field: value}))
    assert f"rats.mat, rat M009, field {field!r}: {message}" in text


def test_same_rat_twice(write):
    with pytest.raises(
        RecordingError, match=re.escape("found session 0 of subject M001 again at trial 12")
    ):
        read_miller_rats(write(CONGRUENT, INCONGRUENT, CONGRUENT))
