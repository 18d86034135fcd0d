"""How the tests are spread over the processors, and the real data that many of them read."""

import os
from collections.abc import Callable
from pathlib import Path

# One thread each for OpenBLAS (numpy) and OpenMP (torch, scikit-learn): on small matrices several
# threads take many times as long as one, because they wait for each other. This must come before
# these libraries are loaded; the subprocesses of tests inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import joblib
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


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start one worker for each processor that this process may use, and none for a single test.

    pytest-xdist by itself counts all processors of the machine, also those that a container or the
    scheduler of a cluster does not lend us.
    """
    if any("::" in argument for argument in config.invocation_params.args):
        return 0  # runs in this process, so that debuggers and `-s` work
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None  # pytest-xdist reads this variable
    return joblib.cpu_count()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share. Lock what you write there (`filelock`)."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Fail a test that skips for want of real data where it must not.

    A test marked `real_data` must not skip where PFC_ANALYSIS_DATA promises the data. A test
    without the mark must not skip for want of data at all.
    """
    report = yield
    if report.skipped:
        marked = item.get_closest_marker("real_data") is not None
        promised = os.environ.get(DATA_VARIABLE)
        if marked and promised:
            report.outcome = "failed"
            report.longrepr = f"skipped although {DATA_VARIABLE} is set: {report.longrepr}"
        elif not marked and DATA_VARIABLE in str(report.longrepr):
            report.outcome = "failed"
            report.longrepr = f"reads real data and is not marked real_data: {report.longrepr}"
    return report


def find_or_skip(name: str) -> Path:
    """Find the folder of a data set on this machine.

    The test is skipped where there is no copy. It fails where PFC_ANALYSIS_DATA promises a copy
    that is not there.
    """
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
