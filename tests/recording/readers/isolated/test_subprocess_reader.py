import os
import subprocess
import sys
import time
from pathlib import Path

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


ASK_FOR_EVER = """
import sys, threading
from pathlib import Path
from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.readers.isolated.subprocess_reader import look_inside_isolated

def tell():
    print(subprocess_reader._READER.process.pid, flush=True)

threading.Timer(1.0, tell).start()
look_inside_isolated(Path(sys.argv[1]), ["recording"])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a time limit ends it")
def test_a_busy_process_ends_with_the_one_that_started_it(tmp_path):
    os.mkfifo(tmp_path / "never.h5")  # opening it waits for a writer that never comes
    command = [sys.executable, "-c", ASK_FOR_EVER, str(tmp_path / "never.h5")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as asking:
        reading = Path(f"/proc/{int(asking.stdout.readline())}/stat")
        time.sleep(0.5)
        assert reading.exists()
        asking.kill()
        asking.wait()
    for _ in range(50):
        if not reading.exists() or reading.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("it is still there")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the size")
def test_pyarrow_reserves_little_of_the_limit():
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    code = (
        "import pathlib, pyarrow\n"
        "size = lambda: int(pathlib.Path('/proc/self/statm').read_text().split()[0]) * 4096\n"
        "before = size(); pyarrow.array(['text'] * 1000); print(size() - before)"
    )
    environment = os.environ | subprocess_reader._LITTLE_MEMORY
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 2**28
