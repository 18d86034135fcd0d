"""What `pfc` says when the machine lacks something, and names that would act on a terminal."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pfc_analysis import caches, cli
from pfc_analysis.atomic import atomic_path
from pfc_analysis.cli.output import print_paths, print_table
from pfc_analysis.failures import explain
from pfc_analysis.paths import OutputPathError, check_writable, user_path
from pfc_analysis.plotting.style import plain_label
from pfc_analysis.reproduction.figures import FigureError
from pfc_analysis.screen_text import visible_text


def damaged_index(folder: Path) -> BaseException:
    """Return what numba raises for an index file of its cache that was cut."""
    from numba.core.caching import IndexDataCacheFile

    (folder / "f.nbi").write_bytes(b"")
    with pytest.raises(EOFError) as caught:
        IndexDataCacheFile(str(folder), "f", "stamp").load("key")
    return caught.value


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/d/x.nc"), "/d/x.nc: no space is left"),
        (OSError("write failed (errno = 28, error message = 'No space')"), "no space is left"),
        (PermissionError(errno.EACCES, "Permission denied", "a.csv"), "a.csv: no permission"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "n"), "n: the name is too long"),
        (MemoryError("Unable to allocate 4 TiB"), "not enough memory (Unable to allocate 4 TiB)"),
        (RecursionError("maximum depth"), "nested too deeply"),
        (RuntimeError("cannot cache function 'f': no locator available"), "NUMBA_CACHE_DIR"),
    ],
)
def test_what_a_machine_lacks_is_said_in_one_line(error, words):
    told = explain(error)
    assert words in told
    assert "\n" not in told


def test_errors_that_name_the_way_out_keep_their_words(tmp_path):
    with pytest.raises(OSError) as full, atomic_path(tmp_path / "x.nc"):  # noqa: PT011
        raise OSError(errno.ENOSPC, "No space left on device")
    assert explain(full.value).startswith(f"{tmp_path / 'x.nc'}: cannot be written: No space")
    wrapped = ValueError("a.csv: found X, expected Y")
    wrapped.__cause__ = IsADirectoryError(errno.EISDIR, "Is a directory", "other")
    assert explain(wrapped) == "a.csv: found X, expected Y"


def test_a_damaged_cache_of_compiled_functions_is_named(tmp_path):
    assert f"{tmp_path}: the cache of compiled functions is damaged" in explain(
        damaged_index(tmp_path)
    )


def test_a_fault_of_the_package_shows_its_traceback(monkeypatch, capsys):
    def fail(**_):
        raise KeyError("\x1b[2J")

    monkeypatch.setattr(cli, "app", fail)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    signal.signal(signal.SIGTERM, before)
    printed = capsys.readouterr().err
    assert stopped.value.code == 1
    assert "Traceback" in printed
    assert "a fault of pfc_analysis" in printed
    assert "\x1b[2J" not in printed


def test_without_a_folder_for_compiled_functions_a_temporary_one_is_used(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(caches, "_COMPILED", tmp_path / "file")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    assert "set NUMBA_CACHE_DIR to a folder" in caches.prepare_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).is_dir()
    assert caches.prepare_cache() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal for a pipe without a reader")
def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m pfc_analysis list | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process")
def test_ctrl_c_while_python_ends_is_no_traceback():
    program = (
        "import atexit, os, signal, sys; from pfc_analysis import __main__ as program; "
        "atexit.register(os.kill, os.getpid(), signal.SIGINT); sys.argv = ['pfc', '--version']; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); program.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["train", "record", "sweep", "compare"])
def test_a_seed_that_is_too_large_is_refused(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["pfc", command, "two_step", "--seed", str(2**64)])
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    signal.signal(signal.SIGTERM, before[signal.SIGTERM])
    assert signal.getsignal(signal.SIGINT) is before[signal.SIGINT]  # Ctrl-C works as it did
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_names_act_neither_on_the_terminal_nor_as_markup(capsys):
    print_table(["name"], [["run[/1]"], ["\x1b[2J"], ["[bold]x[/bold]"], ["a\u202eb"]])
    print_paths([Path("a\x1b[2Jb")])
    printed = capsys.readouterr().out
    for shown in ("run[/1]", "\\x1b[2J", "[bold]x[/bold]", "a\\u202eb"):
        assert shown in printed
    assert "\x1b" not in printed
    assert visible_text("Jürgen 鼠 👩‍🔬") == "Jürgen 鼠 👩‍🔬"


def test_a_label_is_no_mathematics():
    from matplotlib.figure import Figure

    figure = Figure()
    text = figure.text(0, 0, plain_label("$\\frac$ \x1b"))
    figure.draw_without_rendering()
    assert text.get_text() == "\\$\\frac\\$ \\x1b"


def test_home_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert user_path("~/x") == check_writable("~/x", "folder") == tmp_path / "x"


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for path, kind, endings, words in (
        (file, "folder", (), "found a file, expected a folder"),
        (tmp_path, "file", (), "found a folder, expected a file"),
        (file / "below" / "x", "folder", (), "expected a folder|[Nn]ot a directory"),
        (tmp_path / "a.txt", "file", (".nc",), "expected a name that ends in .nc"),
        (tmp_path / ("n" * 300), "folder", (), "too long"),
    ):
        with pytest.raises(OutputPathError, match=words):
            check_writable(path, kind, endings)


@pytest.mark.parametrize("call", ["compare", "draw_figure", "reproduce", "train", "sweep"])
def test_public_functions_check_the_place_first(call, tmp_path):
    import pfc_analysis as pfc

    file = tmp_path / "file"
    file.touch()
    arguments = {
        "compare": ("two_step", "nothing.csv"),
        "draw_figure": ("5",),
        "reproduce": (),
        "train": ("two_step",),
        "sweep": ("two_step",),
    }[call]
    with pytest.raises(OutputPathError, match="found a file, expected a folder"):
        getattr(pfc, call)(*arguments, out=file)


@pytest.mark.parametrize(("cause", "foreseen"), [(ValueError("x"), True), (KeyError("x"), False)])
def test_figures_that_could_not_be_drawn_are_named(cause, foreseen):
    error = FigureError("Figure 2: x")
    error.__cause__ = cause
    assert explain(error) == ("Figure 2: x" if foreseen else None)
