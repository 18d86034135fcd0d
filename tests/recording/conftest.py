import h5py
import numpy as np
import pytest

TEXT = h5py.string_dtype()


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, taken out or put in; every tenth time the end is cut off."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(max(len(damaged), 1)))
        length = int(rng.integers(1, 9))
        kind = rng.integers(4)
        if kind == 0:
            del damaged[at : at + length]
        elif kind == 1:
            damaged[at:at] = rng.bytes(length)
        elif damaged:
            damaged[min(at, len(damaged) - 1)] = int(rng.integers(256))
    if rng.integers(10) == 0:
        del damaged[int(rng.integers(len(damaged) + 1)) :]
    return bytes(damaged)


@pytest.fixture
def damage_bytes():
    """What damages the content of a file, drawn from a generator."""
    return damage


@pytest.fixture(params=["h5py", "pynwb"])
def engine(request) -> str:
    """Each way to read an NWB file; the extra `test` installs both."""
    if request.param == "pynwb":
        pytest.importorskip("pynwb", reason="the extra nwb is not installed")
    return request.param


def write_column(table: h5py.Group, name: str, values, kind: str = "VectorData") -> h5py.Dataset:
    """A column as the format lays it out."""
    values = np.asarray(values)
    text = values.dtype.kind == "U"
    column = table.create_dataset(
        name, data=values.astype(object) if text else values, dtype=TEXT if text else None
    )
    column.attrs.update(
        {"namespace": "hdmf-common", "neurodata_type": kind, "object_id": f"id-{name}"}
    )
    if kind != "ElementIdentifiers":
        column.attrs["description"] = f"what {name} is"
    return column


@pytest.fixture
def write_nwb(tmp_path):
    """Write an NWB 2 file with one table of trials, by h5py alone."""

    def write(
        columns: dict,
        name: str = "session.nwb",
        subject: str | None = "M1",
        start: str = "2024-06-12T11:10:53-07:00",
        version: str = "2.7.0",
        table: str = "trials",
        **about: str,
    ):
        path = tmp_path / name
        size = len(next(iter(columns.values())))
        times = {"start_time": np.arange(size) * 1.0, "stop_time": np.arange(size) + 0.5}
        with h5py.File(path, "w") as file:
            file.attrs.update({"namespace": "core", "neurodata_type": "NWBFile"})
            file.attrs.update({"nwb_version": version, "object_id": f"id-of-{name}"})
            for entry in ("session_start_time", "timestamps_reference_time"):
                file[entry] = start
            file["identifier"], file["session_description"] = f"identifier of {name}", "a test"
            file["file_create_date"] = np.array([start], dtype=TEXT)
            for place in ("acquisition", "analysis", "processing", "general"):
                file.create_group(place)
            file.create_group("stimulus/presentation")
            file.create_group("stimulus/templates")
            for entry, text in about.items():
                file[f"general/{entry}"] = text
            if subject is not None:
                mouse = file.create_group("general/subject")
                mouse.attrs.update({"namespace": "core", "neurodata_type": "Subject"})
                mouse.attrs["object_id"] = "id-subject"
                mouse["subject_id"], mouse["species"] = subject, "Mus musculus"
            group = file.create_group(f"intervals/{table}")
            group.attrs.update({"namespace": "core", "neurodata_type": "TimeIntervals"})
            group.attrs.update({"object_id": "id-trials", "description": "trials"})
            group.attrs["colnames"] = np.array([*times, *columns], dtype=TEXT)
            write_column(group, "id", np.arange(size), "ElementIdentifiers")
            for column, values in (times | columns).items():
                write_column(group, column, values)
        return path

    return write
