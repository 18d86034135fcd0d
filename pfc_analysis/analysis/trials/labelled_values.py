"""Read a variable at named steps or events of the trial."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from pfc_analysis.analysis.arrays import NumberArray
from pfc_analysis.analysis.errors import MissingVariableError, listed

CONTENTS = {"rpe": "prediction errors", "hidden": "hidden states"}
"""What the variables hold, for error messages."""

WAYS_OUT = {
    "rpe": "Agents have them if they are recorded with their critic; animals do not.",
    "hidden": "For neurons, put their rates at these steps there.",
}


def read_at_labels(
    recording: xr.Dataset, name: str, dims: tuple[str, ...], labels: Sequence[str]
) -> NumberArray:
    """Read a variable at given labels of one dimension, in the order of the labels.

    Parameters
    ----------
    recording : xarray.Dataset
        `name` on `dims`, with labels on the second of them.
    name : {"rpe", "hidden"}
        The variable.
    dims : tuple of str
        "trial", then the dimension with labels ("event" or "step"), then others.
    labels : sequence of str
        Events or steps that are wanted.

    Returns
    -------
    array (trial, label, ...)

    Raises
    ------
    MissingVariableError
        If the recording lacks the variable, or the variable lacks one of the labels.
    """
    columns = read_places(recording, name, dims, labels)
    values: NumberArray = recording[name].transpose(*dims)[:, columns].values
    return values


def read_places(
    recording: xr.Dataset, name: str, dims: tuple[str, ...], labels: Sequence[str]
) -> list[int]:
    """Find the places of labels without reading values; as `read_at_labels`, with its errors."""
    contents, dim = CONTENTS[name], dims[1]
    if name not in recording:
        raise MissingVariableError(
            f"{name}: the recording holds no {contents}, expected {name!r} on {listed(dims)}. "
            f"{WAYS_OUT[name]}"
        )
    found = [str(x) for x in recording[name][dim].values] if dim in recording[name].coords else []
    absent = [label for label in labels if label not in found]
    if absent:
        raise MissingVariableError(
            f"{dim}: no {contents} at {listed(absent)}; found {listed(found)}, expected "
            f"{listed(labels)}. Record the task that has them, or rename the labels of "
            f"dimension {dim!r}."
        )
    return [found.index(label) for label in labels]
