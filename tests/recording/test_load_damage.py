"""Real files, damaged again and again: a valid recording comes out, or an error that names them.

PFC_ANALYSIS_MUTATIONS multiplies how often: 10 makes it 2,000 times.
"""

import os
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pfc_analysis import load
from pfc_analysis.recording.catalogue.local_copies import DATA_VARIABLE
from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.validation import validate

pytestmark = pytest.mark.real_data

RATS = {
    "subject": "ratname",
    "new_session": "new_sess",
    "choice": "sides1",
    "choice_values": {"left": "l", "right": "r"},
    "reward": "rewards",
    "common_transition": "trans_common",
    "invalid": "viols",
    "forced": {"column": "better_choices", "when": [float("nan")]},
}
GENERIC = {
    "new_session": "new_sess",
    "choice": "choices",
    "choice_values": {"1": 1, "2": 2},
    "reward": "rewards",
}
FILES = {
    # Name of the file, how often it is damaged, and how it is loaded.
    "hbayesdm_examples/ts_exampleData.txt": (60, {}),
    "hbayesdm_examples/prl_exampleData.txt": (30, {}),
    "mouse_dynamic_foraging_aind/727456_2024-06-12_11-10-53.nwb": (40, {}),
    "rat_twostep_miller/example_task_data.csv": (30, {"columns": GENERIC, "subject": "toy"}),
    "rat_twostep_miller/example_task_data.mat": (20, {"columns": GENERIC, "subject": "toy"}),
    "rat_twostep_miller/ofc_physdata.mat": (20, {"columns": RATS}),
}


def outcome(path: Path, options: dict) -> tuple[str | None, xr.Dataset | None]:
    """What the error says, or what was loaded."""
    try:
        return None, load(path, **options)
    except RecordingError as error:
        return str(error), None


@pytest.mark.parametrize("name", FILES)
def test_damage_is_named_or_does_no_harm(name, tmp_path, monkeypatch, damage_bytes):
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        pytest.skip(f"set {DATA_VARIABLE} to a folder that holds {name}")
    monkeypatch.setattr(subprocess_reader, "SECONDS", 10.0)
    whole = (Path(named) / name).read_bytes()
    path = tmp_path / Path(name).name
    times, options = FILES[name]
    rng = np.random.default_rng(8)
    for _ in range(int(times * float(os.environ.get("PFC_ANALYSIS_MUTATIONS", "1")))):
        path.write_bytes(damage_bytes(whole, rng))
        error, recording = outcome(path, options)
        if error is None:
            validate(recording)
        else:
            assert str(path) in error
            assert re.search("expected|[Gg]et it again|Say in the column map", error), error
    path.write_bytes(whole)
    assert load(path, **options).sizes["trial"] >= 39
