"""Time all nested encoding models of a population as large as the recorded ones.

    python benchmarks/encoding/speed.py [--units 600] [--trials 2000] [--replicas 8] [--csv FILE]

Prints wall and CPU seconds of `pfc.analysis.compare_encoding_models` with five sets of features, of
which two (states of trained and of untrained networks) have a version for each replica.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import xarray as xr

import pfc_analysis as pfc


def make_set(name: str, rng: np.random.Generator, shape: tuple[int, int, int]) -> object:
    """Random features (replica, trial, feature)."""
    features = tuple(f"{name}_{i}" for i in range(shape[2]))
    replicas = tuple(f"seed_{i + 1}" for i in range(shape[0])) if shape[0] > 1 else ("",)
    return pfc.analysis.FeatureSet(name, rng.normal(size=shape), features, replicas)


def main() -> None:
    """Time one call and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=600)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--replicas", type=int, default=8)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    responses = xr.DataArray(
        rng.poisson(2.0, (given.trials, given.units)).astype(float),
        dims=("trial", "unit"),
        coords={
            "session": ("trial", np.zeros(given.trials, int)),
            "unit": np.arange(given.units),
        },
    )
    base = make_set("events", rng, (1, given.trials, 3))
    sizes = {"lags": (1, 15), "learner": (1, 6), "observer": (1, 3)}
    sizes |= {"agent": (given.replicas, 10), "untrained": (given.replicas, 10)}
    sets = [make_set(k, rng, (r, given.trials, n)) for k, (r, n) in sizes.items()]
    wall, cpu = time.perf_counter(), time.process_time()
    found = pfc.analysis.compare_encoding_models(responses, base, sets, block=80)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{given.units} units, {given.trials} trials, {given.replicas} replicas, "
        f"{found.sizes['model']} models: {wall:.1f} s, {cpu:.1f} CPU-s"
    )


if __name__ == "__main__":
    main()
