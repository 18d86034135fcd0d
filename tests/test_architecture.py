"""Who may know whom, and what importing the package must not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pfc_analysis"

# Shared by all rooms: where things lie, writing safely, showing progress.
BASE = {"pfc_analysis", "pfc_analysis.paths", "pfc_analysis.atomic", "pfc_analysis.progress"}
BASE |= {"pfc_analysis.caches", "pfc_analysis.screen_text", "pfc_analysis.spreadsheet_cells"}
BASE |= {"pfc_analysis.toml_files", "pfc_analysis.python_process", "pfc_analysis.compilation"}
BASE |= {
    "pfc_analysis.progress_states",
    "pfc_analysis.progress_estimate",
    "pfc_analysis.near_names",
    "pfc_analysis.list_table",
}
BASE |= {"pfc_analysis.front_door", "pfc_analysis.notebook", "pfc_analysis.failures"}
BASE |= {"pfc_analysis.packed_parts"}
BASE |= {"pfc_analysis.given_types", "pfc_analysis.stale_caches", "pfc_analysis.call_by_address"}
ARRAYS = {"numpy", "scipy", "pandas", "xarray"}
MODELS = {"statsmodels", "sklearn"}

ROOMS = {
    "tasks": ({"numpy", "numba", "gymnasium", "PIL"}, {"tasks"}),
    "training": (
        {"numpy", "scipy", "pandas", "torch", "numba", "joblib", "pydantic", "safetensors"}
        | {"threadpoolctl", "filelock", "dask", "distributed"},
        {"tasks", "training"},
    ),
    "recording": (
        {"numpy", "pandas", "xarray", "h5py", "h5netcdf", "pooch", "pydantic", "rich"}
        | {"pynwb", "zarr", "pyarrow", "openpyxl"},
        {"recording"},
    ),
    "recording/exports/nwb_objects.py": ({"numpy", "xarray", "pynwb", "hdmf"}, {"recording"}),
    "recording/exports/pynapple.py": ({"numpy", "xarray", "pynapple"}, {"recording"}),
    "recording/readers/nwb/nwb_zarr.py": ({"numpy", "zarr", "numcodecs"}, {"recording"}),
    "recording/readers/formats/matlab5.py": ({"numpy", "scipy"}, {"recording"}),
    "recording/record.py": (
        {"numpy", "xarray"},
        {"recording", "tasks", "training"},
    ),
    "recording/agents": ({"xarray"}, {"recording", "tasks", "training"}),
    "recording/replay": ({"numpy", "xarray"}, {"recording", "tasks", "training"}),
    "recording/streaming/session_blocks.py": (
        {"numpy", "xarray"},
        {"recording", "tasks", "training"},
    ),
    "recording/habit_variables.py": ({"numpy"}, {"recording", "tasks", "training"}),
    "recording/memory_variables.py": ({"numpy"}, {"recording", "tasks", "training"}),
    "recording/unit_log.py": ({"numpy"}, {"recording", "tasks", "training"}),
    "recording/simulate.py": ({"numpy", "xarray"}, {"recording", "tasks"}),
    "recording/play_log.py": ({"numpy", "xarray"}, {"recording", "tasks"}),
    "authoring": (
        {"numpy", "pandas", "xarray", "numba", "gymnasium"},
        {"authoring", "comparison", "recording", "tasks", "training"},
    ),
    "comparison": ({"numpy", "pandas", "xarray"}, {"comparison", "analysis", "recording"}),
    "cli": (
        {"typer", "rich"},
        {"authoring", "cli", "recording", "reporting", "reproduction", "training"},
    ),
    # Agents as maps of states: the network's equations, its weights, and the trials.
    "dynamics": (
        {"numpy", "xarray"},
        {"analysis", "dynamics", "recording", "tasks", "training"},
    ),
    "analysis": (ARRAYS | MODELS | {"numba", "lazy_loader"}, {"analysis", "learners"}),
    # Hundreds of small products, which are slower in several threads.
    "analysis/neurons/encoding/encoding_models.py": (
        {"numpy", "xarray", "threadpoolctl"},
        {"analysis"},
    ),
    # Models of learning and choice, which know nothing of recordings.
    "learners": ({"numpy", "scipy", "numba", "lazy_loader"}, {"learners"}),
    # Learners and small networks fitted to choices, and what the fits can be trusted for.
    "fitting": (
        ARRAYS | {"numba", "llvmlite", "joblib", "safetensors"},
        {"analysis", "fitting", "learners"},
    ),
    # The extra numpyro, which only full posteriors need.
    "fitting/estimation/groups/full_posterior.py": (
        ARRAYS | {"jax", "numpyro"},
        {"analysis", "fitting", "learners"},
    ),
    "plotting": ({"numpy", "xarray", "matplotlib", "fontTools", "PIL"}, {"plotting"}),
    # What users call to draw: an analysis, its drawing and its caption.
    "plot": (
        {"numpy", "xarray", "matplotlib"},
        {"analysis", "plot", "plotting"},
    ),
    "plot/reward_curves.py": ({"numpy", "xarray"}, {"analysis", "training"}),
    "reporting": (
        {"numpy", "pandas", "xarray", "matplotlib", "jinja2"},
        {"comparison", "plotting", "recording", "reporting"},
    ),
    "reproduction/captions.py": ({"pandas", "jinja2"}, {"reproduction", "training"}),
    "reproduction/drawing": (ARRAYS | {"joblib"}, {"recording", "reproduction", "training"}),
    "reproduction/figure_files.py": ({"pandas", "matplotlib"}, {"plotting", "reproduction"}),
    "reporting/compare_with_agents.py": (
        {"pandas", "xarray"},
        {"comparison", "recording", "reporting", "training"},
    ),
    "reporting/fits": (
        {"numpy", "pandas", "xarray", "matplotlib"},
        {"comparison", "fitting", "learners", "plotting", "recording", "reporting"},
    ),
    "reporting/matched_agents.py": (
        {"xarray"},
        {"analysis", "comparison", "recording", "reporting", "training"},
    ),
    "reporting/measure_replicas.py": (
        {"numpy", "xarray"},
        {"analysis", "recording", "training"},
    ),
    "reporting/solved_task.py": ({"numpy", "xarray"}, {"analysis", "recording", "training"}),
    "reporting/training_result.py": (set(), {"reporting", "training"}),
    # Monkeys, agents and observers answer the questions of `pfc compare`.
    "reproduction/animals/monkey_encoding.py": (
        ARRAYS,
        {"analysis", "learners", "recording", "reproduction"},
    ),
    "reproduction/animals/monkey_behaviour.py": (
        ARRAYS,
        {"analysis", "comparison", "recording", "reproduction"},
    ),
    # The keys of panels that several figures share.
    "reproduction/panels": (
        ARRAYS | {"matplotlib"},
        {"analysis", "recording", "reproduction", "plot", "plotting", "tasks"},
    ),
    "reproduction/agents/photographs.py": ({"numpy", "sklearn"}, set()),
    "reproduction": (
        ARRAYS,
        {"analysis", "recording", "reproduction", "reporting", "training", "plot", "plotting"}
        | {"dynamics", "tasks"},
    ),
}
"""Room: the libraries it may import, and the rooms of this package it may import from."""


def imports_of(path: Path) -> set[str]:
    """Modules that a file imports, those inside functions and for type checking included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
    return found


def forbidden(path: Path, libraries: set[str], rooms: set[str]) -> set[str]:
    wrong = set()
    for module in imports_of(path):
        top = module.split(".")[0]
        if top == "pfc_analysis":
            allowed = module in BASE or module.split(".")[1] in rooms
        else:
            allowed = top in libraries or top in sys.stdlib_module_names
        if not allowed:
            wrong.add(module)
    return wrong


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_they_may_know(room):
    place = PACKAGE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    for path in files:
        inside = path.relative_to(PACKAGE)
        nearer = {one.as_posix() for one in (inside, *inside.parents)} & set(ROOMS)
        if max(nearer, key=len) != room:  # a rule of its own
            continue
        assert forbidden(path, *ROOMS[room]) == set(), path


def test_every_room_has_its_rule():
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == {room for room in ROOMS if "/" not in room}


def test_the_rule_notices_a_breach(tmp_path):
    path = tmp_path / "breach.py"
    path.write_text("import torch\nfrom pfc_analysis.tasks import find_task\nimport json\n")
    assert forbidden(path, *ROOMS["analysis"]) == {"torch", "pfc_analysis.tasks"}


@pytest.mark.parametrize("folder", ["agents", "datasets", "figures"])
def test_content_folders_are_no_packages(folder):
    for name in ("__init__.py", "conftest.py"):
        assert not list((ROOT / folder).rglob(name))


def test_nothing_imports_a_figure():
    for path in PACKAGE.rglob("*.py"):
        assert not any(module.split(".")[0] == "figures" for module in imports_of(path))


def test_no_room_imports_the_front_door():
    for path in PACKAGE.rglob("*.py"):
        if path.is_relative_to(PACKAGE / "cli") or path.parent == PACKAGE:
            continue
        assert "pfc_analysis" not in imports_of(path), path


def test_a_file_name_stands_once():
    """But for the name of a question, which may stand in `analysis` and again in `plotting`."""
    for outside in ("plotting", "analysis"):
        names = [
            path.name
            for path in PACKAGE.rglob("*.py")
            if not path.name.startswith("__") and path.relative_to(PACKAGE).parts[0] != outside
        ]
        assert sorted(names) == sorted(set(names)), outside


def test_figure_scripts_are_short_enough_to_copy():
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "figures").glob("*.py")
    }
    assert {name: n for name, n in lengths.items() if n > 100} == {}


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout


SLOW = ("torch", "numba", "pandas", "xarray", "statsmodels", "sklearn", "scipy", "matplotlib")
SLOW += ("dask", "distributed")


@pytest.mark.parametrize(
    "module",
    [
        "pfc_analysis",
        "pfc_analysis.analysis",
        "pfc_analysis.learners",
        "pfc_analysis.plot",
        "pfc_analysis.cli",
    ],
)
def test_importing_loads_nothing_slow(module):
    code = f"import sys, {module}; print([n for n in {SLOW} if n in sys.modules])"
    assert run_python(code).strip() == "[]"


def test_animal_data_and_analyses_never_load_torch():
    code = (
        "import sys, pfc_analysis as p; p.open_recording; p.list_datasets(); "
        "import pfc_analysis.analysis.choices.history_regression; "
        "import pfc_analysis.analysis.learners.learner_replay; "
        "print('torch' in sys.modules)"
    )
    assert run_python(code).strip() == "False"


def test_importing_touches_no_generator_and_no_option():
    code = (
        "import random, numpy as np, matplotlib, warnings; "
        "before = random.getstate(), str(np.random.get_state()), dict(matplotlib.rcParams), "
        "list(warnings.filters); "
        "import pfc_analysis.training.run.trainer, pfc_analysis.plotting.choices.stay_probability, "
        "pfc_analysis.recording.storage, pfc_analysis.reproduction.claims; "
        "after = random.getstate(), str(np.random.get_state()), dict(matplotlib.rcParams); "
        "print(before[:3] == after)"
    )
    assert run_python(code).strip() == "True"


def test_public_names_are_found():
    import pfc_analysis

    for name in pfc_analysis.__all__:
        assert name in ("analysis", "learners", "plot") or callable(getattr(pfc_analysis, name))
    assert dir(pfc_analysis) == sorted(pfc_analysis.__all__)
    with pytest.raises(AttributeError, match="attribute 'trian' \\(did you mean 'train'\\?\\)"):
        pfc_analysis.trian  # noqa: B018
