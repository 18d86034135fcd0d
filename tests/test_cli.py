"""The command line: what it prints, writes and refuses."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import pfc_analysis as pfc
from pfc_analysis import cli
from pfc_analysis.reproduction.claims import COLUMNS
from pfc_analysis.training.recipes.recipe_files import read_recipe
from pfc_analysis.training.run.checkpoint import list_replicas

RECIPE = """
experiment = "two_step"
title = "a minute's worth"
replicas = 2
[task]
trials = 5
[network]
units = 4
[optimisation]
updates = 3
sessions_per_update = 2
learning_rate = 0.01
final_learning_rate = 0.01
"""

PIXEL_RECIPE = """
experiment = "harlow"
title = "a minute's worth, from pixels"
replicas = 1
[task]
view = 12
trials = 3
step_limit = 20
[test_task]
split = "test"
[network]
units = 4
filters = [3]
kernels = [4]
strides = [2]
features = 5
[optimisation]
updates = 2
sessions_per_update = 2
learning_rate = 0.003
final_learning_rate = 0.003
[recording]
sessions = 5
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `pfc` as a user does, in a subprocess."""
    command = [sys.executable, "-m", "pfc_analysis", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def run_here(monkeypatch, capsys) -> Callable[..., tuple[int | None, str]]:
    """Run `pfc` in this process, which saves its start; return exit status and error output."""

    def run(*arguments: str) -> tuple[int | None, str]:
        monkeypatch.setattr(sys, "argv", ["pfc", *arguments])
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        signal.signal(signal.SIGTERM, before)
        return stopped.value.code, capsys.readouterr().err

    return run


@pytest.fixture(scope="module")
def agent(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "recipe.toml").write_text(RECIPE)
    done = run("train", folder / "recipe.toml", "--out", folder / "agent", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "Reward per trial in the last 5 % of training: seed_1 " in done.stderr
    assert f"--agent {folder / 'agent'} --out agents.nc" in done.stderr
    return folder / "agent"


def test_help_names_every_command():
    printed = run("--help").stdout
    commands = ("list", "train", "sweep", "record", "replay", "film", "compare", "export")
    commands += ("figure", "reproduce", "check", "data")
    for command in commands:
        assert re.search(rf"\b{command}\b", printed)


def test_version():
    assert run("--version").stdout.strip() == f"pfc_analysis {pfc.__version__}"


def test_list_names_experiments_figures_and_data():
    printed = run("list").stdout
    experiments, figures, data = printed.split("\n\n")
    assert re.search(r"^two_step +Two-step task", experiments, re.MULTILINE)
    assert re.search(r"^s6 +Can strategies simpler than planning", figures, re.MULTILINE)
    assert re.search(r"^s7 +not drawn: .* could not be found", figures, re.MULTILINE)
    assert re.search(r"^rat_two_step +Rats", data, re.MULTILINE)


def test_training_shows_progress_and_leaves_an_agent(agent):
    assert [folder.name for folder in list_replicas(agent)] == ["seed_1", "seed_2"]


def test_training_again_is_refused_in_one_line(agent):
    done = run("train", agent / "recipe.toml", "--out", agent)
    assert done.returncode == 2
    assert "already exists" in done.stderr
    assert "Traceback" not in done.stderr


def test_resume_finds_nothing_left_to_do(agent):
    assert run("train", agent / "recipe.toml", "--out", agent, "--resume").returncode == 0


def test_replicas_and_seed_are_the_users(agent, tmp_path):
    done = run("train", agent, "--out", tmp_path, "--replicas", "1", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert [folder.name for folder in list_replicas(tmp_path)] == ["seed_7"]


def test_record_writes_a_recording(agent, tmp_path):
    out = tmp_path / "new folder" / "r.nc"
    done = run("record", "two_step", "--agent", agent, "--sessions", "2", "--out", out)
    assert done.returncode == 0, done.stderr
    with pfc.open_recording(out) as recording:
        assert recording.sizes["trial"] == 2 * 2 * 5


def test_replay_along_an_own_recording_gives_it_again(agent, tmp_path):
    own, lived = tmp_path / "own.nc", tmp_path / "lived.nc"
    assert run("record", agent, "--sessions", "2", "--out", own).returncode == 0
    done = run("replay", agent, own, "--resets", "session", "--out", lived)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(lived)
    assert "The agents' state begins anew with each session." in done.stderr
    with pfc.open_recording(own) as first, pfc.open_recording(lived) as second:
        mine = (second["subject"] == second["replayed_subject"]).values
        assert np.array_equal(first["hidden"], second["hidden"][mine], equal_nan=True)
    refused = run("replay", agent, own, "--resets", "blok", "--out", tmp_path / "b.nc")
    assert refused.returncode == 2
    assert "resets: found 'blok'" in refused.stderr


def test_record_with_another_setting_of_the_task(agent, tmp_path):
    out = tmp_path / "r.nc"
    done = run("record", "two_step", "--agent", agent, "--sessions", "2", "--out", out,
               "--task", "trials=3", "--task", "fixation=true")  # fmt: skip
    assert done.returncode == 0, done.stderr
    with pfc.open_recording(out) as recording:
        assert recording.sizes["trial"] == 2 * 2 * 3
        assert recording.attrs["command"].endswith("--task trials=3 --task fixation=true")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for k in range(16):
        (folder / f"{k}.ppm").write_bytes(b"P6 1 1 255\n" + bytes((k, 255 - k, 7)))
    return folder


@pytest.fixture(scope="module")
def seeing_agent(tmp_path_factory, pictures) -> Path:
    """Trained with pictures of one's own, as the command line has them."""
    folder = tmp_path_factory.mktemp("cli_pixels")
    (folder / "recipe.toml").write_text(PIXEL_RECIPE)
    done = run("train", folder / "recipe.toml", "--out", folder / "agent", "--workers", "1",
               "--images", pictures, "--task", "trials=2")  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "agent"


def test_train_with_pictures_of_ones_own(seeing_agent, pictures):
    recipe = read_recipe(seeing_agent)
    assert recipe.task["images"] == str(pictures)
    assert recipe.training_task().n_trials == recipe.testing_task().n_trials == 2
    log = pd.read_csv(seeing_agent / "seed_1" / "training.csv")
    assert {"correct_1", "correct_2"} <= set(log)


def test_record_with_pictures_of_ones_own(seeing_agent, pictures, tmp_path):
    out = tmp_path / "r.nc"
    done = run("record", "harlow", "--agent", seeing_agent, "--out", out, "--images", pictures)
    assert done.returncode == 0, done.stderr
    with pfc.open_recording(out) as recording:
        assert f"images={pictures}" in recording.attrs["command"]
        assert set(recording["rewarded_image"].values) <= set(range(16))


def test_film_shows_progress_and_prints_its_path(seeing_agent, pictures, tmp_path):
    out = tmp_path / "new folder" / "f.gif"
    done = run("film", "harlow", "--agent", seeing_agent, "--out", out, "--images", pictures,
               "--replica", "1", "--sessions", "2", "--seed", "3")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(out)
    assert out.read_bytes().startswith(b"GIF89a")


def test_recording_to_an_unknown_format_is_refused(agent, tmp_path):
    done = run("record", "two_step", "--agent", agent, "--out", tmp_path / "r.mat")
    assert done.returncode == 2
    assert "unknown ending '.mat'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "three_step"), "Unknown experiment 'three_step'"),
        (("sweep", "two_step", "three_step"), "Unknown experiment 'three_step'"),
        (("film", "two_step"), "task 'two_step' shows no pictures to film"),
        (("film", "harlow", "--out", "f.mp4"), "f.mp4: expected a name that ends in .gif or .html"),
        (("figure", "99"), "Unknown figure '99'"),
        (("compare", "two_stp", "rats.csv"), "did you mean 'two_step'"),
        (("compare", "two_step", "nothing.csv"), "nothing.csv: no such file or folder"),
        (("compare", "two_step", "rats.csv", "--keep", "laser"), "keep: found 'laser'"),
        (("export", "nothing.nc", "--out", "r.csv"), "nothing.nc"),
        (("data", "info", "rat_two_stop"), "rat_two_step"),
        (("record", "two_step", "--agent", "nowhere", "--out", "r.nc"), "nowhere"),
        (("record", "two_step", "--task", "trails=3", "--out", "r.nc"), "trails: unknown key"),
        (("record", "two_step", "--task", "trials", "--out", "r.nc"), "expected NAME=VALUE"),
    ],
)
def test_mistakes_are_told_without_a_traceback(arguments, message, run_here):
    code, printed = run_here(*arguments)
    assert code == 2
    assert message in printed
    assert "Traceback" not in printed


def test_compare_says_what_can_be_said_and_where_it_is(agent, tmp_path):
    table = tmp_path / "rats.csv"
    rng = np.random.default_rng(0)
    rows = [
        f"M{s},{trial},{'lr'[rng.integers(2)]},{rng.integers(2)},{int(rng.random() < 0.8)}"
        for s in range(4)
        for trial in range(80)
    ]
    table.write_text("rat,n,port,water,common\n" + "\n".join(rows) + "\n")
    columns = tmp_path / "map.toml"
    columns.write_text(
        'subject = "rat"\ntrial = "n"\nchoice = "port"\nreward = "water"\n'
        'common_transition = "common"\n'
    )
    out = tmp_path / "out"
    options = ("--columns", columns, "--out", out, "--agent", agent, "--sessions", 40)
    done = run("compare", "two_step", table, *options, "--name", "rats of $1 and $2")
    assert "agents and rats of $1 and $2" in done.stderr
    assert all(Path(line).is_file() for line in done.stdout.splitlines())
    assert f"{out / 'comparison.html'}" in done.stdout
    assert (
        "Agents and rats of $1 and $2 compared: two_step" in (out / "comparison.html").read_text()
    )


def test_data_info_tells_source_licence_and_traps():
    printed = run("data", "info", "rat_two_step").stdout
    for word in ("MIT", "Miller", "http"):
        assert word in printed


def test_data_list_says_what_can_be_read():
    assert re.search(r"rat_two_step +.*reader tested", run("data", "list").stdout)


@pytest.mark.parametrize(("holds", "code"), [(False, 1), (True, 0), (None, 0)])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_check_exits_1_where_a_claim_does_not_hold(monkeypatch, holds, code, options):
    row = dict.fromkeys(COLUMNS, "x") | dict.fromkeys(("published", "at_most"), float("nan"))
    row |= {"measured": 0.5, "lower": 0.4, "upper": 0.6, "at_least": 0.9, "holds": holds}
    monkeypatch.setattr(pfc, "check", lambda *_, **__: pd.DataFrame([row]))
    result = CliRunner().invoke(cli.app, ["check", *options])
    assert result.exit_code == code
    if options:
        assert json.loads(result.stdout)[0]["measured"] == 0.5
    else:
        assert "0.9" in result.stdout
    n_held = {False: "0 of 1 claim", True: "1 of 1 claim", None: "Nothing is claimed"}[holds]
    assert result.stderr.startswith(n_held)


@pytest.mark.parametrize("started", [True, False])
def test_compare_opens_its_page_when_asked(monkeypatch, tmp_path, started):
    opened = []
    told = xr.Dataset({"summary": ("comparison", ["They differ."])})
    monkeypatch.setattr(pfc, "compare", lambda *_, **__: told)
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or started)
    command = ["compare", "two_step", "rats.csv", "--out", str(tmp_path / "a b")]
    assert CliRunner().invoke(cli.app, command).exit_code == 0
    assert opened == []
    result = CliRunner().invoke(cli.app, [*command, "--open"])
    assert result.exit_code == 0
    assert opened == [(tmp_path / "a b" / "comparison.html").as_uri()]
    assert ("No browser could be started" in result.stderr) is not started


def test_reproduce_ends_with_the_name_of_its_page(monkeypatch, tmp_path):
    paths = [tmp_path / "fig5.csv", tmp_path / "index.html"]
    monkeypatch.setattr(pfc, "reproduce", lambda *_, **__: paths)
    result = CliRunner().invoke(cli.app, ["reproduce", "--out", str(tmp_path)])
    assert result.output.splitlines()[-1] == str(paths[-1])
