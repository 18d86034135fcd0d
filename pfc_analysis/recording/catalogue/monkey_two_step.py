"""Read a macaque in the two-step task with three rewards, with neurons of four areas (NWB)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.recording.mapping.assemble import assemble
from pfc_analysis.recording.mapping.presets import find_preset, shared_columns
from pfc_analysis.recording.neurons.neural_files import read_with_neurons
from pfc_analysis.recording.schema import RecordingError

PRESET = "monkey_two_step"
"""Name of the preset that says what the columns of the trials table mean."""

_WAY_OUT = (
    "This reader knows the files of the catalogue's entry monkey_two_step. For other files: "
    "pfc_analysis.load with a column map."
)
_ATTRIBUTES: dict[str, Any] = {
    "species": "monkey (Macaca mulatta)",
    "citation": "Miranda, Butler, Malalasekera, Behrens, Dayan & Kennerley (2025) Neural "
    "signatures of model-based and model-free reinforcement learning across prefrontal cortex and "
    "striatum, eLife 14:RP106032; data: jamesbutler01/TwoStepTask (commit e1a50e7b)",
    "licence": "not cleared for redistribution (the repository has no licence file)",
}


def read_monkey_two_step(path: str | Path | Iterable[str | Path]) -> xr.Dataset:
    """Read sessions of monkey C in the two-step task, with spikes counted in six windows.

    Parameters
    ----------
    path : str, Path or several of them
        NWB files.

    Returns
    -------
    xarray.Dataset
        A recording on `trial`, `window` and `unit`:

        - `choice`: first-stage picture, 0 A, 1 B; `forced`: 1 where the first choice was forced
          (trial_type 2); `second_choice_forced`: 1 where the second was (trial_type 3);
        - `common_transition`, `second_state` (0 CD, 1 EF), `second_choice` (0 C to 3 F);
        - `reward`: 1 high, 0.5 medium, 0 low (amounts of ours); `reward_level`: 0 high, 1 medium, 2
          low; `level_c` to `level_f`: the level that each second picture would have paid;
        - `spike_count`: in the windows "fixation", "choice1", "transition", "choice2" (0 to 0.5 s
          after each event), "outcome" (0 to 0.6 s) and "outcome_late" (0.6 to 1.2 s). For other
          windows, pass the files to `pfc_analysis.load` with a column map of your own;
        - by unit: `area`, `quality`, `electrode_group`, `drift`, `unit_session` (each session has
          units of its own; in the others they are NaN);
        - variables of the learners that the authors fitted, under their names.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If a file is not as expected; the message names file, column and value.

    References
    ----------
    Miranda, Butler, Malalasekera, Behrens, Dayan & Kennerley (2025), eLife 14:RP106032.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(one) for one in path]
    preset = find_preset(PRESET)
    try:
        tables = read_with_neurons(paths, preset.column_map())
        columns = preset.column_map(shared_columns(tables))
        about = {**preset.about, "assumed": list(preset.assumed), **_ATTRIBUTES}
        return assemble(tables, columns, about=about)
    except RecordingError as error:
        raise RecordingError(f"{error} {_WAY_OUT}") from error
