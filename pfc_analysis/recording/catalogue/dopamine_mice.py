"""Read dopamine signals of mice in Pavlovian conditioning (Jeong et al. 2022), by trial.

The two files are cut from the same recordings and overlap: the CS+ trials of binary.csv are among
those of session -1 in science_delay_sim_data.csv. They are sampled at other times, so each makes a
recording of its own.

Time. Both were cut from a signal at 125 Hz, by taking every 5th sample and every 8th (so does the
script that made the second, in the same repository). So the second file has 15.625 Hz, not the 15
Hz that its makers aimed at: every 5th of its samples is every 8th of the other's, digit for digit.
In both, the last sample before the cue precedes it by one sample of the raw signal, 8 ms; it is
sample 50 of the one and sample 16 of the other. So the cue lies at samples 50.2 and 16.125, counted
from 1. The mean traces agree: they leave their rest with that sample in both files, and again at
3.00 s, when reward came. (The signal is smoothed, and rises about as early as the event itself.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.traces.traces import (
    CarriedColumn,
    CodedColumn,
    TraceColumns,
    read_traces,
)

MICE = ("HJ-FP-F1", "HJ-FP-F2", "HJ-FP-M2", "HJ-FP-M3", "HJ-FP-M4", "HJ-FP-M6", "HJ-FP-M7")
"""Names of the mice that binary.csv numbers 1 to 7, in this order: their traces are the same."""

RAW_RATE = 125.0
"""Samples a second of the signal from which both files were cut."""

REWARD_DELAY = {-1: 3.0, 0: 9.0}
"""Time of reward after the onset of the CS+, in s, by session as the file numbers it."""

CUE_DURATION = {-1: 2.0, 0: 8.0}
"""Duration of the CS+ in s, likewise."""

Experiment = Literal["cues", "delay"]


@dataclass(frozen=True)
class _Layout:
    """What one of the files holds, and how it was sampled."""

    file: str
    columns: TraceColumns
    rate: float
    cue_sample: float
    task: str
    assumed: tuple[str, ...]


_CUES = _Layout(
    "binary.csv",
    TraceColumns(
        subject="id",
        session="session",
        cue=CodedColumn("cs", {"CS+": 0, "CS-": 1}),
        reward={"CS+": 1.0, "CS-": 0.0},
        others={"trial_of_cue": CarriedColumn("trial", "number among the CS+ trials, from 1")},
    ),
    rate=RAW_RATE / 5,
    cue_sample=50.2,
    task="Pavlovian conditioning, CS+ and CS-, one trained session",
    assumed=(
        "cs 0 is CS+ and 1 is CS-",
        "the file numbers the mice; their names are those of the other file, whose traces agree",
        "the file has no reward: it is 1 on every CS+ trial and 0 on CS- trials, as designed. It "
        "came 3 s after the cue",
        "the file lists a mouse's CS+ trials first, then its CS- trials, which have no number: "
        "trial_in_session is the order of the file, not that in which they were given",
    ),
)
_DELAY = _Layout(
    "science_delay_sim_data.csv",
    TraceColumns(
        subject="id",
        session="session",
        trial="trial",
        cue=CodedColumn("cs", {"CS+": 1}),
        reward={"CS+": 1.0},
        others={"long_delay": CarriedColumn("cue", "1 reward 9 s after the cue, 0: 3 s")},
    ),
    rate=RAW_RATE / 8,
    cue_sample=16.125,
    task="Pavlovian conditioning, CS+ alone; reward moved from 3 s to 9 s after the cue",
    assumed=(
        "the file has no reward: it is 1 on every trial, as designed, 3 s after the onset of the "
        "cue in session -1 and 9 s after it in session 0",
        "the cue lasted 2 s in session -1 and 8 s in session 0, and was still on at 3 s there",
        "the sessions -1 and 0 of the file are 0 and 1 here; session_label keeps its numbers",
        "trials are numbered among the CS+ trials; the CS- trials between them are not there",
        "the columns dat_AUC_pre, dat_AUC_post and dat_AUC_cue follow from the samples and are "
        "left out",
    ),
)
_LAYOUTS: dict[str, _Layout] = {"cues": _CUES, "delay": _DELAY}
_WAY_OUT = (
    "This reader knows the files of the catalogue's entries mouse_dopamine (binary.csv) and "
    "mouse_dopamine_delay (science_delay_sim_data.csv). For other tables: "
    "pfc_analysis.recording.traces.traces.read_traces with a column map."
)
_ATTRIBUTES: dict[str, Any] = {
    "species": "mouse",
    "indicator": "dLight1.3b in the core of the nucleus accumbens",
    "citation": "Jeong, Taylor, Floeder, Lohmann, Mihalas, Wu, Zhou, Burke & Namboodiri (2022) "
    "Mesolimbic dopamine release conveys causal associations, Science 378:eabq6740; files: "
    "Loewinger et al. (2024), gloewing/photometry_FLMM; raw data: DANDI:000351",
    "doi": "10.1126/science.abq6740",
    "licence": "CC0 1.0 (keep the attribution: upstream is DANDI:000351)",
}


def read_dopamine_mice(
    path: str | Path | Iterable[str | Path], experiment: Experiment | None = None
) -> xr.Dataset:
    """Read the dopamine of seven mice in Pavlovian conditioning.

    Parameters
    ----------
    path : str, Path or several of them
        binary.csv or science_delay_sim_data.csv; of several paths, `experiment` says which.
    experiment : {"cues", "delay"}, optional
        Which of the two files it is. Where not given, the name of the file says it.

    Returns
    -------
    xarray.Dataset
        A recording on `trial` and `time` (`pfc_analysis.recording.traces.traces.read_traces`)
        without `choice`: nothing was chosen. `photometry` is fluorescence in the unit of the
        files (dF/F as their authors stored it). `cue` is 0 CS+, 1 CS-.

        "cues": 690 trials, 125 samples at 25 Hz, from -1.968 to 2.992 s; CS+ (rewarded at 3 s)
        and CS-. "delay": 698 trials, 94 samples at 15.625 Hz, from -0.968 to 4.984 s; CS+ alone,
        `reward_delay` 3 s in the first session and 9 s in the second, so that the new time of
        reward lies beyond the trace; and `cue_duration`. The CS+ trials of the one are in the
        first session of the other: they may not be counted twice. `subject` is the mouse's name.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If it is another file, or not as expected; the message names column, line and value.

    References
    ----------
    Jeong et al. (2022), Science 378:eabq6740, doi 10.1126/science.abq6740.
    Loewinger et al. (2024), A statistical framework for analysis of trial-level temporal dynamics
    in fiber photometry experiments (the files).
    """
    one, layout = _choose(path, experiment)
    try:
        recording = read_traces(
            one, layout.columns, rate=layout.rate, cue_sample=layout.cue_sample, units="dF/F"
        )
    except RecordingError as error:
        raise RecordingError(f"{error} {_WAY_OUT}") from error
    recording.attrs |= _ATTRIBUTES | {"task": layout.task, "assumed": list(layout.assumed)}
    return _with_names(recording, one) if layout is _CUES else _with_delays(recording, one)


def _choose(
    path: str | Path | Iterable[str | Path], experiment: str | None
) -> tuple[Path, _Layout]:
    """Find the file to be read, and what it holds."""
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(entry) for entry in path]
    names = {layout.file: name for name, layout in _LAYOUTS.items()}
    if experiment is not None and experiment not in _LAYOUTS:
        raise RecordingError(
            f"experiment: found {experiment!r}, expected one of {list(_LAYOUTS)}. {_WAY_OUT}"
        )
    if len(paths) == 1 and experiment is not None:
        return paths[0], _LAYOUTS[experiment]
    known = [(one, names[one.name]) for one in paths if one.name in names]
    fits = [(one, name) for one, name in known if experiment in (None, name)]
    if len(fits) != 1:
        raise RecordingError(
            f"found {[one.name for one in paths]}, expected one of {list(names)}, or the argument "
            f"`experiment`, one of {list(_LAYOUTS)}. {_WAY_OUT}"
        )
    return fits[0][0], _LAYOUTS[fits[0][1]]


def _with_names(recording: xr.Dataset, path: Path) -> xr.Dataset:
    """Name the mice that the file numbers."""
    numbers = recording["subject"].values.tolist()
    names = {str(number): name for number, name in enumerate(MICE, start=1)}
    unknown = sorted(set(numbers) - set(names))
    if unknown:
        raise RecordingError(
            f"{path}, column 'id': found {unknown[0]!r}, expected one of {list(names)}. {_WAY_OUT}"
        )
    return recording.assign_coords(
        subject=("trial", [names[number] for number in numbers], recording["subject"].attrs)
    )


def _with_delays(recording: xr.Dataset, path: Path) -> xr.Dataset:
    """Put on every trial when reward came and how long the cue lasted, by its session."""
    labels = recording["session_label"].values.tolist()
    unknown = sorted(set(labels) - set(REWARD_DELAY))
    long = recording["long_delay"].values.tolist()
    if unknown or long != [int(REWARD_DELAY[label] > 5) for label in labels]:
        raise RecordingError(
            f"{path}: found sessions {sorted(set(labels))} with cue {sorted(set(long))}, expected "
            f"session -1 with cue 0 and session 0 with cue 1. {_WAY_OUT}"
        )
    delay = [REWARD_DELAY[label] for label in labels]
    duration = [CUE_DURATION[label] for label in labels]
    return recording.drop_vars("long_delay").assign(
        reward_delay=("trial", delay, {"long_name": "reward after the cue's onset", "units": "s"}),
        cue_duration=("trial", duration, {"long_name": "duration of the cue", "units": "s"}),
    )
