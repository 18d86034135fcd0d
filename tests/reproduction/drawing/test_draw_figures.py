"""All figures at once: the same files as one after the other, and errors by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfc_analysis.progress_states import ProgressStates
from pfc_analysis.reproduction.drawing import draw_figures as drawing
from pfc_analysis.reproduction.drawing.compile_first import SHARED, compile_first
from pfc_analysis.reproduction.drawing.figure_order import CPU_SECONDS, order_figures
from pfc_analysis.reproduction.drawing.worker_processes import Workers
from pfc_analysis.reproduction.figures import FigureError, list_figures

SCRIPT = """
def main(out, agents=None):
    out.mkdir(exist_ok=True)
    if "{name}" == "{wrong}":
        raise ValueError("nothing to draw")
    path = out / "{name}.csv"
    path.write_text(f"numbers of {name} from {{agents}}")
    return [path]
"""
NAMES = ("fig1_one", "fig2_two", "figs4_three", "figp1_four")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home whose figures take no time, and a function that makes one of them fail."""
    folder = tmp_path / "home" / "figures"
    folder.mkdir(parents=True)

    def write(wrong: str = "") -> None:
        for name in NAMES:
            (folder / f"{name}.py").write_text(SCRIPT.format(name=name, wrong=wrong))

    write()
    monkeypatch.setenv("PFC_ANALYSIS_HOME", str(folder.parent))
    monkeypatch.setattr(drawing, "compile_first", lambda *arguments: None)
    return write


@pytest.mark.parametrize("workers", [1, 2])
def test_files_are_those_of_one_after_the_other_in_the_order_of_figures(
    home, tmp_path, monkeypatch, workers
):
    monkeypatch.chdir(tmp_path)
    drawn = drawing.draw_figures("out", "trained", workers=workers)
    assert list(drawn) == ["1", "2", "s4", "p1"] == list(list_figures())
    assert list(drawn.values()) == [[Path("out") / f"{name}.csv"] for name in NAMES]
    for (path,) in drawn.values():
        assert path.read_text() == f"numbers of {path.stem} from {tmp_path / 'trained'}"
    assert len(list((tmp_path / "out").iterdir())) == len(NAMES)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_names_the_figure_and_leaves_the_files_of_the_others(
    home, tmp_path, capsys, workers
):
    home(wrong="fig2_two")
    message = r"Figure 2: nothing to draw\n1 figure\(s\) could"
    with pytest.raises(FigureError, match=message) as found:
        drawing.draw_figures(tmp_path / "out", workers=workers, progress=True)
    assert isinstance(found.value.__cause__, ValueError)
    written = sorted(path.stem for path in (tmp_path / "out").iterdir())
    assert written == sorted({*NAMES} - {"fig2_two"})
    told = capsys.readouterr().err.splitlines()
    assert "(4 of 4)" in told[-1]
    assert any(line.startswith("figure 2: failed (") for line in told)


def test_the_longest_figure_is_first_and_one_that_was_never_measured_before_it():
    longest, *others = sorted(CPU_SECONDS, key=lambda name: -CPU_SECONDS[name])
    assert order_figures([*others, "new", longest]) == ["new", longest, *others]
    assert set(CPU_SECONDS) == set(list_figures())


def test_states_are_listed_by_name(capsys):
    states = ProgressStates(["6", "3", "1"], "figure")
    states.set("6", "done")
    states.set("1", "drawing")
    states.say("compiling")
    assert states.describe() == "drawing 1; done 6; waiting 3"
    assert capsys.readouterr() == ("", "")


def test_what_is_compiled_is_not_compiled_again(monkeypatch):
    module = "pfc_analysis.reproduction.drawing.compile_first"
    asked = []
    monkeypatch.setattr(f"{module}.is_compiled", lambda name: not asked.append(name))
    states = ProgressStates([], "figure")
    with Workers(2) as processes:
        compile_first(processes, states)
        assert asked == list(SHARED.values())
    monkeypatch.setattr(f"{module}.is_compiled", lambda name: False)

    def note(self, jobs):
        asked.extend(job.name for job in jobs)
        return ()

    monkeypatch.setattr(Workers, "run", note)
    with Workers(2) as processes:
        compile_first(processes, states)
    assert asked[len(SHARED) :] == list(SHARED)
