"""Help, `pfc show`, quiet, completion and what is said while one waits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest
import typer
from typer.testing import CliRunner

from pfc_analysis.cli import app, figure_commands, output, waiting
from pfc_analysis.cli.completion import complete_dataset, complete_experiment, complete_figure

COMMANDS = [
    [],
    ["data"],
    *(
        [name]
        for name in ["list", "show", "new", "verify", "train", "sweep", "record", "replay", "film"]
    ),
]
COMMANDS += [[name] for name in ("compare", "export", "figure", "reproduce", "check")]
COMMANDS += [["data", name] for name in ("list", "info", "fetch")]


@pytest.fixture(autouse=True)
def not_quiet():
    yield
    output.be_quiet(False)


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_help_has_an_example(command, flag):
    shown = run(*command, flag)
    assert shown.exit_code == 0
    assert "Example" in shown.stdout
    assert " ".join(["pfc", *command]) in shown.stdout


@pytest.mark.parametrize("width", [50, 80])
def test_help_fits_the_screen_and_nothing_is_cut(width):
    environment = os.environ | {"COLUMNS": str(width)}
    for command in (["record"], ["compare"], []):
        done = subprocess.run(
            [sys.executable, "-m", "pfc_analysis", *command, "--help"],
            capture_output=True, text=True, check=True, env=environment,
        )  # fmt: skip
        assert max(map(len, done.stdout.splitlines())) <= width
        assert "…" not in done.stdout
        assert not re.search(r"\w\.\.\.", done.stdout.replace("files...", ""))


@pytest.mark.parametrize("command", ["train", "sweep", "record", "film", "compare"])
def test_help_names_the_range_of_seeds_readably(command):
    shown = run(command, "--help").stdout
    assert "<int, 0 or more>" in shown
    assert not re.search(r"\d{10}", shown)


@pytest.mark.parametrize("seed", ["-1", "one", "0.5", str(2**63)])
def test_what_is_no_seed_is_refused(seed):
    refused = run("record", "two_step", "--out", "r.nc", f"--seed={seed}")
    assert refused.exit_code == 2
    assert f"found '{seed}'," in refused.stderr


def test_show_tells_what_is_known_of_an_experiment():
    shown = run("show", "two_step").stdout
    for part in ("reward_probability = 0.9", "8 trained replicas", "rat_two_step", "units=48"):
        assert part in shown


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["recrod", "two_step"], "'record'"), (["show", "two_stp"], "'two_step'"),
     (["figure", "s66"], "'s6'"), (["data", "info", "rat_two_stepp"], "'rat_two_step'"),
     (["record", "two_step", "--out", "r.nc", "--task", "trialz=3"], "'trials'")],
)  # fmt: skip
def test_misspelt_names_are_answered_with_the_nearest(arguments, meant):
    done = run(*arguments)
    told = f"{done.output} {done.exception}"
    assert f"id you mean {meant}" in told


@pytest.mark.parametrize("arguments", [["--quiet", "hint"], ["hint", "-q"], ["hint", "--quiet"]])
def test_quiet_may_stand_anywhere(arguments):
    from pfc_analysis.cli.app import _Commands

    small = typer.Typer(cls=_Commands)

    @small.callback()
    def options() -> None:
        pass

    @small.command()
    def hint() -> None:
        output.print_hint("a hint")
        typer.echo(f"result {output.shows_progress()}")

    done = CliRunner().invoke(small, arguments)
    assert done.output == "result False\n"
    assert CliRunner().invoke(small, ["hint"]).output == "a hint\nresult True\n"


def test_names_are_completed():
    assert (
        "two_step_no_rpe",
        "Two-step task, without prediction errors in training (Figure P1)",
    ) in (complete_experiment("two_step_n"))
    assert [name for name, _ in complete_figure("s")] == ["s2", "s4", "s5", "s6", "s9"]
    assert "rat_two_step" in dict(complete_dataset("rat_"))


def test_the_shell_asks_for_completions():
    environment = os.environ | {
        "_PFC_COMPLETE": "complete_bash", "COMP_WORDS": "pfc show vola", "COMP_CWORD": "2",
    }  # fmt: skip
    program = "from pfc_analysis.cli import app; app(prog_name='pfc')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stdout.split() == ["volatility", "volatility_rpe_input"]


@pytest.mark.parametrize(("seconds", "said"), [(0.0, ""), (0.3, "pfc: thinking ...\n")])
def test_words_while_one_waits(capsys, monkeypatch, seconds, said):
    monkeypatch.setattr(waiting, "_AFTER", 0.1)
    monkeypatch.delitem(sys.modules, "rich.progress", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    waiting.says_while_waiting("thinking")(time.sleep)(seconds)
    assert capsys.readouterr().err == said


def test_open_shows_what_was_written(monkeypatch, tmp_path):
    opened = []
    picture = tmp_path / "fig5.svg"
    monkeypatch.setattr(figure_commands.pfc, "draw_figure", lambda *a, **k: [picture])
    monkeypatch.setattr(figure_commands, "open_written", opened.append)
    assert run("figure", "5", "--out", str(tmp_path), "--open").exit_code == 0
    assert opened == [picture]
