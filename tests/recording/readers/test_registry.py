"""Formats are declared in one place. The code under test is that of CONTRIBUTING.md."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis import load
from pfc_analysis.recording.readers import formats, registry
from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.schema import RecordingError

ROOT = Path(__file__).resolve().parents[3]
LINES = "".join(
    f'{{"subject": "M1", "choice": {choice}, "reward": {reward}}}\n'
    for choice, reward in [(0, 1), (1, 0), (1, 1), (0, 0)]
)


def example(language: str, start: str) -> str:
    """The block of CONTRIBUTING.md in a language that starts with a text."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return next(block for block in blocks if block.startswith(start))


@pytest.fixture
def code() -> str:
    return example("python", '"""Read tables of trials from JSON lines')


@pytest.fixture
def refresh():
    """Look for formats anew, here and in the subprocess, and again after the test."""

    def again():
        registry.list_formats.cache_clear()
        subprocess_reader._READER.close(kill=True)

    yield again
    again()


@pytest.fixture
def trials(tmp_path) -> Path:
    path = tmp_path / "trials.data"
    path.write_text(LINES)
    return path


@pytest.fixture
def add_module(tmp_path, refresh, monkeypatch):
    """Put a module beside those of the formats."""

    def add(code: str) -> None:
        folder = tmp_path / "formats"
        folder.mkdir()
        (folder / "json_lines.py").write_text(code)
        monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
        monkeypatch.delitem(sys.modules, f"{formats.__name__}.json_lines", raising=False)
        refresh()

    return add


@pytest.fixture
def add_package(tmp_path, refresh, monkeypatch):
    """Install a package that names a module as an entry point, as setuptools would."""

    def add(code: str) -> None:
        place = tmp_path / "site"
        (place / "our_package").mkdir(parents=True)
        (place / "our_package" / "json_lines.py").write_text(code)
        _, group, point = example("ini", "[options.entry_points]").strip().splitlines()
        about = place / "our_package-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: our_package\nVersion: 1.0")
        (about / "entry_points.txt").write_text(f"[{group.strip(' =')}]\n{point.strip()}\n")
        monkeypatch.syspath_prepend(place)
        for name in ("our_package", "our_package.json_lines"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        refresh()

    return add


def check(path: Path) -> None:
    recording = load(path)
    assert recording["choice"].values.tolist() == [0, 1, 1, 0]
    assert recording["reward"].values.tolist() == [1, 0, 1, 0]


def test_a_module_beside_the_others_is_enough(tmp_path, code, trials, add_module):
    assert "json_lines" not in [one.name for one in registry.list_formats()]
    add_module(code)
    check(trials)
    folder = tmp_path / "folder"
    folder.mkdir()
    trials.rename(folder / "trials.jsonl")
    check(folder)
    with pytest.raises(RecordingError, match="the one table of a file of JSON lines"):
        load(folder, table="trials")


@pytest.mark.parametrize("isolated", ["", "isolated=True,"])
def test_a_package_of_ones_own(code, trials, add_package, isolated):
    add_package(code.replace("    has_one_table=True,", f"    has_one_table=True, {isolated}"))
    check(trials)


def test_what_crashes_the_subprocess(code, trials, add_package):
    code = code.replace("    has_one_table=True,", "    has_one_table=True, isolated=True,")
    add_package(code.replace("    try:", "    import os\n\n    os.abort()\n    try:", 1))
    with pytest.raises(RecordingError, match="the library that reads it crashed"):
        load(trials)


def test_damaged_files(code, trials, add_module, survives_damage):
    add_module(code)
    survives_damage(registry.find_format("json_lines").read_tables, trials)


def test_a_preset_is_enough(tmp_path):
    shutil.copytree(ROOT / "datasets" / "presets", tmp_path / "datasets" / "presets")
    shutil.copy(ROOT / "datasets" / "catalogue.toml", tmp_path / "datasets")
    preset = tmp_path / "datasets" / "presets" / "our_bandit.toml"
    preset.write_text(example("toml", "title"))
    path = tmp_path / "trials.csv"
    path.write_text("mouse,day,poke,water\nM1,1,1,1\nM1,1,2,0\nM1,2,0,0\n")
    recording = load(path, home=tmp_path)
    assert recording.attrs["recognised_as"] == "our_bandit"
    assert recording["choice"].values.tolist() == [0, 1, -1]


def test_two_formats_of_one_name(code, add_module):
    add_module(code.replace('"json_lines"', '"hdf5"'))
    with pytest.raises(RuntimeError, match="two formats called 'hdf5'"):
        registry.list_formats()


def test_listing_formats_loads_no_slow_library():
    slow = ("h5py", "zarr", "pynwb", "hdmf", "scipy")
    listing = (
        "import sys; from pfc_analysis.recording.readers.registry import list_formats; "
        f"list_formats(); print([name for name in {slow} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
