import errno
import os
import subprocess
import sys

import pytest

from pfc_analysis import atomic
from pfc_analysis.atomic import WriteError, atomic_path


def write(target, content="new"):
    with atomic_path(target) as temporary:
        temporary.write_text(content)


def leave(target, process: int, start: str = "1", kind: str = "partial"):
    """What a process that was killed while it wrote the target leaves."""
    left = target.with_name(
        f"{atomic._mark(target)}{atomic._machine()}-{process}-{start}.01234567.{kind}"
        f"{target.suffix}"
    )
    left.write_text("half")
    return left


@pytest.fixture
def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write("~/deeper/a.txt")
    assert (tmp_path / "deeper" / "a.txt").read_text() == "new"


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "ü" * 125 + ".txt", "a." + "x" * 250])
def test_names_as_long_as_the_file_system_takes(tmp_path, name):
    write(tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path):
    with pytest.raises(WriteError, match=r"cannot be written: File name too long\. Name another"):
        write(tmp_path / ("x" * 256))


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(WriteError, match=r"a.b\.txt: cannot be written: (File exists|Not a dir)"):
        write(tmp_path / "a" / "b.txt")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError(
            "Can't close file (file write failed: errno = 28, error message = 'No space')"
        ),
    ],
)
def test_a_full_disk_is_named(tmp_path, error):
    target = tmp_path / "a.txt"

    def write_half():
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(WriteError, match=r"a\.txt: cannot be written: No space left") as caught:
        write_half()
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_other_errors_pass_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError, match="elsewhere"), atomic_path(tmp_path / "a"):
        (tmp_path / "elsewhere").read_text()


def test_leftovers_of_ended_processes_are_removed(tmp_path, ended):
    target = tmp_path / "a.txt"
    leave(target, ended)
    leave(target, os.getpid(), start="7")  # this number was given again since
    mine = leave(target, os.getpid(), atomic._start(os.getpid()))
    other = leave(tmp_path / "b.txt", ended)
    write(target)
    assert set(tmp_path.iterdir()) == {target, mine, other}


def test_the_old_folder_comes_back_when_the_new_one_never_took_its_place(tmp_path, ended):
    target = tmp_path / "a"
    leave(target, ended, kind="old")
    with pytest.raises(ValueError, match="damaged"), atomic_path(target):
        raise ValueError("damaged")
    assert target.read_text() == "half"


FILL = """
import resource, signal, sys
from pathlib import Path
import numpy as np, xarray as xr
from pfc_analysis.recording.exports.csv_table import write_csv
from pfc_analysis.recording.storage import save_recording
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
trial = np.arange(3000)
recording = xr.Dataset(
    {"choice": ("trial", trial % 2, {"labels": ["a", "b"]}), "reward": ("trial", np.sin(trial))},
    {"subject": ("trial", np.full(3000, "s")), "session": ("trial", trial * 0),
     "trial_in_session": ("trial", trial)},
)
for name, write in [("a.nc", save_recording), ("a.zarr", save_recording), ("a.csv", write_csv)]:
    try:
        write(recording, Path(sys.argv[1]) / name)
    except OSError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_no_writer_leaves_half_a_file_where_the_disk_takes_no_more(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    said = done.stdout.splitlines()
    assert len(said) == 3, done
    assert all(
        line.endswith("cannot be written: File too large. Name another file.") for line in said
    )
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
