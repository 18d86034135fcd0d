"""Read one input after the other and say what came of it: the fuzzer's subprocess.

It gets a line of JSON for each input on the standard input, and answers with one. Results are
given by a digest of all variables, and by the trials themselves, which an oracle can compare.
"""

# ruff: noqa: D103
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def digest_of(recording: Any) -> dict[str, Any]:
    """Digest and trials of a recording."""
    parts = hashlib.sha256()
    for name in sorted(map(str, recording.variables)):
        values = np.asarray(recording[name].values)
        plain = values.astype(np.float64) if values.dtype.kind in "iufb" else values.astype(str)
        parts.update(f"{name} {recording[name].dims} {plain.shape}".encode())
        parts.update(plain.tobytes() if plain.dtype.kind == "f" else repr(plain.tolist()).encode())
    labels = list(np.atleast_1d(recording["choice"].attrs.get("labels", [])))
    choices = [labels[c] if 0 <= c < len(labels) else "" for c in recording["choice"].values]
    rows = zip(
        recording["subject"].values.astype(str).tolist(),
        recording["session"].values.tolist(),
        map(str, choices),
        recording["reward"].values.astype(float).tolist(),
        strict=True,
    )
    return {"digest": parts.hexdigest(), "rows": [list(row) for row in rows]}


def load(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    columns = task["columns"]
    options = {} if columns is None or "subject" in columns else {"subject": "m01"}
    return digest_of(pfc.load(path, columns, **options))


def load_by_map(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    return digest_of(pfc.load(path.with_name("trials.csv"), str(path)))


def open_saved(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    with pfc.open_recording(path) as recording:
        return digest_of(recording)


def export_saved(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    out = Path(task["scratch"]) / "exported.csv"
    with pfc.open_recording(path) as recording:
        pfc.export_recording(recording, out)
    return {"digest": hashlib.sha256(out.read_bytes()).hexdigest()}


def read_recipe(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    from dataclasses import asdict

    from pfc_analysis.training.recipes.recipe_files import read_recipe

    recipe = asdict(read_recipe(path))
    text = json.dumps(recipe, sort_keys=True, default=str)
    return {"digest": hashlib.sha256(text.encode()).hexdigest(), "recipe": json.loads(text)}


def record_agent(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    return digest_of(pfc.record("two_step", agent=path.parent.parent, sessions=2))


def resume(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    import pfc_analysis as pfc

    agent = path.parent.parent
    pfc.train(agent.parent / "small.toml", agent, resume=True, workers=1)
    return {
        "digest": hashlib.sha256((path.parent / "weights.safetensors").read_bytes()).hexdigest()
    }


def read_log(path: Path, task: dict[str, Any]) -> dict[str, Any]:
    from pfc_analysis.training.run.training_log import summarise_replica

    return {"digest": repr(summarise_replica(path.parent))}


WAYS: dict[str, Callable[[Path, dict[str, Any]], dict[str, Any]]] = {
    "load": load,
    "map": load_by_map,
    "open": open_saved,
    "export": export_saved,
    "recipe": read_recipe,
    "record": record_agent,
    "resume": resume,
    "log": read_log,
}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Read an input, or say by which error it was refused."""
    path = Path(task["path"])
    try:
        return WAYS[task["way"]](path, task)
    except MemoryError as error:
        return {"error": "MemoryError", "message": str(error), "trace": _end(error)}
    except Exception as error:
        trace = "" if _is_own(error) else _end(error)
        return {"error": type(error).__name__, "message": str(error), "trace": trace}


def _is_own(error: Exception) -> bool:
    return type(error).__module__.startswith("pfc_analysis")


def _end(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)[-3:])[-1500:]


def main() -> None:
    """Answer until the standard input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        task = json.loads(line)
        found = answer(task)
        temporary = Path(tempfile.gettempdir())
        left = [p.name for p in temporary.iterdir() if p.name != "joblib_memmapping"]
        found["left"] = left
        for name in left:
            shutil.rmtree(temporary / name, ignore_errors=True)
            with contextlib.suppress(OSError):
                (temporary / name).unlink()
        out.write(json.dumps(found) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
