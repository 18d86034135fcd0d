"""Read the mice of the Allen Institute in the dynamic foraging task, from NWB files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.mapping.presets import find_preset
from pfc_analysis.recording.nwb_sessions import read_nwb_sessions
from pfc_analysis.recording.readers.formats.nwb import Engine
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.validation import validate

MIN_CHOICES = 50
"""Valid choices that a session must have: five for each of the ten weights of a regression on the
choices and rewards of five trials back."""

PRESET = "aind_foraging"
"""Name of the preset that says what the columns of the trials table mean."""

_WAY_OUT = (
    "This reader knows the files of the catalogue's entry mouse_dynamic_foraging; get them "
    "unchanged with pfc_analysis.fetch_dataset('mouse_dynamic_foraging'). For "
    "other tables: pfc_analysis.load with a column map."
)
_ATTRIBUTES: dict[str, Any] = {
    "species": "mouse (Mus musculus)",
    "task": "dynamic foraging, coupled or uncoupled, with or without baiting",
    "citation": "Test sessions of AllenNeuralDynamics/aind-dynamic-foraging-data-utils (commit "
    "46a35b48, tests/nwb) and AllenNeuralDynamics/aind-dynamic-foraging-basic-analysis (commit "
    "e3877e07, tests/data)",
    "licence": "MIT, Copyright (c) 2022 Allen Institute for Neural Dynamics",
    "assumed": [
        "a trial that the mouse ignored (animal_response 2) has choice -1 and is invalid, as no "
        "choice was made before the time to respond was over; its reward is 0",
        "reward is what was earned (rewarded_historyL and R); automatic water is in "
        "automatic_reward alone",
        "a choice on a trial with automatic water is kept and counts as free (forced is 0 "
        "everywhere): the water came with the go cue, at one spout or both, but the mouse could "
        "lick at either and did (in 697062_2023-11-14, the session that has it, 117 of 202 choices "
        "with water at one spout alone went there, 85 to the other); whoever wants earned "
        "outcomes only leaves out these trials, which automatic_reward marks",
        "baited is water that stood ready at a spout when the choice was made: on a trial without "
        "automatic water it is earned if and only if that spout is chosen. In sessions without "
        "baiting it is drawn anew on every trial, with baiting it stays until it is taken",
        "reward_probability is the schedule's, of fresh water on that trial; what baiting adds is "
        "not in it",
        "no trial is left out",
    ],
}


def read_foraging_mice(
    paths: str | Path | Iterable[str | Path],
    *,
    skip_short: bool = False,
    min_choices: int = MIN_CHOICES,
    engine: Engine = "auto",
) -> xr.Dataset:
    """Read sessions of head-fixed mice in the Allen Institute's dynamic foraging task.

    Parameters
    ----------
    paths : str, Path or several of them
        NWB files, or folders with files that end in .nwb.
    skip_short : bool
        Whether to leave out sessions with fewer than `min_choices` valid choices; the attribute
        `left_out` then lists them. Else the first is an error.
    min_choices : int
        Trials with a valid choice that a session must have.
    engine : {"auto", "h5py", "pynwb"}
        What reads the files (see `pfc_analysis.recording.nwb_sessions.read_nwb`).

    Returns
    -------
    xarray.Dataset
        A recording on dimension `trial` (and `arm`, the two spouts):

        - `choice`: spout licked, 0 left, 1 right, -1 on trials that the mouse ignored;
        - `invalid`: 1 on these;
        - `reward`: 1 where water was earned, else 0. Automatic water is not earned;
        - `automatic_reward` (trial, arm): 1 where water was given free at that spout, with the go
          cue. The trial keeps its choice; `forced` is 0. Leave these trials out with
          ``recording["automatic_reward"].any("arm")``;
        - `baited` (trial, arm): 1 where water stood ready at that spout;
        - `reward_probability` (trial, arm): of fresh water, by the schedule;
        - `stimulated`: 1 on trials with the laser;
        - `protocol`: the variant of the task, as text: Coupled or Uncoupled, Baiting or Without
          Baiting;
        - `cue_time`, `outcome_time`: in s, on the clock of the rig.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If a file is not as expected, or a session is too short; the message names file, column,
        trial and value.

    References
    ----------
    Bari, Grossman, Lubin, Rajagopalan, Cressy & Cohen (2019), Neuron 103:922 (task).
    """
    columns = find_preset(PRESET).column_map()
    try:
        recording = read_nwb_sessions(
            paths, columns, engine=engine, min_choices=min_choices, skip_short=skip_short
        )
    except RecordingError as error:
        raise RecordingError(f"{error} {_WAY_OUT}") from error
    recording = _with_protocol(recording)
    recording["forced"] = ("trial", np.zeros(recording.sizes["trial"], dtype=np.int8))
    recording.attrs |= _ATTRIBUTES
    return validate(with_attributes(recording), source="foraging mice")


def _with_protocol(recording: xr.Dataset) -> xr.Dataset:
    """Add the variant of the task to every trial, so that trials can be selected by it."""
    session = np.cumsum(recording["trial_in_session"].values == 0) - 1
    protocol = np.array(recording.attrs["protocol"])[session]
    attributes = {"long_name": "variant of the task, as the session's file names it"}
    return recording.assign(protocol=("trial", protocol, attributes))
