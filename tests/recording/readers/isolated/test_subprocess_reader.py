import h5py
import numpy as np
import pytest

from pfc_analysis.recording.readers.formats.hdf5_tables import FORMAT
from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.schema import RecordingError

read_tables = FORMAT.read_tables


@pytest.fixture
def path(tmp_path):
    """A file of four trials."""
    path = tmp_path / "trials.h5"
    with h5py.File(path, "w") as file:
        file["choice"], file["reward"] = np.arange(4) % 2, np.arange(4) // 2
    return path


def fault(path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_tables(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_process_that_ends_is_replaced(path):
    read_tables(path)
    process = subprocess_reader._READER.process
    process.kill()
    process.wait()
    assert read_tables(path)[0].size == 4
    assert subprocess_reader._READER.process is not process


def test_a_file_that_ends_the_process(path, monkeypatch):
    read_tables(path)
    send = subprocess_reader.send

    def send_and_end(stream, message):
        send(stream, message)
        subprocess_reader._READER.process.kill()

    monkeypatch.setattr(subprocess_reader, "send", send_and_end)

    def receive_nothing(stream):
        raise EOFError

    monkeypatch.setattr(subprocess_reader, "receive", receive_nothing)
    assert "the library that reads it crashed (exit status" in fault(path)
    monkeypatch.undo()
    assert read_tables(path)[0].size == 4


def test_a_file_without_end(path, monkeypatch):
    read_tables(path)
    monkeypatch.setattr(subprocess_reader, "SECONDS", 0.2)
    # Asked nothing, it never answers.
    monkeypatch.setattr(subprocess_reader, "send", lambda *_: None)
    assert "damaged, or on a very slow disk: reading did not end within 0 s" in fault(path)
    monkeypatch.undo()
    assert read_tables(path)[0].size == 4
