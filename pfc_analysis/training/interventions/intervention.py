"""Define interventions: rules that change a signal of a network while it plays.

A rule says which signal it changes, at which moments of a trial, on which trials, and how. Several
rules act one after another. Rules can be read from TOML, and recordings store them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pfc_analysis.tasks.contract import Task
from pfc_analysis.toml_files import TomlError, read_toml
from pfc_analysis.training.recipes.recipe_faults import list_faults

_Share = Annotated[float, Field(ge=0, le=1)]
_Names = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(lambda names: (names,) if isinstance(names, str) else names),
]

ON_MEMORY = ("reinstatement", "retrieval")
"""Signals of networks with an episodic memory."""

ON_POLICY = ("network", "habit", "habit_rate")
"""Signals of networks with a habit learner beside them, in the order of `HabitBlock.gains`."""

ARRIVING = ("rpe", "reward")
"""Signals that reach the network with an event of the task; the other signals belong to a step."""


class InterventionError(ValueError):
    """A rule cannot be read, or does not fit the task or the network."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Intervention:
    """A rule that changes a signal to ``gain * signal + shift`` when a condition holds.

    Parameters
    ----------
    target : {"rpe", "reward", "value", "hidden", ...}
        Which signal is changed. "rpe": the prediction error that the policy's LSTM reads (networks
        with ``feedback = "rpe"``), and that teaches, if weights change while the network plays
        (`plasticity` of `pfc_analysis.record`; any network). "reward": the reward that the network
        reads, and from which that error is computed; the reward in the recording stays as it was
        paid. "value": the critic's value. "hidden": the output of units. In networks with an
        episodic memory also "reinstatement": the gate through which a stored cell state is
        reinstated (with ``gain = 0.0`` at all steps, nothing is: a lesion), and "retrieval": which
        state that is. In networks with a habit learner beside them also "network" and "habit":
        what the one or the other adds to the logits of the policy (with ``gain = 0.0`` at all
        steps it is silenced), and "habit_rate": the rate at which the habit learns when the trial
        ends with that step.
    at : str or sequence of str
        Moments of the trial: events of the task for "rpe" and "reward", which reach the network
        with an event; steps of the task for the other signals.
    when : mapping
        Condition. Keys are names of trial variables, as in a recording of the task (``choice``,
        ``reward``, ``forced``, ...), or ``trial_in_session``. Each must have the value given: a
        number, a label, one of a list of these, or a number between the ``least`` and ``most`` of a
        mapping. All keys must hold, for the trial as played so far. Empty: every trial. The choice
        has no value yet at the step at which it is made; such a rule is refused, with the moments
        that it may name.
    gain, shift : float
        The signal is multiplied by `gain`, then `shift` is added, in units of reward.
    share : float
        Only for "hidden": share of units that the rule applies to, 0 to 1. A larger share includes
        the units of a smaller one.
    lstm : {"both", "policy", "value"}
        Only for "hidden", and networks with two LSTMs: whose units the rule applies to.
    recall : {"random", "delayed"}, optional
        Only for "retrieval". "random": another state is reinstated than the one stored under the
        nearest context, drawn at random. "delayed": the state is reinstated one step later, instead
        of what that step would reinstate.
    capacity : int, optional
        Only for "retrieval": only so many of the states that were stored last can be found.
    noise : float, optional
        Only for "retrieval": probability that each bit of the context is mistaken for its opposite
        when it is looked up, so that similar contexts are confused.
    probability : float
        Probability that the rule acts when its condition holds, drawn anew each time.
    seed : int
        Seed of these draws, and of the choice of units.
    name : str
        Name for listings.

    Examples
    --------
    In half of the unrewarded trials the agents read a reward of 1 that was not paid:

    >>> import pfc_analysis as pfc
    >>> rule = pfc.Intervention(
    ...     target="reward", at="outcome", when={"reward": 0}, shift=1.0, probability=0.5
    ... )
    >>> recording = pfc.record("two_step", sessions=5, units=False, interventions=[rule])
    >>> stimulated = recording["stimulated"] == 1
    >>> share = stimulated.where(recording["reward"] == 0).mean()
    >>> print(f"{float(share):.1f} of unrewarded trials")
    0.5 of unrewarded trials
    """

    target: Literal[
        "rpe", "reward", "value", "hidden", "reinstatement", "retrieval",
        "network", "habit", "habit_rate",
    ]  # fmt: skip
    at: _Names
    when: dict[str, Any] = field(default_factory=dict)
    gain: float = 1.0
    shift: float = 0.0
    share: _Share = 1.0
    lstm: Literal["both", "policy", "value"] = "both"
    probability: _Share = 1.0
    seed: Annotated[int, Field(ge=0)] = 0
    name: str = ""
    recall: Literal["random", "delayed"] | None = None
    capacity: Annotated[int, Field(ge=1)] | None = None
    noise: _Share | None = None

    def __post_init__(self) -> None:
        if self.target == "hidden" and self.shift:
            raise ValueError("shift: units can be scaled (gain), not shifted")
        if self.target == "reinstatement" and (self.shift or self.gain < 0):
            raise ValueError("reinstatement: the gate can be scaled by a gain of at least 0 only")
        if self.target in ON_POLICY and (self.shift or self.gain < 0):
            raise ValueError(f"{self.target}: can be scaled by a gain of at least 0 only")
        if self.target == "retrieval" and (self.gain != 1.0 or self.shift):
            raise ValueError("gain and shift: not with target 'retrieval'")
        looks_up = [self.recall, self.capacity, self.noise] != [None, None, None]
        if looks_up != (self.target == "retrieval"):
            raise ValueError(
                "recall, capacity, noise: expected at least one of them with target 'retrieval', "
                "and none with another target"
            )
        if self.target != "hidden" and (self.share != 1.0 or self.lstm != "both"):
            raise ValueError("share and lstm: only with target 'hidden'")

    def describe(self) -> str:
        """Return the rule as text that `find_interventions` reads: a preset's name, or JSON."""
        content = asdict(self) | {"at": list(self.at)}
        if PRESETS.get(self.name) == self:
            return self.name
        given = {key: value for key, value in content.items() if value not in ("", {}, None)}
        return json.dumps(given)


_RISKY_WIN, _SAFE, _RISKY_LOSS = (
    {"risky_choice": 1, "reward": {"least": 1}},
    {"risky_choice": 0},
    {"risky_choice": 1, "reward": 0},
)
PRESETS = {
    rule.name: rule
    for rule in (
        Intervention("rpe", ("outcome",), _RISKY_WIN, shift=-4.0, name="block_risky_reward"),
        Intervention("rpe", ("outcome",), _SAFE, shift=-1.0, name="block_safe_reward"),
        Intervention("rpe", ("outcome",), _RISKY_LOSS, shift=1.0, name="block_risky_loss"),
    )
}
"""The three interventions of Figure 7, for the risky-choice task, on forced and free trials. The
paper (Wang et al. 2018) says that the error was incremented or decremented, but not by how much:
these shifts are chosen by this toolkit."""

Interventions = Iterable[Intervention | str | Path]


def find_interventions(rules: Interventions) -> list[Intervention]:
    """Return the rules given as such, as names of presets, as JSON, or as TOML files.

    Raises
    ------
    InterventionError
        If there is no such preset or file, or a rule is not valid.
    """
    found: list[Intervention] = []
    for rule in rules:
        if isinstance(rule, Intervention):
            found.append(rule)
        elif isinstance(rule, str) and rule in PRESETS:
            found.append(PRESETS[rule])
        elif str(rule).lstrip().startswith("{"):
            found.append(parse_intervention(str(rule), "intervention"))
        elif Path(rule).suffix == ".toml":
            found += read_interventions(Path(rule))
        else:
            raise InterventionError(
                f"Unknown intervention {str(rule)!r}; expected one of {list(PRESETS)}, "
                "a rule as JSON, or a file of rules that ends in .toml."
            )
    return found


def read_interventions(path: str | Path) -> list[Intervention]:
    """Read rules from a TOML file, which has a table ``[[intervention]]`` for each.

    Raises
    ------
    InterventionError
        If the file is missing, is no TOML file, or holds no rules or wrong ones; the message names
        every fault.
    """
    try:
        content = read_toml(path)
    except FileNotFoundError as error:
        raise InterventionError(f"{path}: no such file of interventions.") from error
    except TomlError as error:
        raise InterventionError(str(error)) from error
    rules = content.get("intervention")
    if not isinstance(rules, list) or set(content) != {"intervention"}:
        raise InterventionError(
            f"{path}: found {sorted(content)}, expected only tables [[intervention]]."
        )
    return [parse_intervention(rule, f"{path}: intervention {k}") for k, rule in enumerate(rules)]


def parse_intervention(content: Mapping[str, Any] | str, source: str) -> Intervention:
    """Read and check a rule given as a mapping, or as JSON (`Intervention.describe`)."""
    try:
        rule = json.loads(content) if isinstance(content, str) else content
    except (json.JSONDecodeError, RecursionError) as error:
        raise InterventionError(f"{source}: {content!r} is not JSON ({error}).") from error
    try:
        return TypeAdapter(Intervention).validate_python(rule)
    except ValidationError as error:
        raise InterventionError(list_faults(source, error, what="intervention")) from error


def check_interventions(
    rules: Iterable[Intervention],
    task: Task,
    rpe_input: bool,
    memory: bool = False,
    plastic: bool = False,
    habit: bool = False,
) -> None:
    """Check that rules fit the task and the network.

    Parameters
    ----------
    rules : iterable of Intervention
        The rules.
    task : Task
        The task that is played.
    rpe_input : bool
        Whether the network reads prediction errors.
    plastic : bool
        Whether weights change while it plays.

    Raises
    ------
    InterventionError
        If the task has no such moment or shows pictures, or the network has no such signal.
    """
    for rule in rules:
        moments = task.events if rule.target in ARRIVING else task.steps
        unknown = [moment for moment in rule.at if moment not in moments]
        who = f"intervention {rule.name or rule.describe()}"
        if task.view_shape is not None:
            raise InterventionError(
                f"{who}: task {task.name!r} shows pictures, and interventions do not work with "
                "pictures. Record without any, or use a task with coded observations, such as "
                "'harlow_symbolic'."
            )
        if unknown:
            kind = "events" if rule.target in ARRIVING else "steps"
            raise InterventionError(
                f"{who}: at = {unknown}: {rule.target!r} is changed at {kind} of the task; the "
                f"task {task.name} has {list(moments)}."
            )
        if plastic and rule.target not in ARRIVING:
            raise InterventionError(
                f"{who}: found target = {rule.target!r}; where weights change (plasticity), only "
                f"{list(ARRIVING)} can be changed. Leave out plasticity for frozen weights."
            )
        if rule.target in ON_MEMORY and not memory:
            raise InterventionError(
                f"{who}: this network has no memory; the rule needs a network that was trained "
                "with memory = 'episodic' in its recipe's [network]."
            )
        if rule.target in ON_POLICY and not habit:
            raise InterventionError(
                f"{who}: no habit learner stands beside this network; the rule needs a network "
                "that was trained with habit = 'model_free' in its recipe's [network]."
            )
        if not rpe_input and ((rule.target == "rpe" and not plastic) or rule.lstm != "both"):
            raise InterventionError(
                f"{who}: this network has one LSTM, which reads rewards; the rule needs a network "
                "that was trained with feedback = 'rpe' in its recipe's [network]. A prediction "
                "error that is no input acts only where it teaches: record with plasticity."
            )
