"""See trained agents as systems whose state a trial moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.dynamics.state_map import StateMap
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps, TrialEvents
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.dynamics.event_sequences import EventSequences, list_sequences
from pfc_analysis.dynamics.kinds_of_trials import find_typical, name_held, name_kinds
from pfc_analysis.dynamics.network_maps import make_maps, read_log_odds
from pfc_analysis.given_types import checks_types
from pfc_analysis.recording.agents.agent_weights import WeightsReader
from pfc_analysis.recording.play_variables import join_variables
from pfc_analysis.recording.replay.lived_trials import LivedTrials, read_lived
from pfc_analysis.recording.replay.replayed_blocks import Replay
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.replica import first_weights

SOURCE = "the recording"


class Kinds(NamedTuple):
    """Kinds of trials: their names, the kind of each trial, and the inputs that stand for each."""

    names: list[str]
    number: IntArray
    inputs: list[FloatArray]


@checks_types
def state_maps(
    experiment: str | Path,
    recording: xr.Dataset,
    *,
    agent: str | Path | None = None,
    task: Mapping[str, Any] | None = None,
    kinds: Sequence[str] | None = None,
    held: str | None = None,
    untrained: bool = False,
) -> StateMaps:
    """See every replica of an agent as a system whose state is moved by each trial.

    The state is what the LSTM holds at the first step of a trial: its outputs and cells. A trial is
    the map from there to the first step of the next trial, at which the network reads the outcome.
    The maps are the network's own equations with its weights, and their derivatives are exact.

    Parameters
    ----------
    experiment, agent
        As for `pfc_analysis.record`.
    recording : xarray.Dataset
        Trials of the agent (`pfc_analysis.record`), or of an animal in whose place it was
        (`pfc_analysis.replay`): the subjects are replicas. States need not be recorded, because the
        networks live through the trials again.
    task : mapping, optional
        Settings of the task that differ from the recipe's settings for testing.
    kinds : sequence of str, optional
        Variables on trial whose values together make the kinds of trials; default: those of
        `choice`, `second_state`, `second_choice`, `cue` and `reward` that there are. A trial in
        which one of them is -1 is of no kind. What the variables leave open, such as a response
        that decides nothing, is as in most trials of the kind.
    held : str, optional
        Name of a step. The maps by kind are then single steps with a constant input, that which the
        network reads at this step, and the kinds are the different inputs there. Analyses by other
        variables are of whole trials all the same.
    untrained : bool
        Take the weights that the training of each replica began with. The untrained networks live
        through the same trials, with the choices of the trained ones.

    Returns
    -------
    StateMaps
        For the analyses of dynamics: `pfc_analysis.analysis.find_fixed_points`,
        `compute_time_constants`, `compute_outcome_response` and `compute_state_flow`.

    Raises
    ------
    AnalysisError
        If the agent has an episodic memory, a subject is no replica of the agent, there is no step
        or variable of that name, or there are more than 64 kinds.
    ScriptError, RecordingError
        As for `pfc_analysis.replay`: if the trials do not fit the task, or the task shows pictures.
    ValueError, FileNotFoundError, CheckpointError
        As for `pfc_analysis.record`.

    Examples
    --------
    Where does it lead if trials of one kind are repeated again and again?

    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> one = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> maps = pfc.state_maps("two_step", one)
    >>> maps.kinds[-1]
    'choice right, second_state right, reward 1'
    >>> found = pfc.analysis.find_fixed_points(maps, n_starts=2)
    >>> found["n_fixed_points"].values.tolist(), set(found["stability"].values.tolist())
    ([[1, 1, 1, 1, 1, 1, 1, 1]], {'stable'})
    """
    folder, recipe = find_agent(experiment, agent)
    if recipe.network.has_memory:
        raise AnalysisError(
            f"{recipe.experiment}: found memory = 'episodic', expected a network whose next state "
            "follows from its state and inputs. With a memory, it also depends on all states that "
            "were stored."
        )
    if recipe.network.habit is not None:
        raise AnalysisError(
            f"{recipe.experiment}: found habit = {recipe.network.habit!r}, expected a network that "
            "chooses alone. The choices that led to these states were also a habit learner's."
        )
    played = recipe.testing_task(task)
    validate(recording, source=SOURCE)
    replicas = {one.name: one for one in list_replicas(folder)}
    subjects = [str(one) for one in dict.fromkeys(recording["subject"].values.tolist())]
    _check_subjects(subjects, list(replicas))
    lived = read_lived(recording, played, "session", SOURCE)
    trials = _take_table(recording, lived.rows)
    sequences = list_sequences(lived.script, lived.stretch, played)
    chosen = _choose_kinds(trials, sequences, kinds, held, played)
    rewards = _find_rewards(sequences, trials)
    reader = WeightsReader(recipe)
    maps, events, readout, states = {}, {}, {}, []
    for name in subjects:
        seed = int(name.removeprefix("seed_"))
        weights = first_weights(recipe, seed) if untrained else reader.read(replicas[name])
        own = recording.isel(trial=np.flatnonzero(recording["subject"].values == name))
        states.append(_live(recipe, played, own, weights))
        make = _scaled(make_maps(weights, recipe.feedback()), recipe.feedback().scale)
        maps[name] = dict(zip(chosen.names, map(make, chosen.inputs), strict=True))
        events[name] = _make_events(make, sequences, rewards)
        actions = lived.script.choice_actions
        if len(actions) == 2:
            readout[name] = read_log_odds(weights, recipe.feedback(), actions)
    order = np.argsort(_order_of(trials, subjects), kind="stable")
    joined = np.empty((len(order), states[0].shape[1]))
    joined[order] = np.concatenate(states)
    table = trials.assign(
        state=(("trial", "state_number"), joined),
        kind=("trial", chosen.number),
        sequence=("trial", sequences.number),
    )
    return StateMaps(maps, table, events, joined.shape[1] // 2, readout)


def _order_of(trials: xr.Dataset, subjects: list[str]) -> IntArray:
    """Return the number of each trial's subject, (trial,)."""
    number = {name: k for k, name in enumerate(subjects)}
    return np.array([number[str(one)] for one in trials["subject"].values])


def _check_subjects(subjects: list[str], replicas: list[str]) -> None:
    strangers = [name for name in subjects if name not in replicas]
    if strangers:
        raise AnalysisError(
            f"subject: found {strangers[0]!r}, which is no replica of the agent "
            f"({', '.join(replicas[:3])}, ...). Agents live through an animal's trials by "
            "pfc_analysis.replay, whose result has the replicas as subjects"
        )


def _take_table(recording: xr.Dataset, rows: IntArray) -> xr.Dataset:
    """Take the variables on trial of some trials."""
    apart = [name for name, one in recording.variables.items() if one.dims != ("trial",)]
    return recording.drop_vars(apart).isel(trial=rows).load()


def _live(recipe: Recipe, task: Task, own: xr.Dataset, weights: Weights) -> FloatArray:
    """Let a network live through the trials of a replica; states at the first step of each."""
    lived: LivedTrials = read_lived(own, task, "session", SOURCE)
    blocks = Replay(recipe, task, own, lived, units=True).blocks("one", weights)
    played = join_variables([{name: one[name] for name in ("hidden", "cell")} for one in blocks])
    first = [np.asarray(played[name][1], dtype=np.float64)[:, 0] for name in ("hidden", "cell")]
    return np.concatenate(first, axis=1)


def _scaled(
    make: Callable[[FloatArray], StateMap], scale: float
) -> Callable[[FloatArray], StateMap]:
    """Return what makes maps from inputs whose last is the reward as it was paid."""

    def build(inputs: FloatArray) -> StateMap:
        read = inputs.copy()
        read[:, -1] *= scale
        return make(read)

    return build


def _choose_kinds(
    trials: xr.Dataset,
    sequences: EventSequences,
    kinds: Sequence[str] | None,
    held: str | None,
    task: Task,
) -> Kinds:
    """Choose the kinds of trials, or the inputs that are held, and what stands for each."""
    if held is None:
        names, number = name_kinds(trials, kinds)
        typical = find_typical(number, sequences.number, len(names))
        return Kinds(names, number, [sequences.inputs[k] for k in typical])
    names, number, places = name_held(sequences, held, task)
    return Kinds(names, number, [sequences.inputs[k][at : at + 1] for k, at in places])


def _find_rewards(sequences: EventSequences, trials: xr.Dataset) -> tuple[float, float]:
    """Smallest and largest last reward of valid trials."""
    last = np.array([inputs[-1, -1] for inputs in sequences.inputs])[sequences.number]
    if "invalid" in trials:
        last = last[trials["invalid"].values == 0]
    return float(last.min(initial=np.inf)), float(last.max(initial=-np.inf))


def _make_events(
    make: Callable[[FloatArray], StateMap],
    sequences: EventSequences,
    rewards: tuple[float, float],
) -> list[TrialEvents]:
    """Make the maps of each sequence of events."""
    made = []
    for inputs, steps in zip(sequences.inputs, sequences.to_choice, strict=True):
        outcomes = None
        if steps >= 0 and rewards[0] < rewards[1]:
            ends = [inputs.copy(), inputs.copy()]
            for end, reward in zip(ends, rewards, strict=True):
                end[-1, -1] = reward
            outcomes = (make(ends[0]), make(ends[1]))
        to_choice = make(inputs[:steps]) if steps > 0 else None
        made.append(TrialEvents(make(inputs), to_choice, outcomes))
    return made
