"""No process of the package runs a module that lies beside the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis.python_process import outside_current_folder, python_command

ROOT = Path(__file__).resolve().parent.parent
TRAPS = ("random", "signal", "numpy", "tokenize", "h5py", "typing_extensions")


@pytest.fixture
def trapped(tmp_path, monkeypatch):
    """Make the current folder hold modules that write a file when they are imported."""
    for name in TRAPS:
        trap = f"open({str(tmp_path / 'RAN')!r}, 'a').write({name!r} + ' ')\nraise SystemExit(9)\n"
        (tmp_path / f"{name}.py").write_text(trap)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "RAN").exists(), (tmp_path / "RAN").read_text()


def test_the_traps_work(tmp_path):
    (tmp_path / "random.py").write_text("open('RAN', 'w')")
    subprocess.run([sys.executable, "-c", "import random"], cwd=tmp_path, check=True)
    assert (tmp_path / "RAN").exists()


def test_a_reading_process_runs_nothing_beside_the_data(trapped, monkeypatch):
    import h5py

    from pfc_analysis.recording.readers.isolated import subprocess_reader
    from pfc_analysis.recording.readers.isolated.subprocess_reader import (
        _SubprocessReader,
        look_inside_isolated,
    )

    with h5py.File("t.h5", "w") as file:
        file["choice"] = [0, 1]
    reader = _SubprocessReader()
    monkeypatch.setattr(subprocess_reader, "_READER", reader)
    # As in a notebook, and with an empty entry in PYTHONPATH.
    monkeypatch.setattr(sys, "path", ["", str(trapped), *sys.path])
    monkeypatch.setenv("PYTHONPATH", ":" + str(ROOT))
    try:
        assert look_inside_isolated(Path("t.h5"), ["recording"]) is None
    finally:
        reader.close()


def test_the_command_takes_the_package_that_this_process_has(trapped):
    command = python_command("pfc_analysis.show_where")
    code = command.index("-c") + 1
    command[code] = command[code].replace(
        "import_module(module).main()", "print(package.__file__, sys.path)"
    )
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    import pfc_analysis

    assert said.startswith(str(pfc_analysis.__file__))
    assert str(trapped) not in said


def test_as_a_program_it_runs_nothing_beside_the_data(trapped, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f":{ROOT}")
    (trapped / "tokenize.py").unlink()  # `python -m` itself may import it before the package
    done = subprocess.run(
        [sys.executable, "-m", "pfc_analysis", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pfc_analysis ")


def test_workers_of_other_libraries_stay_outside(trapped):
    with outside_current_folder():
        subprocess.run([sys.executable, "-c", "import random, signal"], check=True)
