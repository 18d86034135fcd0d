"""Check the folder of an agent before its training, so that no hour of work is lost at its end."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from pfc_analysis.atomic import atomic_path
from pfc_analysis.training.recipes.recipe_files import format_recipe, read_recipe
from pfc_analysis.training.run.checkpoint import CHECKPOINT, weights_digest
from pfc_analysis.training.run.plan import Plan
from pfc_analysis.training.run.replica import shapes_of_weights
from pfc_analysis.training.run.shipped_experiments import RECIPE, WEIGHTS
from pfc_analysis.training.run.tensor_files import CheckpointError
from pfc_analysis.training.run.training_log import read_log

_COPIES = 4  # of the weights: weights, mean squares, and both again while a checkpoint is replaced


def prepare(plan: Plan, seeds: list[int], resume: bool) -> list[int]:
    """Check the folder of an agent, write its recipe, and return the seeds left to train.

    Raises
    ------
    FileExistsError
        If the folder already contains one of the replicas and `resume` is off, or other files.
    OSError
        If the folder cannot be written to, or the disk has too little space.
    CheckpointError
        If one of the replicas is damaged, or was trained with another recipe or engine.
    """
    _check_content(plan.out)
    _check_replicas(plan, seeds, resume)
    missing = [seed for seed in seeds if not (plan.folder(seed) / WEIGHTS).exists()]
    _check_space(plan, len(missing))
    _write_recipe(plan)
    return missing


def _check_content(out: Path) -> None:
    """Raise a FileExistsError if the folder holds files, but no agent."""
    held = sorted(path.name for path in out.glob("[!.]*"))
    if held and RECIPE not in held and not any(out.glob("seed_*")):
        raise FileExistsError(
            f"{out} holds other files ({held[0]}, ...), but no agent. Train into a folder of its "
            "own: --out DIR (out=...)."
        )


def _check_space(plan: Plan, n_replicas: int) -> None:
    """Raise an OSError if the disk has no space for the weights and checkpoints."""
    existing = next(p for p in (plan.out, *plan.out.absolute().parents) if p.exists())
    n_weights = sum(math.prod(shape) for shape in shapes_of_weights(plan.recipe).values())
    needed, free = 4 * _COPIES * n_weights * n_replicas, shutil.disk_usage(existing).free
    if needed > free:
        raise OSError(
            f"{plan.out}: {n_replicas} replicas need {needed / 1e6:.0f} MB, but the disk has "
            f"{free / 1e6:.0f} MB left. Make room, or give a folder on another disk by --out."
        )


def _check_replicas(plan: Plan, seeds: list[int], resume: bool) -> None:
    paths = [plan.folder(seed) / name for seed in seeds for name in (WEIGHTS, CHECKPOINT)]
    for path in filter(Path.exists, paths):
        if not resume:
            raise FileExistsError(
                f"{path} already exists. Continue its training with --resume (resume=True), "
                "or train into another folder."
            )
        if weights_digest(path) != plan.digest():
            raise CheckpointError(
                f"{path}: trained with another recipe or engine. Train into another folder, or "
                "use the recipe and engine that it was trained with."
            )
        if path.name == WEIGHTS:
            read_log(path.parent)


def _write_recipe(plan: Plan) -> None:
    """Write the recipe, unless the folder has an equivalent one (which may have comments).

    A recipe that differs is replaced only if it is of the same experiment and no replica was
    trained with it.
    """
    path = plan.out / RECIPE
    if path.exists():
        found = read_recipe(path)
        if found.training_digest() == plan.recipe.training_digest():
            return
        trained = [p for name in (WEIGHTS, CHECKPOINT) for p in plan.out.glob(f"seed_*/{name}")]
        if trained or found.experiment != plan.recipe.experiment:
            reason = f"{trained[0].parent.name} was trained" if trained else "it is another's"
            raise CheckpointError(
                f"{path}: differs from the recipe to train now, and would be overwritten "
                f"({reason}). Train into another folder: --out DIR (out=...)."
            )
    with atomic_path(path) as temporary:
        temporary.write_text(format_recipe(plan.recipe), encoding="utf-8")
