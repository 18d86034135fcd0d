"""Measure loading a population beside its trials: ``python benchmarks/load_neurons.py``.

600 units x 2,000 trials (4 s each, 5 spikes a second and unit on average: 24 million spikes) with
six windows are written as NWB by pynwb, and as counts in MATLAB and npz, and loaded, each in a new
process. CPU seconds are those of that process and of the subprocess that reads files, from the
start of Python; "import" is the time until the toolkit is ready.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

SEED = 0
SECONDS = 4.0
WINDOWS = {f"w{n}": ["cue_time", 0.5 * n - 1.0, 0.5 * n - 0.5] for n in range(6)}
MAP: dict[str, Any] = {
    "choice": "choice",
    "choice_values": {"left": 0, "right": 1},
    "reward": "reward",
    "windows": WINDOWS,
}


def draw_trials(trials: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw choices, rewards and times of a cue."""
    start = SECONDS * np.arange(trials)
    return {
        "choice": rng.integers(0, 2, trials).astype(float),
        "reward": rng.integers(0, 2, trials).astype(float),
        "cue_time": start + rng.uniform(1.0, 1.5, trials),
    }


def write_nwb(path: Path, units: int, columns: dict[str, np.ndarray], rng: Any) -> int:
    """Write trials and spikes as NWB; return the number of spikes."""
    from hdmf.common import VectorData, VectorIndex
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.file import Subject
    from pynwb.misc import Units

    trials = len(columns["choice"])
    file = NWBFile("a benchmark", "benchmark", datetime(2026, 1, 1, tzinfo=UTC))
    file.subject = Subject(subject_id="M1", species="Macaca mulatta", sex="U")
    for name in columns:
        file.add_trial_column(name, name)
    for row in range(trials):
        start = SECONDS * row
        file.add_trial(start, start + SECONDS, **{k: v[row] for k, v in columns.items()})
    end = SECONDS * trials
    rates = rng.gamma(2.0, 2.5, units)
    trains = [np.sort(rng.uniform(0, end, rng.poisson(rate * end))) for rate in rates]
    times = VectorData(name="spike_times", description="s", data=np.concatenate(trains))
    ends = np.cumsum([len(train) for train in trains])
    area = VectorData(name="area", description="area", data=["dlPFC"] * units)
    table = [times, VectorIndex(name="spike_times_index", data=ends, target=times), area]
    file.units = Units(name="units", columns=table, description="units", id=list(range(units)))
    with NWBHDF5IO(str(path), "w") as io:
        io.write(file)
    return int(ends[-1])


def write_counts(folder: Path, units: int, columns: dict[str, np.ndarray], rng: Any) -> list[Path]:
    """Write an array of counts beside the trials, in MATLAB and npz."""
    import scipy.io

    counts = rng.poisson(2.5, (units, len(columns["choice"]), len(WINDOWS))).astype(np.uint8)
    arrays = {"X": counts, **columns}
    scipy.io.savemat(folder / "counts.mat", arrays, do_compression=True)
    np.savez_compressed(folder / "counts.npz", **arrays)
    return [folder / "counts.mat", folder / "counts.npz"]


def measure(path: Path) -> dict[str, float]:
    """Load a file in this process; return CPU seconds of it and of the subprocess, and memory."""
    import pfc_analysis as pfc
    from pfc_analysis.recording.readers.isolated import subprocess_reader

    _ = pfc.load
    ready, wall = time.process_time(), time.perf_counter()
    columns = MAP if path.suffix == ".nwb" else MAP | {"counts": "X"}
    recording = pfc.load(path, columns, subject=None if path.suffix == ".nwb" else "M1")
    wall = time.perf_counter() - wall
    assert np.isfinite(recording["spike_count"].values).mean() > 0.99
    own = time.process_time()
    subprocess_reader._READER.close()
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "import": round(ready, 2),
        "load_cpu_seconds": round(own - ready, 2),
        "reader_cpu_seconds": round(reader.ru_utime + reader.ru_stime, 2),
        "load_wall_seconds": round(wall, 2),
        "reader_peak_GB": round(reader.ru_maxrss / 2**20, 2),
    }


def main() -> None:
    """Write the files, load each in a new process, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=600, help="(%(default)s)")
    parser.add_argument("--trials", type=int, default=2000, help="(%(default)s)")
    parser.add_argument("--measure", type=Path, metavar="PATH", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = draw_trials(options.trials, rng)
        spikes = write_nwb(folder / "spikes.nwb", options.units, columns, rng)
        print(f"{options.units} units x {options.trials} trials, {spikes / 1e6:.1f} million spikes")
        paths = [folder / "spikes.nwb", *write_counts(folder, options.units, columns, rng)]
        for path in paths:
            command = [sys.executable, __file__, "--measure", str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            print(f"  {path.name} ({path.stat().st_size / 1e6:.0f} MB): {done.stdout.strip()}")


if __name__ == "__main__":
    main()
