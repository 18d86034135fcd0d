"""CONTRIBUTING's guide to an experiment of one's own is run as it stands, from an empty folder."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

GUIDE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
TEXT = GUIDE.read_text(encoding="utf-8")
SECTION = re.search(
    r"## To add an experiment\n(.*?)### Into the package",
    GUIDE.read_text(encoding="utf-8"),
    re.DOTALL,
)
assert SECTION
BLOCKS = re.findall(r"```(\S+) ?(\S*)\n(.*?)```", SECTION[1], re.DOTALL)


def write_mice(path: Path) -> None:
    """A small table of choices: three mice that win-stay, 150 trials each."""
    rng = np.random.default_rng(5)
    rows = []
    for mouse in ("mouse_1", "mouse_2", "mouse_3"):
        side = 0
        for trial in range(150):
            paid = int(rng.random() < (0.6 if side == (trial // 50) % 2 else 0.1))
            rows.append((mouse, ("left", "right")[side], paid))
            side = side if rng.random() < (0.9 if paid else 0.6) else 1 - side
    pd.DataFrame(rows, columns=["subject", "choice", "reward"]).to_csv(path, index=False)


def run_command(line: str, folder: Path) -> None:
    """Run a line of the guide, with fewer and shorter trainings."""
    words = shlex.split(line)
    assert words[0] == "pfc"
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-m", "pfc_analysis", *words[1:]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def followed(tmp_path_factory) -> Path:
    """The folder in which somebody followed the guide, line by line."""
    folder = tmp_path_factory.mktemp("guide")
    for kind, name, text in BLOCKS:
        if kind == "bash":
            for line in text.strip().splitlines():
                run_command(line, folder)
        elif kind == "csv":
            assert text.startswith("subject,choice,reward\n")
            write_mice(folder / name)
        else:
            assert (folder / name).is_file()  # `pfc new` wrote one
            # Two replicas of 10 updates learn little, but all that follows is the same.
            short = text.replace("replicas = 4", "replicas = 2").replace("= 600", "= 10")
            short = short.replace("sessions = 50", "sessions = 6")
            (folder / name).write_text(short, encoding="utf-8")
    return folder


def test_agents_and_mice_are_compared(followed):
    with xr.open_dataset(followed / "comparison" / "comparison.nc", engine="h5netcdf") as result:
        assert result["group"].values.tolist() == ["agents", "mice"]
        stay = result["group_value"].sel(quantity="win_stay")
        # As drawn: a mouse stays in nine of ten trials after a win.
        assert float(stay.sel(group="mice")) == pytest.approx(0.9, abs=0.06)
        assert np.isfinite(result["difference"]).any()
    assert "mice" in (followed / "comparison" / "comparison.html").read_text(encoding="utf-8")


def test_the_recording_is_that_of_the_experiment(followed):
    with xr.open_dataset(followed / "mouse_foraging.nc", engine="h5netcdf") as recording:
        assert recording.attrs["experiment"] == "mouse_foraging"
        assert recording.sizes["trial"] == 2 * 20 * 500
        assert recording["block"].attrs["long_name"] == "block of the session"
        # A reward that was assigned waits: the spout that was left alone pays more often.
        both = recording["base_probability"].values.sum(-1)
        assert both == pytest.approx(0.7)
        assert float(recording["reward"].mean()) > 0.4
