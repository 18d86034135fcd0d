import gzip
import io
import pickle
import struct
import zipfile

import h5py
import numpy as np
import pytest
import scipy.io

from pfc_analysis.recording.catalogue.local_copies import find_dataset
from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.registry import list_formats
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import save_recording
from pfc_analysis.recording.tables.raw_table import RawTable


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        detect_format(path)
    assert str(path) in str(caught.value)
    assert "expected" in str(caught.value) or "Get it again" in str(caught.value)
    return str(caught.value)


@pytest.fixture
def odd(tmp_path):
    """A path whose ending says nothing."""
    return tmp_path / "trials.data"


@pytest.mark.parametrize(
    "text",
    [
        b"choice,reward\n0,1\n",
        b"choice\treward\r\n0\t1\r\n",
        "Süd;Belohnung\n0;1\n".encode("latin-1"),
        "choice,reward\n0,1\n".encode("utf-16"),
        "choice,reward\n0,1\n".encode("utf-8-sig"),
        b"1",
    ],
)
def test_text(odd, text):
    odd.write_bytes(text)
    assert detect_format(odd).name == "text"


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_5(odd, packed):
    with odd.open("wb") as file:
        scipy.io.savemat(file, {"choice": np.arange(4.0)}, do_compression=packed)
    assert detect_format(odd).name == "matlab5"


def test_matlab_73(odd):
    with h5py.File(odd, "w", userblock_size=512) as file:
        file["choice"] = np.arange(4.0)
    with odd.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(512))
    assert detect_format(odd).name == "matlab73"


@pytest.mark.parametrize("block", [0, 512, 2048])
def test_hdf5(odd, block):
    with h5py.File(odd, "w", userblock_size=block) as file:
        file["choice"] = np.arange(4.0)
    assert detect_format(odd).name == "hdf5"


def test_hdf5_of_other_programs_with_our_names(odd):
    """The names alone do not make a recording: this one is no netCDF."""
    with h5py.File(odd, "w") as file:
        for name in ("choice", "reward", "subject"):
            file[name] = np.arange(4.0)
    assert detect_format(odd).name == "hdf5"


def test_nwb(write_nwb, odd):
    write_nwb({"choice": np.array([0, 1])}).rename(odd)
    assert detect_format(odd).name == "nwb"
    with h5py.File(odd, "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
    assert detect_format(odd).name == "nwb"


def test_recordings(tmp_path, recording):
    for ending in ("nc", "zarr"):
        path = save_recording(recording, tmp_path / f"agents.{ending}")
        assert detect_format(path.rename(tmp_path / f"data_{ending}")).name == "recording"


@pytest.mark.parametrize("version", [2, 3])
def test_zarr(tmp_path, version):
    zarr = pytest.importorskip("zarr", reason="the extra zarr is not installed")
    root = zarr.open_group(str(tmp_path / "a"), mode="w", zarr_format=version)
    root.create_array("choice", shape=(4,), dtype="f8")
    assert detect_format(tmp_path / "a").name == "zarr"
    root.attrs.update({"neurodata_type": "NWBFile", "nwb_version": "2.7.0"})
    assert detect_format(tmp_path / "a").name == "nwb"


def test_alf(tmp_path):
    (tmp_path / "alf").mkdir()
    np.save(tmp_path / "alf" / "_ibl_trials.choice.npy", np.arange(4.0))
    assert detect_format(tmp_path / "alf").name == "alf"
    assert detect_format(tmp_path).name == "alf"


# What is not read


def matlab_4(order: str) -> bytes:
    kind = 0 if order == "<" else 1000
    return (
        struct.pack(f"{order}5i", kind, 2, 1, 0, 7) + b"choice\0" + struct.pack(f"{order}2d", 0, 1)
    )


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "content")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "found", "way_out"),
    [
        (b"", "an empty file (0 bytes)", "Get it again"),
        (matlab_4("<"), "a MATLAB 4 file", "save(NAME, '-v7')"),
        (matlab_4(">"), "a MATLAB 4 file", "save(NAME, '-v7')"),
        (zipped("xl/workbook.bin"), "an Excel file in binary (.xlsb)", "as CSV"),
        (zipped("xl/sheet.xml"), "an Excel file", "save the table of trials as CSV"),
        (zipped("word/document.xml"), "a Word file", "as CSV"),
        (zipped("content.xml"), "a file of LibreOffice", "as CSV"),
        (zipped("trials.csv"), "a zip file", "Unpack it"),
        (pickle.dumps({"choice": [0, 1]}), "a pickle of Python, which can run any code", "to_csv"),
        (b"\x1f\x8b\x08\0", "a file packed by gzip", "Unpack it"),
        (b"\x89PNG\r\n\x1a\n\0", "a picture (PNG)", "as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file", "save it as CSV"),
        (b"SQLite format 3\0", "an SQLite database", "as CSV"),
        (b"RDX3\nX\n\0", "an R data file", "write.csv"),
        (gzip.compress(b"X\n\0\0\0\3", mtime=0), "an R data file", "write.csv"),
        (gzip.compress(b'[{"choice": 1}]', mtime=0), "a file packed by gzip", "Unpack it"),
        (b"$FL2@(#) SPSS DATA FILE", "an SPSS file", "as CSV"),
        (b"<stata_dta><header>", "a Stata file", "export delimited"),
        (b"ARROW1\0\0", "a feather file", "pandas.read_feather(NAME).to_csv"),
        (b"%PDF-1.7", "a PDF file", "as CSV"),
        (b"\x93NUMPY\x01\0", "one array of numpy (.npy)", "the folder of ALF files"),
        (b"  <!DOCTYPE html><html>", "a web page", "Fetch the file itself"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
        (b"\x07\0\x01garbage", "10 bytes that begin with b'\\x07\\x00\\x01garbage'", "as CSV"),
    ],
)
def test_other_formats(odd, content, found, way_out):
    odd.write_bytes(content)
    message = fault(odd)
    assert f"{odd}: found {found}" in message
    assert way_out in message


@pytest.mark.parametrize("ending", ["pkl", "pickle", "joblib"])
def test_pickles_of_old_protocols_by_their_ending(tmp_path, ending):
    path = tmp_path / f"trials.{ending}"
    path.write_bytes(pickle.dumps({"choice": [0, 1]}, protocol=0))
    assert "found a pickle of Python" in fault(path)


def test_figures_of_matlab(tmp_path):
    with (tmp_path / "a.fig").open("wb") as file:
        scipy.io.savemat(file, {"hgS_070000": {"type": "figure"}})
    assert "found a figure of MATLAB (.fig)" in fault(tmp_path / "a.fig")


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: no such file or folder"):
        detect_format(tmp_path / "none.csv")


def test_folders_of_other_things(tmp_path):
    assert "found a folder of nothing" in fault(tmp_path)
    for number in range(11):
        (tmp_path / f"M{number:02}.csv").touch()
    message = fault(tmp_path)
    assert "found a folder of M00.csv, M01.csv, M02.csv" in message
    assert "M07.csv and 3 more, expected one of Zarr (zarr.json, .zgroup) or of ALF" in message
    assert "Name the files in it that hold the trials" in message


def test_hdf5_cut_off(odd):
    with h5py.File(odd, "w") as file:
        file["choice"] = np.arange(999.0)
    odd.write_bytes(odd.read_bytes()[:900])
    assert "damaged or cut off (900 bytes" in fault(odd)


def test_damaged_files(write_nwb, survives_damage):
    """Whatever is damaged, a format is named or an error says what was found."""

    def read(path):
        assert detect_format(path) in list_formats()
        return [RawTable(path, 0, {})]

    survives_damage(read, write_nwb({"choice": np.array([0, 1])}))


@pytest.mark.real_data
def test_real_files(rat_recording, mouse_folder, grackle_folder):
    rats = find_dataset("rat_two_step")
    assert detect_format(rats).name == "matlab73"
    assert {detect_format(path).name for path in mouse_folder.glob("*.nwb")} == {"nwb"}
    assert {detect_format(path).name for path in grackle_folder.glob("*.csv")} == {"text"}
