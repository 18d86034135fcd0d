import os
from collections.abc import Callable
from pathlib import Path

# Before numpy is loaded, and for the processes that tests start: on matrices as small as these,
# threads of BLAS that wait for each other take many times as long as one does, the more so where
# another process keeps a core busy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.catalogue.dopamine_mice import read_dopamine_mice
from pfc_analysis.recording.catalogue.foraging_mice import read_foraging_mice
from pfc_analysis.recording.catalogue.grackles import read_grackles
from pfc_analysis.recording.catalogue.miller_rats import read_miller_rats
from pfc_analysis.recording.catalogue.public_data import (
    DATA_VARIABLE,
    describe_dataset,
    find_dataset,
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Where real data are promised, a test that skips for want of them has failed."""
    report = yield
    if report.skipped and os.environ.get(DATA_VARIABLE) and item.get_closest_marker("real_data"):
        report.outcome = "failed"
        report.longrepr = f"skipped although {DATA_VARIABLE} is set: {report.longrepr}"
    return report


def find_or_skip(name: str) -> Path:
    """A data set on this machine. Skips where there is no copy; fails where one is promised by
    PFC_ANALYSIS_DATA and is not there."""
    path = find_dataset(name)
    if path is not None:
        return path
    folder = describe_dataset(name).folder
    promised = os.environ.get(DATA_VARIABLE)
    if promised:
        pytest.fail(f"{DATA_VARIABLE} is {promised}, but {folder}/ is not there, or not complete")
    files = ", ".join(part.file for part in describe_dataset(name).parts)
    pytest.skip(
        f"the data set {name} is not on this machine: set {DATA_VARIABLE} to a folder that holds "
        f"{folder}/ with {files}, or run pfc_analysis.fetch_dataset"
    )


@pytest.fixture
def locate_dataset() -> Callable[[str], Path]:
    """Finds a data set by name; skips or fails as `find_or_skip` does."""
    return find_or_skip


@pytest.fixture(scope="session")
def rat_recording() -> xr.Dataset:
    """The six rats of Miller et al. Copy it before changing it."""
    return read_miller_rats(find_or_skip("rat_two_step"))


@pytest.fixture(scope="session")
def mouse_folder() -> Path:
    """The folder with the five NWB files of the Allen Institute's mice."""
    return find_or_skip("mouse_dynamic_foraging")


@pytest.fixture(scope="session")
def mouse_recording(mouse_folder: Path) -> xr.Dataset:
    """Four sessions of three mice of the Allen Institute, as load_dataset has them: all but the
    session of one trial. Copy it before changing it."""
    files = describe_dataset("mouse_dynamic_foraging").files
    return read_foraging_mice([mouse_folder / part.file for part in files], skip_short=True)


@pytest.fixture(scope="session")
def dopamine_recording() -> xr.Dataset:
    """Seven mice of Jeong et al., CS+ and CS-. Copy it before changing it."""
    return read_dopamine_mice(find_or_skip("mouse_dopamine"), "cues")


@pytest.fixture(scope="session")
def dopamine_delay_recording() -> xr.Dataset:
    """The same mice around the move of reward from 3 s to 9 s. Copy it before changing it."""
    return read_dopamine_mice(find_or_skip("mouse_dopamine_delay"), "delay")


@pytest.fixture(scope="session")
def grackle_folder() -> Path:
    """The folder with the two files of the grackles in serial reversal."""
    return find_or_skip("grackle_reversal")


@pytest.fixture(scope="session")
def grackle_recording(grackle_folder: Path) -> xr.Dataset:
    """29 grackles in serial reversal, without control trials. Copy it before changing it."""
    return read_grackles(grackle_folder)


@pytest.fixture
def recording() -> xr.Dataset:
    """A small valid recording: two subjects of two sessions of three trials, four units."""
    rng = np.random.default_rng(0)
    sides = {"labels": ["left", "right"]}
    cells = ("trial", "step", "unit")
    return xr.Dataset(
        {
            "choice": ("trial", np.array([0, 1, -1] * 4, dtype=np.int8), sides),
            "reward": ("trial", rng.integers(0, 2, 12).astype(np.float64)),
            "invalid": ("trial", np.array([0, 0, 1] * 4, dtype=np.int8)),
            "common_transition": ("trial", np.array([1, 0, -1] * 4, dtype=np.int8)),
            "better_state": ("trial", np.array([0, 1, 1] * 4, dtype=np.int8), sides),
            "reward_probability": (("trial", "arm"), np.tile([0.9, 0.1], (12, 1))),
            "value": (("trial", "step"), rng.random((12, 2)).astype(np.float32)),
            "hidden": (cells, rng.uniform(-1, 1, (12, 2, 4)).astype(np.float32)),
        },
        coords={
            "subject": ("trial", np.repeat(["replica_0", "Jürgen"], 6)),
            "session": ("trial", np.tile(np.repeat([0, 1], 3), 2).astype(np.int32)),
            "trial_in_session": ("trial", np.tile([0, 1, 2], 4).astype(np.int32)),
            "step": ["fixation", "stage_1"],
            "arm": ["left", "right"],
            "unit": np.arange(4),
        },
        attrs={"kind": "agent", "seed": 3, "discount": 0.9, "seeds": ["1", "2"]},
    )
