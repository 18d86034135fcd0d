"""NWB files with spikes and traces, written by pynwb, and converted to Zarr object by object."""

import json
from datetime import UTC, datetime

import h5py
import numpy as np
import pytest

N_TRIALS = 60


@pytest.fixture
def trials() -> dict[str, np.ndarray]:
    """Columns of a table of trials; the outcome did not happen on every tenth trial."""
    rng = np.random.default_rng(3)
    start = np.cumsum(rng.uniform(2.0, 4.0, N_TRIALS))
    outcome = start + rng.uniform(0.5, 1.0, N_TRIALS)
    outcome[::10] = np.nan
    return {
        "start_time": start,
        "stop_time": start + 1.9,
        "choice": rng.integers(0, 2, N_TRIALS),
        "reward": rng.integers(0, 2, N_TRIALS),
        "cue_time": start + 0.25,
        "outcome_time": outcome,
    }


@pytest.fixture
def trains() -> list[np.ndarray]:
    """Spike times of five units, the fourth silent."""
    rng = np.random.default_rng(4)
    rates = (2.0, 8.0, 20.0, 0.0, 5.0)
    return [np.sort(rng.uniform(-3.0, 260.0, rng.poisson(263 * rate))) for rate in rates]


@pytest.fixture
def write_session(tmp_path, trials):
    """Write an NWB file by pynwb: trials, units and what `add` adds."""
    pynwb = pytest.importorskip("pynwb", reason="the extra nwb is not installed")

    def write(trains=None, *, units=None, observed=None, add=None, name="session.nwb", start=None):
        file = pynwb.NWBFile("a test", name, start or datetime(2024, 6, 1, tzinfo=UTC))
        file.subject = pynwb.file.Subject(subject_id="M1", species="Macaca mulatta", sex="U")
        for column in trials:
            if not column.endswith(("start_time", "stop_time")):
                file.add_trial_column(column, f"what {column} is")
        for row in range(N_TRIALS):
            file.add_trial(**{column: values[row] for column, values in trials.items()})
        _add_units(file, trains or [], units or {}, observed)
        if add is not None:
            add(pynwb, file)
        path = tmp_path / name
        with pynwb.NWBHDF5IO(str(path), "w") as io:
            io.write(file)
        return path

    return write


def _add_units(file, trains, units, observed) -> None:
    if not len(trains):
        return
    device = file.create_device("probe")
    groups = {
        name: file.create_electrode_group(name, "shank", where, device)
        for name, where in (("shank0", "ACC"), ("shank1", "DLPFC"))
    }
    for column in units:
        file.add_unit_column(column, f"what {column} is")
    for number, train in enumerate(trains):
        more = {} if observed is None else {"obs_intervals": observed[number]}
        file.add_unit(
            spike_times=train,
            electrode_group=groups[f"shank{number % 2}"],
            **{column: values[number] for column, values in units.items()},
            **more,
        )


@pytest.fixture
def to_zarr(tmp_path):
    """Convert an NWB file to Zarr as hdmf-zarr 0.13 lays it out; references are left out.

    It packs dates as bytes, other text as UTF-8, and declares 0 as what is missing.
    """
    pytest.importorskip("zarr", reason="the extra zarr is not installed")
    import numcodecs

    def put(folder, values, about) -> None:
        text, is_date = values.dtype.kind in "OU", folder.name.endswith("_time")
        codec = numcodecs.VLenBytes() if is_date else numcodecs.VLenUTF8()
        packer = numcodecs.Blosc()
        folder.mkdir(parents=True)
        if text and is_date:
            values = np.array([value.encode() for value in values], dtype=object)
        packed = codec.encode(values.astype(object)) if text else values.tobytes()
        (folder / ".".join("0" * values.ndim)).write_bytes(packer.encode(packed))
        described = {
            "zarr_format": 2,
            "shape": list(values.shape),
            "chunks": [max(size, 1) for size in values.shape],
            "dtype": "|O" if text else values.dtype.str,
            "fill_value": 0,
            "order": "C",
            "filters": [codec.get_config()] if text else None,
            "compressor": packer.get_config(),
        }
        (folder / ".zarray").write_text(json.dumps(described))
        (folder / ".zattrs").write_text(json.dumps(about))

    def convert(path):
        root = tmp_path / f"{path.name}.zarr"
        with h5py.File(path) as file:
            _group(root, file.attrs)

            def visit(place, found) -> None:
                if isinstance(found, h5py.Group):
                    _group(root / place, found.attrs)
                elif h5py.check_ref_dtype(found.dtype) is None and found.size:
                    text = h5py.check_string_dtype(found.dtype) is not None
                    values = np.atleast_1d(found.asstr()[()] if text else found[()])
                    put(root / place, values, _plain(found.attrs))

            file.visititems(visit)
        return root

    return convert


def _group(folder, attributes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zattrs").write_text(json.dumps(_plain(attributes)))


def _plain(attributes) -> dict:
    """Attributes that JSON can hold; references are none."""
    found = {}
    for name, value in attributes.items():
        value = value.tolist() if hasattr(value, "tolist") else value
        if isinstance(value, (str, int, float, list)):
            found[name] = value
    return found
