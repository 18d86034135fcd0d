"""Contenders: `pfc_analysis.train`, as users call it, with one and with two workers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
from contenders.engine import steady_recipe

from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.run.training_log import LOG

REPLICAS = 2
UPDATES = 40


def train_replicas(workers: int) -> Callable[[], float]:
    """Return a function that trains two replicas from scratch and returns the number of steps.

    joblib keeps its processes between calls. So only the first call, which is not measured, waits
    for them to start.

    Parameters
    ----------
    workers : int
        Number of workers (see `train`).
    """
    recipe = steady_recipe(sessions=64)
    recipe = replace(recipe, optimisation=replace(recipe.optimisation, updates=UPDATES))

    def work() -> float:
        out = Path(tempfile.mkdtemp(prefix="pfc_benchmark_"))
        try:
            train(recipe, out, replicas=REPLICAS, workers=workers)
            logs = [pd.read_csv(folder / LOG) for folder in list_replicas(out)]
        finally:
            shutil.rmtree(out)
        return float(sum(log["steps"].iloc[-1] for log in logs))

    return work
