"""Arrays of counts beside trials, in MATLAB 5 and 7.3 and in npz, written by SciPy, h5py, numpy."""

import zipfile

import h5py
import numpy as np
import pytest
import scipy.io
from numpy.lib import format as npy

from pfc_analysis import load
from pfc_analysis.recording.neurons.count_arrays import find_dims
from pfc_analysis.recording.schema import RecordingError

TRIALS, UNITS = 40, 7
WINDOWS = {"before": ["cue", -0.5, 0.0], "after": ["cue", 0.0, 0.5]}
MAP = {
    "choice": "choice",
    "choice_values": {"left": 0, "right": 1},
    "reward": "reward",
    "counts": "X",
    "windows": WINDOWS,
    "units": {"area": "area"},
}


def content(dims=("unit", "trial", "window")) -> dict[str, np.ndarray]:
    """Counts of which each value tells its trial, window and unit; more vectors on units."""
    rng = np.random.default_rng(1)
    sizes = {"trial": TRIALS, "window": 2, "unit": UNITS}
    trial, window, unit = np.ogrid[:TRIALS, :2, :UNITS]
    counts = trial + 50 * window + 100 * unit
    order = [("trial", "window", "unit").index(dim) for dim in dims]
    assert counts.transpose(order).shape == tuple(sizes[dim] for dim in dims)
    return {
        "X": counts.transpose(order).astype(np.uint16),
        "choice": rng.integers(0, 2, TRIALS).astype(float),
        "reward": rng.integers(0, 2, TRIALS).astype(float),
        "area": np.arange(UNITS) % 2 + 1,
        "depth": np.arange(UNITS) * 0.5,
        "channel": np.arange(UNITS),
        "shank": np.arange(UNITS) // 4,
    }


def save_matlab5(path, arrays):
    scipy.io.savemat(path, arrays)
    return path


def save_matlab73(path, arrays):
    """As MATLAB lays it out: a block of its own before HDF5, arrays transposed, with classes."""
    names = {"f": "double", "i": "int64", "u": "uint16"}
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            values = np.atleast_2d(values)
            file[name] = values.T
            file[name].attrs["MATLAB_class"] = np.bytes_(names[values.dtype.kind])
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return path


def save_npz(path, arrays):
    np.savez_compressed(path, **arrays)
    return path


SAVERS = {"5.mat": save_matlab5, "73.mat": save_matlab73, "a.npz": save_npz}


@pytest.fixture(params=SAVERS)
def save(request, tmp_path):
    """Each format."""
    return lambda arrays: SAVERS[request.param](tmp_path / request.param, arrays)


@pytest.mark.parametrize(
    "dims", [("unit", "trial", "window"), ("trial", "unit", "window"), ("window", "unit", "trial")]
)
def test_dimensions_are_known_by_their_lengths(save, dims):
    recording = load(save(content(dims)), MAP, subject="M1")
    counts = recording["spike_count"]
    assert counts.dims == ("trial", "window", "unit")
    assert counts.values[3, 1, 5] == 3 + 50 + 500
    np.testing.assert_array_equal(counts.values, content(("trial", "window", "unit"))["X"])
    assert recording["window"].values.tolist() == ["before", "after"]
    assert recording["area"].values.tolist() == ["1", "2", "1", "2", "1", "2", "1"]
    assert recording["choice"].values.tolist() == content()["choice"].tolist()
    order = " x ".join(
        f"{dim} {size}" for dim, size in zip(dims, content(dims)["X"].shape, strict=True)
    )
    assert any(f"read as {order}" in said for said in recording.attrs["assumed"])


def test_one_window(save):
    arrays = content() | {"X": content()["X"][:, :, 0]}
    recording = load(save(arrays), MAP | {"windows": {"trial": ["start", 0.0, 2.0]}}, subject="a")
    assert recording["spike_count"].shape == (TRIALS, 1, UNITS)
    np.testing.assert_array_equal(recording["spike_count"].values[:, 0], arrays["X"].T)


def test_a_matrix_is_the_table(save):
    arrays = content()
    matrix = np.column_stack(
        [arrays.pop("choice"), arrays.pop("reward"), np.arange(TRIALS * 5.0).reshape(-1, 5)]
    )
    columns = MAP | {"choice": "Y_0", "reward": "Y_1", "units": {"area": "place_1"}}
    columns["others"] = {"last": {"column": "Y_6", "long_name": "last column"}}
    arrays |= {"Y": matrix, "place": np.column_stack([np.ones(UNITS), np.arange(UNITS)])}
    recording = load(save(arrays), columns, table="Y", subject="a")
    assert recording["last"].values.tolist() == matrix[:, 6].tolist()
    assert recording["area"].values.tolist() == [str(unit) for unit in range(UNITS)]
    assert recording.sizes["trial"] == TRIALS


def test_counts_in_a_struct(tmp_path):
    arrays = content()
    path = save_matlab5(tmp_path / "struct.mat", {"session": arrays})
    columns = MAP | {"counts": "session.X", "units": {"area": "session.area"}}
    recording = load(path, columns, subject="a", table="session")
    np.testing.assert_array_equal(
        recording["spike_count"].values, content(("trial", "window", "unit"))["X"]
    )


def test_missing_counts_are_kept(save):
    counts = content()["X"].astype(float)
    counts[2, 5] = np.nan
    recording = load(save(content() | {"X": counts}), MAP, subject="a")
    missing = np.argwhere(np.isnan(recording["spike_count"].values))
    assert missing.tolist() == [[5, 0, 2], [5, 1, 2]]


def test_an_npz_of_trials_alone(tmp_path):
    arrays = content()
    path = save_npz(tmp_path / "trials.npz", {k: arrays[k] for k in ("choice", "reward")})
    columns = {key: MAP[key] for key in ("choice", "choice_values", "reward")}
    recording = load(path, columns, subject="a")
    assert recording["choice"].values.tolist() == arrays["choice"].tolist()


# Dimensions, one by one


def test_readings():
    assert find_dims("f, X", (5, 9, 2), 9, 2, {}) == ("unit", "trial", "window")
    assert find_dims("f, X", (9, 5), 9, 1, {}) == ("trial", "unit")
    # As many units as trials: what has a value for each unit does not help, the map does.
    with pytest.raises(RecordingError) as caught:
        find_dims("f, X", (9, 9, 2), 9, 2, {"area": 9})
    assert str(caught.value) == (
        "f, X: found an array of shape (9, 9, 2), whose dimensions can be read in 2 ways, since "
        "lengths are the same (9 trials, 2 window(s), 9 units (area)). Say which in the column "
        "map, as counts = { array = NAME, dims = [..] }:\n"
        '  - dims = ["trial", "unit", "window"]\n'
        '  - dims = ["unit", "trial", "window"]'
    )
    told = find_dims("f, X", (9, 9, 2), 9, 2, {}, ["unit", "trial", "window"])
    assert told == ("unit", "trial", "window")
    # As many windows as units.
    with pytest.raises(RecordingError, match="can be read in 2 ways"):
        find_dims("f, X", (4, 9, 4), 9, 4, {})


# What is refused


def fault(path, columns=MAP, **options) -> str:
    with pytest.raises(RecordingError) as caught:
        load(path, columns, subject="a", **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_counts_of_other_trials_or_units(save):
    shorter = content() | {"X": content()["X"][:, :-1]}
    assert "shape (7, 39, 2), expected lengths of 40 trials, 2 window(s), 7 units (area)" in fault(
        save(shorter)
    )
    more_units = content() | {"X": np.zeros((8, TRIALS, 2))}
    assert "an array with other trials or other units cannot be matched" in fault(save(more_units))


@pytest.mark.parametrize("value", [-1.0, np.inf])
def test_values_that_are_no_counts(save, value):
    counts = content()["X"].astype(float)
    counts[1, 2, 0] = value
    message = fault(save(content() | {"X": counts}))
    assert f"found {value} at (1, 2, 0) (1 such value(s)), expected counts of spikes" in message


def test_an_array_without_units_is_refused(save):
    empty = {name: values for name, values in content().items() if name != "area"}
    message = fault(
        save(empty | {"X": np.zeros((0, TRIALS, 2))}),
        {name: value for name, value in MAP.items() if name != "units"},
    )
    assert "which holds no count, expected counts of one unit or more" in message


def test_rates_are_read_and_said(save):
    recording = load(save(content() | {"X": content()["X"] / 3.0}), MAP, subject="a")
    assert any("are no whole numbers" in said for said in recording.attrs["assumed"])


def test_an_array_that_is_not_there(save):
    assert "found no array 'Z', expected it as `counts`" in fault(
        save(content()), MAP | {"counts": "Z"}
    )
    assert "where: found nothing" in fault(save(content()), MAP | {"units": {"area": "where"}})


def test_windows_without_counts(save):
    columns = {key: value for key, value in MAP.items() if key not in ("counts", "units")}
    columns["windows"] = {"cue": ["reward", 0.0, 0.5]}
    assert "found windows without counts in the column map" in fault(save(content()), columns)


def test_counts_in_nwb(write_session):
    columns = MAP | {"units": {}}
    assert "found NWB and, in the column map, counts = 'X'" in fault(write_session(), columns)


def test_objects_in_npz_are_not_unpickled(tmp_path):
    path = tmp_path / "objects.npz"
    np.savez(path, **content() | {"X": np.array([{"a": 1}] * 3, dtype=object)}, allow_pickle=True)
    assert "Python objects, which are pickles" in fault(path)


def test_npz_that_is_cut(tmp_path):
    path = save_npz(tmp_path / "cut.npz", content())
    path.write_bytes(path.read_bytes()[:-200])
    assert "damaged or cut off" in fault(path)


def test_an_array_that_claims_to_fill_memory(tmp_path):
    path = save_npz(tmp_path / "bomb.npz", {k: v for k, v in content().items() if k != "X"})
    claim = {"descr": "|u1", "fortran_order": False, "shape": (10**9, TRIALS, 2)}
    with zipfile.ZipFile(path, "a") as archive, archive.open("X.npy", "w") as file:
        npy.write_array_header_1_0(file, claim)
    assert "X.npy: found a claim of 80000000000 bytes" in fault(path, MAP | {"units": {}})


def test_a_damaged_npz_is_refused_or_read(tmp_path, damage_bytes):
    path = save_npz(tmp_path / "damaged.npz", content())
    whole, rng, faults = path.read_bytes(), np.random.default_rng(1), []
    for _ in range(15):
        path.write_bytes(damage_bytes(whole, rng))
        try:
            load(path, MAP, subject="a")
        except RecordingError as error:
            faults.append(str(error))
    assert faults
    assert all(str(path) in one for one in faults)
