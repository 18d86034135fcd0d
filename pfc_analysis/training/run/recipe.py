"""A recipe: all settings to train and record an agent, read from a TOML file."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pfc_analysis.near_names import did_you_mean
from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import Task
from pfc_analysis.toml_files import (
    TomlError,
    format_toml,
    format_toml_value,
    parse_toml,
    read_toml,
)
from pfc_analysis.training.interface.habit_log import HabitSettings
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.predictive.predictive_weights import check_architecture
from pfc_analysis.training.run.habit_settings import check_habit
from pfc_analysis.training.run.memory_settings import check_memory
from pfc_analysis.training.run.shipped_experiments import RECIPE
from pfc_analysis.training.vision.conv_weights import check_convolutions

MAX_SEED = 2**63 - 1
MAX_REPLICAS = 100_000
MAX_UNITS = 100_000
"""Largest values accepted; seeds are stored as 64-bit integers."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
# Numbers are strict: `true` is no number, and "5" no 5.
_Count = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
_Number = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
_Units = Annotated[int, Field(ge=1, le=MAX_UNITS, strict=True)]
_Seed = Annotated[int, Field(ge=0, le=MAX_SEED, strict=True)]
_Positive = Annotated[float, Field(gt=0, strict=True)]
_Cost = Annotated[float, Field(ge=0, strict=True)]
_Share = Annotated[float, Field(ge=0, le=1, strict=True)]


class RecipeError(ValueError):
    """A recipe has missing, unknown or wrong entries; the message names each of them."""


@dataclass(frozen=True, config=_STRICT)
class NetworkRecipe:
    """Settings of the network: its size, and its feedback input.

    Parameters
    ----------
    units : int
        Number of LSTM units (published: 48); of each LSTM in networks that have two.
    feedback : {"reward", "rpe"}
        What the network reads as feedback. "reward": one LSTM reads the last reward. "rpe": the
        policy has its own LSTM, which reads the prediction error in place of reward
        (`pfc_analysis.training.networks.feedback`; published: "rpe" in simulation 6).
    feedback_scale : float
        Factor by which rewards and prediction errors are multiplied before the network reads them.
    filters, kernels, strides : tuple of int
        Number of filters, kernel size and stride of each convolution, for tasks that show pictures
        (published: 16 and 32, 8 and 4, 4 and 2).
    features : int
        Units of the layer between the last convolution and the LSTM, for tasks that show pictures
        (published: 256).
    memory : {"episodic"}, optional
        "episodic": the network has a memory of its own cell states, which a fifth gate reinstates
        (`pfc_analysis.training.networks.episodic_network`; Ritter et al. 2018). For tasks that name
        a context. By default, there is none.
    reinstatement : float, optional
        Only with a memory: factor from 0 to 1 (the default) by which the reinstatement gate is
        multiplied, in training and in testing. With 0, the gate is held at 0: a lesion of the
        memory from the start.
    architecture : {"predictive"}, optional
        "predictive": a recurrent network that learns to predict what it sees next, and an
        actor-critic that reads observation and units (`pfc_analysis.training.predictive`; after
        Blanco-Pozo et al. 2024). Left out: the network of Wang et al. 2018.
    habit : {"model_free"}, optional
        "model_free": a slow model-free learner, whose values outlive sessions, chooses beside the
        network (`pfc_analysis.training.networks.habit_network`; not in the paper). By default,
        there is none.
    habit_rate, habit_weight : float, optional
        Only with a habit: its learning rate per trial, and by what its values are multiplied before
        they are added to the network's logits (defaults 0.02 and 5, settings of this toolkit).
    """

    units: _Units = 48
    feedback: Literal["reward", "rpe"] = field(default="reward", repr=False)
    feedback_scale: _Positive = field(default=1.0, repr=False)
    filters: tuple[_Units, ...] = field(default=(), repr=False)
    kernels: tuple[_Units, ...] = field(default=(), repr=False)
    strides: tuple[_Units, ...] = field(default=(), repr=False)
    features: _Units | None = field(default=None, repr=False)
    memory: Literal["episodic"] | None = field(default=None, repr=False)
    reinstatement: _Share | None = field(default=None, repr=False)
    architecture: Literal["predictive"] | None = field(default=None, repr=False)
    habit: Literal["model_free"] | None = field(default=None, repr=False)
    habit_rate: _Share | None = field(default=None, repr=False)
    habit_weight: _Positive | None = field(default=None, repr=False)

    @property
    def has_memory(self) -> bool:
        """Whether the network has an episodic memory."""
        return self.memory == "episodic"

    @property
    def reinstatement_gain(self) -> float | None:
        """The factor `reinstatement`; None without a memory."""
        if not self.has_memory:
            return None
        return 1.0 if self.reinstatement is None else self.reinstatement

    @property
    def habit_settings(self) -> HabitSettings | None:
        """Rate and weight of the habit learner; None without one."""
        if self.habit is None:
            return None
        rate, weight = self.habit_rate, self.habit_weight
        return HabitSettings(0.02 if rate is None else rate, 5.0 if weight is None else weight)


@dataclass(frozen=True, config=_STRICT)
class OptimisationRecipe:
    """Settings of the optimisation.

    The learning rate changes linearly from `learning_rate` at the first update to
    `final_learning_rate` at the last, the entropy cost likewise. With `hold`, both stay as they are
    at first, and change linearly in the rest of the updates.

    Parameters
    ----------
    updates : int
        Number of weight updates; each is computed from one batch of sessions.
    sessions_per_update : int
        Sessions per batch.
    learning_rate, final_learning_rate : float
        Learning rate of RMSprop at the first and the last update.
    discount : float
        Discount factor gamma per step (published: 0.9).
    value_cost : float
        Weight of the value loss, beta_v (published: 0.05).
    entropy_cost, final_entropy_cost : float
        Weight of the entropy, beta_e, at the first and the last update (published: 0.05).
    decay, epsilon : float
        Decay and epsilon of RMSprop.
    gradient_norm : float
        Largest norm of the gradient; larger gradients are scaled down to it.
    rpe_gain : float
        Factor from 0 to 1 by which the prediction error is multiplied where it trains policy and
        value. The entropy term does not depend on it.
    rpe_after : int
        Number of first updates in which the prediction error does not train policy and value, as if
        `rpe_gain` were 0. Predictive networks learn to predict in these updates.
    actor_critic_rate : float
        Only in predictive networks: learning rate of the actor-critic, which prediction errors of
        reward train, as a share of the learning rate.
    warm_up : int
        Number of first updates over which the learning rate rises from nearly 0 to its scheduled
        value. RMSprop's first steps can be ten times the usual size, as its running mean has seen
        few gradients. In networks that see pictures, such steps permanently silence some of the
        rectified units.
    vision_rate : float
        Learning rate of the convolutions and features, as a share of the learning rate. The steps
        of RMSprop have the same size whatever the gradient. Hundreds of weights contribute to a
        feature, so that at the full rate their steps change the features every few updates, and the
        LSTM loses what it has learned about them.
    hold : float
        Share of the updates, from 0 to 1, before learning rate and entropy cost begin to change.
        An agent whose policy becomes certain too early may never find out what else it could do.
        (The setting `hold` of Harlow's task is another one: steps of fixation.)
    """

    updates: _Count
    sessions_per_update: _Count
    learning_rate: _Positive
    final_learning_rate: _Positive
    discount: _Share = 0.9
    value_cost: _Cost = 0.05
    entropy_cost: _Cost = 0.05
    final_entropy_cost: _Cost = 0.05
    decay: _Share = 0.99
    epsilon: _Positive = 1e-8
    gradient_norm: _Positive = 1.0
    rpe_gain: _Share = field(default=1.0, repr=False)
    rpe_after: _Number = field(default=0, repr=False)
    actor_critic_rate: _Share = field(default=1.0, repr=False)
    warm_up: _Number = field(default=0, repr=False)
    vision_rate: _Share = field(default=1.0, repr=False)
    hold: _Share = field(default=0.0, repr=False)

    def at(self, update: int) -> tuple[float, float]:
        """Return the learning rate and the entropy cost of an update (counted from 0)."""
        first = int(self.hold * self.updates)
        done = max(update - first, 0) / max(self.updates - 1 - first, 1)
        rate = self.learning_rate + done * (self.final_learning_rate - self.learning_rate)
        if update < self.warm_up:
            rate *= (update + 1) / self.warm_up
        cost = self.entropy_cost + done * (self.final_entropy_cost - self.entropy_cost)
        return rate, cost

    def rpe_gain_at(self, update: int) -> float:
        """Return the factor of the prediction error in an update (counted from 0)."""
        return self.rpe_gain if update >= self.rpe_after else 0.0


@dataclass(frozen=True, config=_STRICT)
class RecordingRecipe:
    """Settings of the recording of the trained agent.

    Parameters
    ----------
    sessions : int
        Test sessions per replica.
    seed : int
        Seed of the test sessions; training uses other random streams.
    """

    sessions: _Count = 300
    seed: _Seed = 0


@dataclass(frozen=True, config=_STRICT)
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
    seed: _Seed = 1
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
        task: Task = _adapt(kind).validate_python({**self.task, **differing})
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
def _adapt(kind: type[Any]) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a class; making one takes as long as a hundred checks."""
    return TypeAdapter(kind)


def read_recipe(path: str | Path) -> Recipe:
    """Read and check a recipe file.

    Parameters
    ----------
    path : str or Path
        A TOML file, or the folder of an agent that holds `recipe.toml`.

    Returns
    -------
    Recipe
        The recipe, immutable.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecipeError
        If the file is not TOML, or a key is unknown, missing or wrong; the message names every
        fault.
    """
    path = Path(path)
    if path.is_dir():
        path = path / RECIPE
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such recipe. Name an experiment, or a file of TOML.")
    try:
        content = read_toml(path)
    except TomlError as error:
        raise RecipeError(str(error)) from error
    return _check_recipe(content, str(path))


def parse_recipe(text: str, source: str = "recipe") -> Recipe:
    """Read and check a recipe from TOML text; error messages begin with `source`."""
    try:
        content = parse_toml(text, source)
    except TomlError as error:
        raise RecipeError(str(error)) from error
    return _check_recipe(content, source)


def _check_recipe(content: dict[str, Any], source: str) -> Recipe:
    try:
        recipe: Recipe = _adapt(Recipe).validate_python(content)
        recipe.task_class()
    except ValidationError as error:
        raise RecipeError(list_faults(source, error, known=_list_keys())) from error
    except ValueError as error:
        key = "plays" if recipe.plays else "experiment"
        raise RecipeError(
            f"{source}: {key}: {error} For a task of your own, name the folder that holds its "
            "task.py as the experiment."
        ) from error
    for key, check in (("task", recipe.training_task), ("test_task", recipe.testing_task)):
        try:
            check()
        except ValidationError as error:
            names = [setting.name for setting in fields(recipe.task_class())]
            raise RecipeError(list_faults(source, error, key, known=names)) from error
    try:
        check_convolutions(recipe.training_task(), recipe.network)
        check_architecture(recipe.training_task(), recipe.network)
        _check_actor_critic_rate(recipe)
        check_memory(recipe.training_task(), recipe.network)
        check_habit(recipe.training_task(), recipe.network)
    except ValueError as error:
        raise RecipeError(f"{source}: network: {str(error).rstrip('.')}.") from error
    return recipe


def _check_actor_critic_rate(recipe: Recipe) -> None:
    """Refuse a rate of the actor-critic where prediction errors train all weights."""
    rate = recipe.optimisation.actor_critic_rate
    if rate != 1.0 and recipe.network.architecture is None:
        raise ValueError(
            f"optimisation.actor_critic_rate = {rate}: in this network prediction errors train all "
            "weights. Change learning_rate, or set architecture = 'predictive' in [network]"
        )


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Read settings of a task written as NAME=VALUE; a value that is not TOML is read as text.

    Raises
    ------
    RecipeError
        If a setting has no name or no value.
    """
    settings = {}
    for pair in pairs:
        name, _, value = (part.strip() for part in pair.partition("="))
        if not name or not value:
            raise RecipeError(f"{pair!r}: expected NAME=VALUE, such as left=0.6")
        try:
            settings[name] = parse_toml(f"value = {value}", name)["value"]
        except TomlError:
            settings[name] = value
    return settings


def format_settings(settings: Mapping[str, Any]) -> list[str]:
    """Format settings as NAME=VALUE, as `parse_settings` reads them."""
    texts = {k: v if isinstance(v, str) else format_toml_value(v) for k, v in settings.items()}
    return [f"{name}={text}" for name, text in texts.items()]


def format_recipe(recipe: Recipe) -> str:
    """Return a recipe as TOML text that reads back to the same recipe."""
    content = asdict(recipe)
    for name, table in list(content.items()):
        if isinstance(table, dict):
            # A missing value is not written.
            content[name] = {k: v for k, v in table.items() if v is not None and v != ()}
    return format_toml({name: value for name, value in content.items() if value != {}})


def _list_keys() -> list[str]:
    """Return the keys of a recipe and of its tables."""
    parts = (Recipe, NetworkRecipe, OptimisationRecipe, RecordingRecipe)
    return [item.name for part in parts for item in fields(part)]


def list_faults(
    source: str,
    error: ValidationError,
    parent: str = "",
    what: str = "recipe",
    known: Collection[str] = (),
) -> str:
    """List the faults, one per line: the key, the value found and what is wrong with it.

    The nearest of the `known` keys is offered for an unknown one.
    """
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in (parent, *fault["loc"]) if part != "")
        if fault["type"] == "unexpected_keyword_argument":
            meant = did_you_mean(fault["loc"][-1], known)
            lines.append(f"  - {key}: unknown key{meant}; remove it or correct its name")
        elif fault["type"] == "missing":
            lines.append(f"  - {key}: missing; add it")
        elif fault["type"] == "value_error":
            lines.append(f"  - {key}: {fault['ctx']['error']}")
        else:
            lines.append(f"  - {key}: found {fault['input']!r}; {fault['msg'].lower()}")
    return f"{source}: not a valid {what}, {len(lines)} fault(s):\n" + "\n".join(lines)
