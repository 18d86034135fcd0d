"""Write the valid inputs that the fuzzer damages: one folder for each format.

Every format holds the same kind of table: sessions of trials with a choice and a reward. A seed
whose format the package does not read (or for which no writer is installed) is left out, and named.
"""

# ruff: noqa: D103
from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

TEXT_MAP = {
    "subject": "mouse",
    "session": "day",
    "trial": "trial",
    "choice": "side",
    "choice_values": {"left": "L", "right": "R"},
    "reward": "water",
}
CODE_MAP = {
    "session": "day",
    "choice": "side",
    "choice_values": {"left": 0, "right": 1},
    "reward": "water",
}


@dataclass
class Seed:
    """A valid input: the file or folder `target` in its folder, and how it is read.

    `way` names the function of `fuzz_worker.WAYS`; `judge` how a changed result is judged: "table"
    (by an independent reading of the text), "whole" (any other numbers are a fault: the format has
    checksums, or is this toolkit's own) or "plain" (a changed bit may change a number).
    """

    name: str
    target: str
    way: str
    judge: str
    columns: dict[str, Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)


def table(sessions: int = 4, trials: int = 40) -> dict[str, list[Any]]:
    """Trials of two mice."""
    rng = np.random.default_rng(7)
    n = sessions * trials
    at = np.arange(n)
    return {
        "mouse": [("Zoë" if s >= sessions // 2 else "m01") for s in at // trials],
        "day": [int(d) for d in (at // trials) % (sessions // 2) + 1],
        "trial": [int(t) for t in at % trials + 1],
        "side": [("L", "R")[c] for c in rng.integers(0, 2, n)],
        "water": [int(r) for r in rng.integers(0, 2, n)],
        "seconds": [round(float(x), 3) for x in rng.exponential(1.0, n)],
    }


def codes() -> dict[str, np.ndarray]:
    """Return the same trials as numbers."""
    plain = table()
    return {
        "day": (np.arange(160) // 40 + 1).astype(np.float64),
        "side": np.array([side == "R" for side in plain["side"]], dtype=np.float64),
        "water": np.array(plain["water"], dtype=np.float64),
    }


def recording() -> xr.Dataset:
    """Build a small recording of an agent."""
    rng = np.random.default_rng(3)
    n = 120
    sides = {"labels": ["left", "right"]}
    return xr.Dataset(
        {
            "choice": ("trial", rng.integers(0, 2, n).astype(np.int8), sides),
            "reward": ("trial", rng.integers(-1, 2, n).astype(np.float64)),
            "invalid": ("trial", np.zeros(n, dtype=np.int8)),
            "reward_probability": (("trial", "arm"), np.tile([0.75, 0.25], (n, 1))),
            "value": (("trial", "step"), rng.random((n, 2)).astype(np.float32)),
            "hidden": (("trial", "step", "unit"), rng.random((n, 2, 4)).astype(np.float32)),
        },
        coords={
            "subject": ("trial", np.repeat(["seed_1", "Jürgen"], n // 2)),
            "session": ("trial", np.tile(np.repeat([0, 1], n // 4), 2).astype(np.int32)),
            "trial_in_session": ("trial", np.tile(np.arange(n // 4), 4).astype(np.int32)),
            "step": ["fixation", "choice"],
            "arm": ["left", "right"],
            "unit": np.arange(4),
        },
        attrs={"kind": "agent", "seed": 3, "discount": 0.9, "seeds": ["1", "2"]},
    )


def as_text(columns: dict[str, list[Any]], delimiter: str = ",") -> str:
    """Write the table as delimited text."""
    lines = [delimiter.join(columns)]
    lines += [delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def write_text(name: str, delimiter: str, encoding: str, ending: str = ".csv") -> Callable:
    def write(folder: Path) -> Seed:
        text = as_text(table(), delimiter).encode(encoding)
        packed = gzip.compress(text, mtime=0) if ending.endswith(".gz") else text
        (folder / f"trials{ending}").write_bytes(packed)
        judge = "whole" if ending.endswith(".gz") else "table"
        return Seed(name, f"trials{ending}", "load", judge, TEXT_MAP, {"encoding": encoding})

    return write


def write_json(folder: Path) -> Seed:
    columns = table()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (folder / "trials.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return Seed("json", "trials.json", "load", "json", TEXT_MAP)


def write_frame(name: str, ending: str) -> Callable:
    def write(folder: Path) -> Seed:
        import pandas as pd

        frame, path = pd.DataFrame(table()), folder / f"trials{ending}"
        frame.to_parquet(path) if name == "parquet" else frame.to_excel(path, index=False)
        return Seed(name, path.name, "load", "whole" if name == "xlsx" else "plain", TEXT_MAP)

    return write


def write_alf(folder: Path) -> Seed:
    inside = folder / "alf"
    inside.mkdir()
    for name, values in codes().items():
        np.save(inside / f"trials.{name}.npy", values)
    return Seed("alf", "alf", "load", "plain", CODE_MAP)


def write_hdf5(checksum: bool) -> Callable:
    def write(folder: Path) -> Seed:
        import h5py

        with h5py.File(folder / "trials.h5", "w") as file:
            for name, values in codes().items():
                file.create_dataset(name, data=values, chunks=(40,), fletcher32=checksum)
        name = "hdf5-checksum" if checksum else "hdf5"
        return Seed(name, "trials.h5", "load", "whole" if checksum else "plain", CODE_MAP)

    return write


def write_zarr(version: int) -> Callable:
    def write(folder: Path) -> Seed:
        import zarr

        root = zarr.open_group(folder / "trials.zarr", mode="w", zarr_format=version)
        for name, values in codes().items():
            root.create_array(name, shape=values.shape, dtype=values.dtype, chunks=(40,))[:] = (
                values
            )
        return Seed(f"zarr{version}", "trials.zarr", "load", "plain", CODE_MAP)

    return write


def write_matlab5(compressed: bool) -> Callable:
    def write(folder: Path) -> Seed:
        from scipy.io import savemat

        savemat(folder / "trials.mat", {"trials": codes()}, do_compression=compressed)
        name = "matlab5-compressed" if compressed else "matlab5"
        return Seed(name, "trials.mat", "load", "whole" if compressed else "plain", CODE_MAP)

    return write


def write_matlab73(folder: Path) -> Seed:
    import h5py

    path = folder / "trials.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        group = file.create_group("trials")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        for name, values in codes().items():
            group[name] = values[None, :]
            group[name].attrs["MATLAB_class"] = np.bytes_("double")
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM"
    with path.open("r+b") as raw:
        raw.write(head)
    return Seed("matlab73", "trials.mat", "load", "plain", CODE_MAP)


def nwb_file():
    from pynwb import NWBFile
    from pynwb.file import Subject

    file = NWBFile("fuzz", "fuzz", datetime(2020, 1, 1, tzinfo=UTC))
    file.subject = Subject(subject_id="m01", species="Mus musculus", sex="U", age="P90D")
    file.add_trial_column("side", "0 left, 1 right")
    file.add_trial_column("water", "reward")
    columns = codes()
    for at in range(160):
        file.add_trial(
            start_time=float(at),
            stop_time=at + 0.5,
            side=int(columns["side"][at]),
            water=int(columns["water"][at]),
        )
    return file


def write_nwb(folder: Path) -> Seed:
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(folder / "session.nwb", "w") as out:
        out.write(nwb_file())
    return Seed("nwb", "session.nwb", "load", "plain", _NWB_MAP)


def write_nwb_zarr(folder: Path) -> Seed:
    from hdmf_zarr import NWBZarrIO

    with NWBZarrIO(str(folder / "session.nwb.zarr"), "w") as out:
        out.write(nwb_file())
    return Seed("nwb-zarr", "session.nwb.zarr", "load", "plain", _NWB_MAP)


_NWB_MAP = {name: value for name, value in CODE_MAP.items() if name != "session"}


def write_export(name: str, target: str) -> Callable:
    def write(folder: Path) -> Seed:
        import pfc_analysis as pfc

        session = {} if target.endswith("sv") else {"subjects": ["seed_1"], "sessions": [0]}
        pfc.export_recording(recording(), folder / target, **session)
        judge = "exported" if target.endswith("sv") else "plain"
        return Seed(name, target, "load", judge)

    return write


def write_saved(ending: str, way: str) -> Callable:
    def write(folder: Path) -> Seed:
        import pfc_analysis as pfc

        pfc.save_recording(recording(), folder / f"agents{ending}")
        return Seed(f"saved{ending}-{way}", f"agents{ending}", way, "whole")

    return write


RECIPE = """\
experiment = "two_step"
title = "A small agent"
replicas = 1
seed = 1

[task]
trials = 4

[network]
units = 6

[optimisation]
updates = 6
sessions_per_update = 4
learning_rate = 0.01
final_learning_rate = 0.001
final_entropy_cost = 0.0

[recording]
sessions = 2
seed = 0
"""


def write_recipe(folder: Path) -> Seed:
    (folder / "recipe.toml").write_text(RECIPE)
    return Seed("recipe", "recipe.toml", "recipe", "recipe")


def write_map(folder: Path) -> Seed:
    (folder / "trials.csv").write_text(as_text(table()), encoding="utf-8")
    lines = [f"{k} = {json.dumps(v)}" for k, v in TEXT_MAP.items() if isinstance(v, str)]
    lines += ["[choice_values]", 'left = "L"', 'right = "R"']
    (folder / "map.toml").write_text("\n".join(lines) + "\n")
    return Seed("map", "map.toml", "map", "map")


def write_agent(name: str, target: str, way: str) -> Callable:
    def write(folder: Path) -> Seed:
        import pfc_analysis as pfc
        from pfc_analysis.training.run import replica_processes

        (folder / "small.toml").write_text(RECIPE)
        agent = folder / "agent"
        if way != "resume":
            pfc.train(folder / "small.toml", agent, workers=1)
            return Seed(name, f"agent/seed_1/{target}", way, "log" if way == "log" else "whole")
        real = replica_processes.save_weights
        replica_processes.save_weights = _stop  # leave the checkpoint of the last update behind
        try:
            pfc.train(folder / "small.toml", agent, workers=1, checkpoint_seconds=0.0)
        except InterruptedError:
            pass
        finally:
            replica_processes.save_weights = real
        (agent / "seed_1" / "training.csv").unlink(missing_ok=True)
        return Seed(name, f"agent/seed_1/{target}", way, "whole")

    return write


def _stop(*_: Any) -> None:
    raise InterruptedError


WRITERS: dict[str, Callable[[Path], Seed]] = {
    "csv": write_text("csv", ",", "utf-8"),
    "tsv": write_text("tsv", "\t", "utf-8", ".tsv"),
    "csv-semicolons": write_text("csv-semicolons", ";", "utf-8"),
    "csv-latin1": write_text("csv-latin1", ",", "latin-1"),
    "csv-utf16": write_text("csv-utf16", "\t", "utf-16"),
    "csv-gz": write_text("csv-gz", ",", "utf-8", ".csv.gz"),
    "json": write_json,
    "parquet": write_frame("parquet", ".parquet"),
    "xlsx": write_frame("xlsx", ".xlsx"),
    "alf": write_alf,
    "nwb": write_nwb,
    "nwb-zarr": write_nwb_zarr,
    "hdf5": write_hdf5(False),
    "hdf5-checksum": write_hdf5(True),
    "zarr2": write_zarr(2),
    "zarr3": write_zarr(3),
    "matlab5": write_matlab5(False),
    "matlab5-compressed": write_matlab5(True),
    "matlab73": write_matlab73,
    "exported-csv": write_export("exported-csv", "agents.csv"),
    "exported-tsv": write_export("exported-tsv", "agents.tsv"),
    "exported-nwb": write_export("exported-nwb", "agents.nwb"),
    "saved.nc-load": write_saved(".nc", "load"),
    "saved.nc-open": write_saved(".nc", "open"),
    "saved.nc-export": write_saved(".nc", "export"),
    "saved.zarr-load": write_saved(".zarr", "load"),
    "saved.zarr-open": write_saved(".zarr", "open"),
    "saved.zarr-export": write_saved(".zarr", "export"),
    "recipe": write_recipe,
    "map": write_map,
    "weights": write_agent("weights", "weights.safetensors", "record"),
    "checkpoint": write_agent("checkpoint", "checkpoint.safetensors", "resume"),
    "log": write_agent("log", "training.csv", "log"),
}


def write_seed(name: str, folder: Path) -> Seed:
    """Write one seed, the same bytes each time."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    real = uuid.uuid4
    uuid.uuid4 = lambda: uuid.UUID(bytes=rng.bytes(16), version=4)
    try:
        return WRITERS[name](folder)
    finally:
        uuid.uuid4 = real
