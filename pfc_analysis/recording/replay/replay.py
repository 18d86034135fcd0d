"""Let agents live through the trials of an animal, or of another agent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.given_types import checks_types
from pfc_analysis.paths import check_writable
from pfc_analysis.progress import track
from pfc_analysis.recording.agents.agent_weights import WeightsReader
from pfc_analysis.recording.play_variables import Variables, join_variables, make_recording
from pfc_analysis.recording.replay.lived_trials import read_lived
from pfc_analysis.recording.replay.replay_attributes import describe_replay
from pfc_analysis.recording.replay.replayed_blocks import Replay
from pfc_analysis.recording.storage import open_trusted, recording_path
from pfc_analysis.recording.streaming.stream_recording import stream_recording
from pfc_analysis.recording.validation import validate
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.recipes.recipe import Recipe
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent
from pfc_analysis.training.run.replica import first_weights

SOURCE = "the recording to replay"
"""What the trials are called in messages of errors."""


@checks_types
def replay(
    experiment: str | Path,
    recording: xr.Dataset,
    *,
    agent: str | Path | None = None,
    task: Mapping[str, Any] | None = None,
    resets: str = "session",
    units: bool = True,
    untrained: bool = False,
    out: str | Path | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Let every replica of an agent live through somebody else's trials, its weights frozen.

    The network is shown what the animal saw, and at the next step reads the animal's action and
    reward in place of its own. Its own policy is recorded, but decides nothing.

    Parameters
    ----------
    experiment, agent
        As for `pfc_analysis.record`.
    recording : xarray.Dataset
        Trials of animals (`pfc_analysis.load`), learners or agents, with the variables that the
        task's method `script` reads: `choice` and `reward`, in the two-step task `second_state`, in
        serial reversal `option_on_left`, and so on. If it has `observation` and `action` by step,
        as recordings of agents have, the steps are replayed as they were.
    task : mapping, optional
        Settings of the task that differ from the recipe's settings for testing, by name. The number
        of trials of a session does not limit a replay, but for the task `bandit`, whose cue is
        the share of the session's trials that are over.
    resets : str
        Where the agent's state begins anew. "session": with each session. "subject": only with each
        subject. Any other variable on `trial`, such as "block": at its changes, and with each
        session.
    units : bool
        Whether to record the states of the units, `hidden` and `cell`.
    untrained : bool
        Take the weights with which the training of each replica began: networks that remember the
        same trials, but have learned nothing. They are the rival that trained agents have to beat
        before their states are said to tell what neurons do.
    out : str or Path, optional
        File to write, .nc (netCDF-4) or .zarr; then only some sessions are in memory at a time.
    progress : bool, optional
        Show a progress bar; default: in a notebook and at a prompt, but not in a script.

    Returns
    -------
    xarray.Dataset
        A recording; the replicas are its subjects. Each has all trials that can be lived through,
        in their order: the trial table of `recording` (its variables on `trial`, and on `trial` and
        `arm`), and the agent's `value`, `rpe`, `hidden`, `cell`, and for agents that read
        prediction errors `rpe_input`, as `pfc_analysis.record` gives them. `choice_probability`
        (`trial`, `arm`) is the policy's probability of each choice at the step at which the choice
        is made; the rest of 1 belongs to other actions. `reward` is in the task's units: rewards
        that the task cannot pay are divided by their largest, as for fits of learners, and
        `reward_unit` says by what. `session` counts the stretches between two resets, from 0 over
        all subjects of `recording`. The coordinates `replayed_subject`, `replayed_session` and
        `replayed_trial_in_session` name the trial in `recording`. The attribute `notes` says in
        sentences what was left out and assumed; those that begin with ``replayed_`` are those of
        `recording`. With `out`, it is the opened file.

    Raises
    ------
    ScriptError
        If the task has no script, a variable is missing, its values or labels are not those of the
        task, rewards cannot be read in the task's units, the steps contradict the trial table, or
        no trial can be lived through.
    RecordingError
        If `recording` is no valid recording, or the ending of `out` is unknown.
    ValueError, FileNotFoundError, CheckpointError, WriteError
        As for `pfc_analysis.record`.

    Notes
    -----
    No agent can live through a trial that the animal missed or broke off: nothing says what
    happened in it, step by step. Such trials are left out and counted by reason (`notes`,
    `trials_left_out`), and the agent's state carries on from the trial before to the trial after.
    Invalid trials of agents are lived through, as their steps are recorded.

    Replaying an agent along its own recording gives the recording's own numbers, bit for bit, if
    the recording holds all sessions of the replica: an engine that multiplies matrices of other
    sizes may round differently. Graded cues that a recording does not hold and a task's script
    makes anew, the barcodes of `episodic_two_step`, are others.

    Examples
    --------
    The eight agents of the two-step task live through the trials of a simulated learner:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeDirect()
    >>> animal = pfc.simulate(learner, TwoStep(), sessions=2, seed=1, subject="learner")
    >>> lived = pfc.replay("two_step", animal, units=False)
    >>> dict(lived["choice_probability"].sizes)
    {'trial': 1600, 'arm': 2}
    >>> print(lived["subject"].values[0], "in the place of", lived["replayed_subject"].values[0])
    seed_1 in the place of learner
    >>> bool((lived["choice"].values[:200] == animal["choice"].values).all())
    True
    """
    path = None if out is None else recording_path(out)
    if path is not None:
        check_writable(path, "file" if path.suffix == ".nc" else "folder")
    folder, recipe = find_agent(experiment, agent)
    if recipe.network.habit is not None:
        raise ValueError(
            f"{recipe.experiment}: found habit = {recipe.network.habit!r}, expected a network that "
            "chooses alone: what a habit learner would have learned in a subject's place is not "
            "replayed. Use an agent without one."
        )
    played = recipe.testing_task(task)
    validate(recording, source=SOURCE)
    lived = read_lived(recording, played, resets, SOURCE)
    plan = Replay(recipe, played, recording, lived, units)
    replicas = list_replicas(folder)
    attributes = describe_replay(plan, replicas, resets, untrained)
    read = partial(_read_first, recipe) if untrained else WeightsReader(recipe).read
    named = track(replicas, "replaying trials", shown=progress)
    parts = (part for one in named for part in plan.blocks(one.name, read(one)))
    if path is not None:
        trials = {one.name: int(lived.rows.size) for one in replicas}
        stream_recording(path, map(make_recording, parts), trials, attributes)
        return open_trusted(path)
    found: list[Variables] = list(parts)
    lived_through = make_recording(join_variables(found))
    lived_through.attrs = attributes
    return validate(lived_through, source=f"replay by {folder.name}")


def _read_first(recipe: Recipe, folder: Path) -> Weights:
    """Return the weights with which the training of a replica began."""
    return first_weights(recipe, int(folder.name.removeprefix("seed_")))
