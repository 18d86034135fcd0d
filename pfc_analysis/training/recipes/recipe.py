"""A recipe: all settings to train and record an agent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field, fields, replace
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.recipes.network_recipe import NetworkRecipe
from pfc_analysis.training.recipes.optimisation_recipe import OptimisationRecipe
from pfc_analysis.training.recipes.recipe_faults import RecipeError, list_faults
from pfc_analysis.training.recipes.recipe_types import MAX_REPLICAS, STRICT, Count, Seed


@dataclass(frozen=True, config=STRICT)
class RecordingRecipe:
    """Settings of the recording of the trained agent.

    Parameters
    ----------
    sessions : int
        Test sessions per replica.
    seed : int
        Seed of the test sessions; training uses other random streams.
    """

    sessions: Count = 300
    seed: Seed = 0


@dataclass(frozen=True, config=STRICT)
class Recipe:
    """All settings of an experiment: task, network, optimisation, replicas and recording.

    Parameters
    ----------
    experiment : str
        Name of the experiment.
    title : str
        Title of the experiment, one line.
    optimisation : OptimisationRecipe
        Settings of the optimisation.
    replicas : int
        Number of replicas (random seeds) that are trained by default.
    seed : int
        Seed of the first replica; the others have the seeds that follow.
    plays : str
        Name of the task; default: the name of the experiment.
    task, test_task : dict
        Settings of the task in training, and those that differ in testing.
    network : NetworkRecipe
        Settings of the network.
    recording : RecordingRecipe
        Settings of the recording.
    """

    experiment: str
    title: str
    optimisation: OptimisationRecipe
    replicas: Annotated[int, Field(ge=1, le=MAX_REPLICAS, strict=True)] = 8
    seed: Seed = 1
    plays: str = ""
    task: dict[str, Any] = field(default_factory=dict)
    test_task: dict[str, Any] = field(default_factory=dict)
    network: NetworkRecipe = field(default_factory=NetworkRecipe)
    recording: RecordingRecipe = field(default_factory=RecordingRecipe)

    def task_class(self) -> type[Task]:
        """Return the class of the task."""
        return find_task(self.plays or self.experiment)

    def training_task(self) -> Task:
        """Return the task with the settings of training."""
        return self._make_task({})

    def testing_task(self, differing: Mapping[str, Any] | None = None) -> Task:
        """Return the task with the settings of testing, some of which `differing` overrides.

        Raises
        ------
        RecipeError
            If a differing setting is unknown or wrong.
        """
        try:
            return self._make_task({**self.test_task, **(differing or {})})
        except ValidationError as error:
            if differing:
                raise RecipeError(self._list_setting_faults(error)) from error
            raise

    def with_task(self, differing: Mapping[str, Any]) -> Recipe:
        """Return a recipe whose task differs in some settings, in training and in testing.

        Raises
        ------
        RecipeError
            If one of them is unknown or wrong.
        """
        if not differing:
            return self
        kept = {name: value for name, value in self.test_task.items() if name not in differing}
        changed = replace(self, task={**self.task, **differing}, test_task=kept)
        try:
            changed.training_task()
            changed.testing_task()
        except ValidationError as error:
            raise RecipeError(self._list_setting_faults(error)) from error
        return changed

    def _make_task(self, differing: Mapping[str, Any]) -> Task:
        kind: Any = self.task_class()
        task: Task = adapt(kind).validate_python({**self.task, **differing})
        return task

    def _list_setting_faults(self, error: ValidationError) -> str:
        """List the faults of settings, and the settings that the task has."""
        names = [setting.name for setting in fields(self.task_class())]
        faults = list_faults("settings of the task", error, known=names)
        return (
            f"{faults}\nThe task {self.task_class().name!r} has the settings: {', '.join(names)}."
        )

    def feedback(self) -> Feedback:
        """Return the feedback input of the network."""
        scale = self.network.feedback_scale
        return Feedback(self.network.feedback, scale, self.optimisation.discount)

    def training_digest(self) -> str:
        """Return a SHA-256 of all settings that decide the weights that a seed is trained to."""
        deciding: tuple[Any, ...] = (self.training_task(), self.network, self.optimisation)
        # Settings of later versions count only if they are used, so that old digests stay valid.
        later = {
            item.name: getattr(part, item.name)
            for part in (self.network, self.optimisation)
            for item in fields(part)
            if not item.repr and getattr(part, item.name) != item.default
        }
        deciding = (self.experiment, *deciding, *([later] if later else []))
        return hashlib.sha256(repr(deciding).encode()).hexdigest()


@lru_cache(maxsize=64)
def adapt(kind: type[Any]) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a class; making one takes as long as a hundred checks."""
    return TypeAdapter(kind)
