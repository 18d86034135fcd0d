"""Read macaques in what/where reversal learning, with neurons of the prefrontal cortex (MATLAB)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.mapping.assemble import assemble
from pfc_analysis.recording.mapping.presets import find_preset, shared_columns
from pfc_analysis.recording.neurons.neural_files import read_with_neurons
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.validation import validate

PRESET = "monkey_dlpfc"
"""Name of the preset that says what the columns of Y mean."""

TABLE = "Y"
"""The array with a row for each trial."""

AREAS = {
    "1": "vlPFC",
    "2": "dlPFC caudal",
    "3": "dlPFC mid",
    "4": "dlPFC frontal",
}
"""Areas by their number in ArrayArea."""

HIGH, LOW = 0.7, 0.3
"""Probability of reward of the better and the other option."""

_WHAT = 0
_WHOLE = ("block", "trial_in_block", "block_id", "block_completed")
_WAY_OUT = (
    "This reader knows the files of the catalogue's entry monkey_dlpfc. For other files: "
    "pfc_analysis.load with a column map."
)
_ATTRIBUTES: dict[str, Any] = {
    "species": "monkey (macaque)",
    "citation": "Bartolo, Saunders, Mitz & Averbeck (2020) PLoS Comput Biol 16:e1007514; Bartolo & "
    "Averbeck (2020) Neuron 106:1044; data: Mendeley Data, doi 10.17632/p7ft2bvphx.1",
    "doi": "10.17632/p7ft2bvphx.1",
    "licence": "not cleared for redistribution (licence of the Mendeley deposit not verified; the "
    "copy's repository has none)",
}


def read_monkey_dlpfc(path: str | Path | Iterable[str | Path]) -> xr.Dataset:
    """Read sessions of two monkeys in what/where reversal learning, with spike counts.

    Parameters
    ----------
    path : str, Path or several of them
        MATLAB files SPKcounts_*.mat; each is a session of the monkey whose initial the session's
        name (recSess) begins with.

    Returns
    -------
    xarray.Dataset
        A recording on `trial`, `window` and `unit` (and `arm`, the two sides):

        - `choice`: side, 0 left, 1 right; `chosen_option` and `option_on_left`: image, 0 or 1;
        - `reward`, `correct` (the better option was chosen), `reward_probability` (trial, arm):
          .7 on the side of the better option, .3 on the other;
        - `block`, `trial_in_block` (both counted from 0), `block_kind` (0 what, 1 where; -1 where
          the file contradicts itself), `block_id`, `block_completed`, `reversal`;
        - `spike_count`: in six windows of 250 ms, named by their start in ms: "cue-500" to
          "cue+750";
        - by unit: `area`, `unit_hemisphere` (number of the file), `unit_channel`, `drift`,
          `unit_subject` (each session has units of its own; in the others they are NaN).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If a file is not as expected; the message names file, column and value.

    References
    ----------
    Bartolo, Saunders, Mitz & Averbeck (2020), PLoS Comput Biol 16:e1007514.
    Bartolo & Averbeck (2020), Neuron 106:1044.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(one) for one in path]
    preset = find_preset(PRESET)
    try:
        tables = [_named(table) for table in read_with_neurons(paths, preset.column_map(), TABLE)]
        fields = preset.column_map(shared_columns(tables))
        columns = replace(fields, subject="monkey")
        about = {**preset.about, "assumed": list(preset.assumed), **_ATTRIBUTES}
        recording = _with_images(assemble(tables, columns, about=about))
    except RecordingError as error:
        raise RecordingError(f"{error} {_WAY_OUT}") from error
    return validate(with_attributes(recording), source=", ".join(map(str, paths)))


def _named(table: RawTable) -> RawTable:
    """Name the monkey of a session, its areas, and the session."""
    session = str(table.constants.get("recSess", ""))
    if not session[:1].isalpha():
        raise RecordingError(
            f"{table.path}, recSess: found {session!r}, expected the name of a session such as "
            "'V20161017', whose first letter is the monkey's."
        )
    assert table.neural is not None
    codes = table.neural.units["area"].tolist()
    unknown = sorted(set(codes) - set(AREAS))
    if unknown:
        raise RecordingError(
            f"{table.path}, ArrayArea: found area {unknown[0]!r}, expected one of {list(AREAS)}."
        )
    areas = np.array([AREAS[code] for code in codes])
    neural = replace(table.neural, units={**table.neural.units, "area": areas})
    return replace(table, neural=neural, constants={**table.constants, "monkey": session[0]})


def _with_images(recording: xr.Dataset) -> xr.Dataset:
    """Add the image on the left, the probability of reward of each side, and check the blocks."""
    image, side = recording["chosen_option"].values, recording["choice"].values
    left = np.where(side == 0, image, 1 - image).astype(np.int8)
    better = np.where(recording["correct"].values == 1, side, 1 - side)
    high = better[:, None] == np.arange(2)
    kind, doubtful = _checked_kinds(recording)
    whole: Any = {name: recording[name].astype(np.int16) for name in _WHOLE}
    found = recording.assign(
        **whole,
        option_on_left=("trial", left, {"labels": recording["chosen_option"].attrs["labels"]}),
        reward_probability=(("trial", "arm"), np.where(high, HIGH, LOW)),
        block_kind=("trial", kind, recording["block_kind"].attrs),
    ).assign_coords(arm=recording["choice"].attrs["labels"])
    said = [
        "option_on_left: the chosen image where left was chosen, else the other",
        "reward_probability: .7 on the side of the better option (correct), .3 on the other",
        *doubtful,
    ]
    return found.assign_attrs(assumed=[*found.attrs["assumed"], *said])


def _checked_kinds(recording: xr.Dataset) -> tuple[np.ndarray, list[str]]:
    """Return what each block asks for, -1 where the better option does not behave like that.

    In a block, the better image (what) or side (where) changes on the trial marked as reversal
    and on no other.
    """
    names = ("block_kind", "chosen_option", "choice", "correct", "reversal", "block")
    kind, image, side, correct, reversal, block = (recording[name].values for name in names)
    chosen = np.where(kind == _WHAT, image, side)
    better = np.where(correct == 1, chosen, 1 - chosen)
    subject = recording["subject"].values
    starts = np.append(True, (np.diff(block) != 0) | (subject[1:] != subject[:-1]))
    changed = np.append(False, better[1:] != better[:-1]) & ~starts
    number = np.cumsum(starts) - 1
    wrong = np.zeros(number[-1] + 1, dtype=np.bool_)
    np.logical_or.at(wrong, number, changed != (reversal == 1))
    doubtful = [
        f"block_kind: -1 in block {block[at]:g} of {subject[at]}, whose better "
        "option (correct) does not follow the kind of block that the file names (block_id)"
        for at in np.flatnonzero(starts)
        if wrong[number[at]]
    ]
    return np.where(wrong[number], MISSING, kind).astype(np.int8), doubtful
