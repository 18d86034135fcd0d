"""Read the trained weights of an agent's replicas, and check that they fit its recipe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import CheckpointError
from pfc_analysis.training.run.experiment import digest_task_file
from pfc_analysis.training.run.replica import shapes_of_weights
from pfc_analysis.training.run.shipped_experiments import WEIGHTS
from pfc_analysis.training.run.tensor_files import TRAINED_BY, load_tensors


class WeightsReader:
    """Reads weights of replicas that were trained with one recipe.

    Parameters
    ----------
    recipe : Recipe
        The recipe in the agent's folder.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._shapes = shapes_of_weights(recipe)
        self._digest, self._task_file = recipe.training_digest(), digest_task_file(recipe)

    def read(self, folder: Path) -> Weights:
        """Return the trained weights of a replica.

        Parameters
        ----------
        folder : Path
            The replica's folder.

        Raises
        ------
        CheckpointError
            If the weights cannot be read or do not fit the recipe.
        """
        weights, metadata = load_tensors(folder / WEIGHTS)
        self._check_shapes(weights, folder)
        self._check_trained_by(metadata, folder)
        return weights

    def _check_shapes(self, weights: Weights, folder: Path) -> None:
        found = {name: array.shape for name, array in weights.items()}
        expected = self._shapes
        wrong = [
            f"{name} is {found.get(name, 'missing')}, expected {expected.get(name, 'none')}"
            for name in sorted(expected | found)
            if found.get(name) != expected.get(name)
        ]
        if wrong:
            raise CheckpointError(
                f"{folder / WEIGHTS}: these weights do not fit the recipe in their folder: "
                f"{'; '.join(wrong)}. Restore the recipe that they were trained with, or train "
                "again."
            )

    def _check_trained_by(self, metadata: Mapping[str, str], folder: Path) -> None:
        """Raise a CheckpointError if the recipe has changed since; warn if the task file has."""
        digest, _, task_file = metadata.get(TRAINED_BY, "").partition(" ")
        if digest and digest != self._digest:
            raise CheckpointError(
                f"{folder / WEIGHTS}: trained with other settings than those of the recipe in its "
                "folder, which was changed since. Restore the recipe, or train again."
            )
        _, _, trained = task_file.partition(" ")
        if trained and self._task_file and trained != self._task_file:
            warnings.warn(
                f"{folder}: trained with another version of the task file. If begin, step or "
                "settings changed, train again; a change of the trial table alone does no harm.",
                stacklevel=2,
            )


def load_agent_weights(recipe: Recipe, folder: Path) -> Weights:
    """Return the trained weights of one replica; as `WeightsReader.read`."""
    return WeightsReader(recipe).read(folder)
