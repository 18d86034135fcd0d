"""Read spikes and traces of an NWB file beside its table of trials."""

from __future__ import annotations

from pathlib import Path

from pfc_analysis.recording.neurons.neural_data import NeuralData, NeuralRequest
from pfc_analysis.recording.readers.nwb.nwb_series import read_signal
from pfc_analysis.recording.readers.nwb.nwb_tree import open_tree
from pfc_analysis.recording.readers.nwb.nwb_units import read_unit_counts
from pfc_analysis.recording.schema import RecordingError


def read_nwb_neural(path: Path, request: NeuralRequest) -> NeuralData:
    """Count spikes in windows and cut a trace, in this process: a damaged file may crash it.

    Parameters
    ----------
    path : Path
        An NWB 2 file, in HDF5 or Zarr.
    request : NeuralRequest
        What to read, and the times of the events.

    Returns
    -------
    NeuralData
        On the rows of the table of trials.

    Raises
    ------
    RecordingError
        If the file does not have what is asked for; the message names the place in it.
    """
    if request.counts is not None:
        raise RecordingError(
            f"{path}: found NWB and, in the column map, counts = {request.counts.array!r}; "
            "expected windows around event columns, in which the spikes of NWB units are counted. "
            "Leave out `counts`."
        )
    with open_tree(path) as tree:
        data = read_unit_counts(tree, request) if request.windows else NeuralData()
        return data.with_signal(read_signal(tree, request)) if request.signal else data
