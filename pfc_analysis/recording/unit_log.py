"""Convert the activity of a network (step by step) to the variables of a recording."""

from __future__ import annotations

import numpy as np

from pfc_analysis.recording.habit_variables import lay_out_habit
from pfc_analysis.recording.memory_variables import lay_out_memory
from pfc_analysis.recording.play_log import find_played_trials
from pfc_analysis.recording.play_variables import Variables
from pfc_analysis.tasks.contract import Array, StepLog, Task
from pfc_analysis.training.interface.activity import Activity
from pfc_analysis.training.networks.feedback import Feedback


def lay_out_units(
    task: Task, activity: Activity, feedback: Feedback, units: bool = True
) -> Variables:
    """Make the variables of every step: observation, action, value, prediction error, unit states.

    Parameters
    ----------
    task : Task
        The task.
    activity : Activity
        The played sessions, and the activity of the network in them.
    feedback : Feedback
        The feedback input of the network. If it is "rpe", the network has two LSTMs; their units
        follow one another and the variable `lstm` names the LSTM of each. `rpe_input` is the
        prediction error that the policy's LSTM read.
    units : bool
        Whether to include `hidden` and `cell`, which are nearly all of a recording's size.

    Returns
    -------
    dict
        Variables of the recording by name, for all trials that were begun. Networks with an
        episodic memory add those of `lay_out_memory`, those with a habit learner beside them those
        of `lay_out_habit`.
    """
    log = activity.log
    played = find_played_trials(task, log)
    estimate = activity.value * log.active
    following = np.concatenate((estimate[1:], np.zeros_like(estimate[:1])))
    error = (log.reward + feedback.discount * following - estimate).astype(np.float32)

    def on_steps(values: Array, missing: float) -> Array:
        return log.by_trial(values, task.n_trials, len(task.steps), missing, played)

    codes = np.int8
    steps, n_units = ("trial", "step"), activity.hidden.shape[-1]
    variables: Variables = {
        "step": (("step",), np.array(task.steps), {}),
        "event": (("event",), np.array(task.events), {}),
        "seen_at_step": (("event",), np.array([step for step, _ in task.seen_at]), {}),
        "seen_trials_later": (("event",), np.array([n for _, n in task.seen_at], np.int8), {}),
        "observation": (
            steps,
            on_steps(log.observation.astype(codes), -1),
            {"labels": list(task.observations)},
        ),
        "action": (steps, on_steps(log.action.astype(codes), -1), {"labels": list(task.actions)}),
        "value": (steps, on_steps(estimate.astype(np.float32), np.nan), {}),
        "rpe": (("trial", "event"), on_steps(error, np.nan), {}),
    }
    if units:
        variables["unit"] = (("unit",), np.arange(n_units, dtype=np.int32), {})
        for name, states in (("hidden", activity.hidden), ("cell", activity.cell)):
            variables[name] = ((*steps, "unit"), on_steps(states, np.nan), {})
        # The engine's tanh is exact to 3e-7, so an output of 1 may have become 1.0000002.
        np.clip(variables["hidden"][1], -1.0, 1.0, out=variables["hidden"][1])
    if feedback.is_rpe:
        # The network does not read the last prediction error of a session.
        read = np.concatenate((log.active[1:], np.zeros_like(log.active[:1])))
        felt = np.where(read, activity.feedback / np.float32(feedback.scale), np.nan)
        felt = on_steps(felt.astype(np.float32), np.nan)
        variables["rpe_input"] = (("trial", "event"), felt, {})
        if units:
            variables["lstm"] = (("unit",), np.repeat(["policy", "value"], n_units // 2), {})
    if activity.memory is not None:
        variables |= lay_out_memory(activity.memory, log.before["trial"], on_steps, units)
    if activity.habit is not None:
        variables |= lay_out_habit(task, activity.habit, on_steps)
    return variables


def find_stimulated(task: Task, log: StepLog, acted: Array) -> Array:
    """Mark the trials, (trial,), in which an intervention acted at any step.

    Parameters
    ----------
    task, log : Task, StepLog
        The task and the played sessions.
    acted : bool ndarray, shape (time step, session)
        Where an intervention acted (`InterventionHook.acted`).
    """
    at_steps = log.by_trial(acted[: len(log.active)], task.n_trials, len(task.steps), False)
    return np.any(at_steps[find_played_trials(task, log)], axis=-1).astype(np.int8)
