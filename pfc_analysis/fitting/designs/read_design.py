"""Read the design of a recording: what a player would meet in the same sessions."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.trials.arm_trials import read_automatic_reward
from pfc_analysis.fitting.designs.arm_schedules import read_arm_schedule, read_on_trial
from pfc_analysis.fitting.designs.design import Design, RewardSizes
from pfc_analysis.fitting.designs.two_step_schedules import (
    estimate_common,
    find_mirrored,
    read_state_schedule,
)
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.fitting.sessions.option_choices import name_options


def read_design(recording: xr.Dataset, trials: FitTrials) -> Design:
    """Read the design of the sessions of a recording.

    Parameters
    ----------
    recording : xarray.Dataset
        What `trials` were read from. Two-step task: the probability of a common transition is each
        subject's share; that of reward is `reward_probability` of the second states, or each
        subject's rates at `better_state` and at the other, or a rate over the trials around. Other
        tasks: see `pfc_analysis.fitting.designs.arm_schedules.read_arm_schedule`.
    trials : FitTrials
        All trials of the recording, or those of some sessions.

    Returns
    -------
    Design
        Its `notes` say what was estimated.

    Raises
    ------
    AnalysisError
        If a probability has another shape than (trial, arm), or is no finite number.
    EmptySelectionError
        If a subject in the two-step task never reached a second state.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> recording = pfc.record("two_step", sessions=50, units=False)
    >>> design = read_design(recording, read_fit_trials(recording, "two_step"))
    >>> print(f"{design.common[0]:.1f}", design.probability.shape)
    0.8 (40000, 2)
    """
    recording, records = name_options(recording), trials.records
    automatic = read_automatic_reward(recording)[trials.rows]
    drawn = (records["choice"] >= 0) & ~automatic
    if trials.questions == "two_step":
        drawn &= records["second_state"] >= 0
        common, mirrored = estimate_common(trials), find_mirrored(recording, trials)
        probability, notes = read_state_schedule(recording, trials, mirrored)
        baited = np.zeros(trials.n_sessions, dtype=np.bool_)
        option = records["second_state"]
    else:
        common = np.full(trials.n_sessions, np.nan)
        mirrored = np.zeros(trials.n_sessions, dtype=np.bool_)
        probability, baited, notes = read_arm_schedule(recording, trials)
        option = records["choice"]
    role = _read_role(recording, trials)
    return Design(
        trials=trials,
        drawn=drawn,
        common=common,
        mirrored=mirrored,
        probability=np.ascontiguousarray(probability),
        baited=baited,
        role=role,
        sizes=_find_sizes(records["reward"], role, option, drawn),
        notes=notes,
    )


def _read_role(recording: xr.Dataset, trials: FitTrials) -> IntArray:
    """Read which option is the risky one (1), 0 everywhere in other tasks; (trial, option)."""
    role = np.zeros((trials.rows.size, trials.n_arms), dtype=np.int64)
    if "risky_side" in recording:
        risky = read_on_trial(recording, trials, "risky_side", ())
        role[:] = risky[:, None] == np.arange(trials.n_arms)
    return role


def _find_sizes(
    reward: FloatArray, role: IntArray, option: IntArray, drawn: BoolArray
) -> tuple[RewardSizes, ...]:
    """List the rewards that each kind of option paid; 1 and 0 where there were none."""
    seen = np.where(drawn, role[np.arange(role.shape[0]), option], -1)
    sizes = []
    for kind in range(int(role.max()) + 1):
        own = reward[seen == kind]
        win, loss = own[own > 0], own[own <= 0]
        sizes.append(
            RewardSizes(
                win if win.size else np.array([1.0]), loss if loss.size else np.array([0.0])
            )
        )
    return tuple(sizes)
