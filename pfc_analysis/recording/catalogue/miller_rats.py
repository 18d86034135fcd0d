"""Read the rats of Miller, Botvinick & Brody in the two-step task, from a MATLAB file.

MATLAB 7.3 files are HDF5. A struct is a group, a cell is an array of references to what it
holds, a char array holds code points; every object says in its attribute `MATLAB_class` what it
was. Every object must be what this reader expects.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.catalogue.rat_structs import RatStruct, list_rats, open_rats_file
from pfc_analysis.recording.schema import with_attributes
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.validation import validate

if TYPE_CHECKING:
    pass

SIDES = ["left", "right"]
LEFT, RIGHT, VIOLATION = (ord(letter) for letter in "lrv")

_ATTRIBUTES = {
    "kind": "animal",
    "species": "rat (Long-Evans)",
    "task": "two-step task",
    "source": "Brody-Lab/MixtureAgentsModels, commit 748f21648eaf7b6bde0af1b0577cdd2023068a0b, "
    "data/ofc_physdata.mat",
    "citation": "Miller, Botvinick & Brody (2022) Value representations in the rodent "
    "orbitofrontal cortex drive learning, not choice, eLife 11:e64575; Venditto, Miller, Brody & "
    "Daw (2024) bioRxiv 2024.02.28.582617; task: Miller, Botvinick & Brody (2017) Nature "
    "Neuroscience 20:1269",
    "doi": "10.7554/eLife.64575",
    "licence": "MIT, Copyright (c) 2024 Sarah Jo C. Venditto",
    "assumed": [
        "trials whose better_choices is NaN are treated as forced",
        "a trial is invalid if sides2 is v or viols is 1 (never both); choice, second_state and "
        "common_transition are -1 there, and reward is as recorded",
        "on a trial where leftprobs and rightprobs switch, they hold the values of the next trial, "
        "as the rewards show; reward_probability and better_state hold those of the trial itself",
        "no trial is left out",
    ],
}


def read_miller_rats(path: str | Path) -> xr.Dataset:
    """Read the behaviour of six rats in the two-step task (ofc_physdata.mat).

    Parameters
    ----------
    path : str or Path
        The MATLAB 7.3 file.

    Returns
    -------
    xarray.Dataset
        A recording on dimension `trial` (and `arm`, the two outcome ports):

        - `choice`: first-step port, 0 left, 1 right, -1 on invalid trials;
        - `second_state`: outcome port reached, 0 left, 1 right, -1 on invalid trials;
        - `common_transition`: 1 common, 0 uncommon, -1 on invalid trials. Which port is the
          common one differs between rats: `congruent` is 1 where it lies on the side chosen;
        - `reward`: 0 or 1;
        - `reward_probability` (trial, arm) and `better_state`, the port that pays more often, as
          they were when the trial was played. The file switches them one trial early: on its 565
          switch trials, in every rat, rewards still follow the old probabilities;
        - `forced`: 1 where the first-step choice was instructed;
        - `invalid`: 1 on violation trials, which are marked in two places in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordingError
        If the file is no MATLAB 7.3 file, is cut off, or a field is missing, of another kind,
        or coded in another way; the message names file, rat, field and value.

    References
    ----------
    Miller, Botvinick & Brody (2017), Nature Neuroscience 20:1269, doi 10.1038/nn.4613 (task).
    Miller, Botvinick & Brody (2022), eLife 11:e64575, doi 10.7554/eLife.64575 (data).
    """
    path = Path(path)
    with open_rats_file(path) as file:
        rats = [_read_rat(rat) for rat in list_rats(file, path)]
    variables = {
        name: (dims, np.concatenate([rat[name][1] for rat in rats]), attributes)
        for name, (dims, _, attributes) in rats[0].items()
    }
    recording = xr.Dataset(variables, attrs=_ATTRIBUTES, coords={"arm": SIDES})
    recording = recording.set_coords(["subject", "session", "trial_in_session"])
    return validate(with_attributes(recording), source=str(path))


def _read_rat(rat: RatStruct) -> dict[str, tuple[Any, np.ndarray, dict[str, Any]]]:
    """Variables of one rat: dimensions, values, attributes."""
    size = _trial_count(rat)
    first = rat.letters("sides1", size, "lr")
    second = rat.letters("sides2", size, "lrv")
    common = rat.numbers("trans_common", size, (0, 1))
    invalid = (second == VIOLATION) | (rat.numbers("viols", size, (0, 1)) == 1)
    forced = np.isnan(rat.numbers("better_choices", size, (0, 1, np.nan)))
    congruent = _check_transitions(rat, first, second, common)
    session, trial_in_session = _sessions(rat, size)
    probability = _reward_probability(rat, trial_in_session)

    def unless_invalid(values: np.ndarray) -> np.ndarray:
        return np.where(invalid, MISSING, values).astype(np.int8)

    sides = {"labels": SIDES}
    on_trial = ("trial",)
    return {
        "subject": (on_trial, np.full(size, rat.name), {}),
        "session": (on_trial, session, {}),
        "trial_in_session": (on_trial, trial_in_session, {}),
        "choice": (on_trial, unless_invalid(first == RIGHT), sides),
        "second_state": (on_trial, unless_invalid(second == RIGHT), sides),
        "common_transition": (on_trial, unless_invalid(common), {}),
        "reward": (on_trial, rat.numbers("rewards", size, (0, 1)), {}),
        "forced": (on_trial, forced.astype(np.int8), {}),
        "invalid": (on_trial, invalid.astype(np.int8), {}),
        "better_state": (on_trial, probability.argmax(axis=1).astype(np.int8), sides),
        "reward_probability": (("trial", "arm"), probability, {}),
        "congruent": (
            on_trial,
            np.full(size, congruent, dtype=np.int8),
            {"long_name": "1 where the rat's common outcome port lies on the side chosen"},
        ),
    }


def _trial_count(rat: RatStruct) -> int:
    count = rat.number("nTrials")
    if not (count >= 1 and count == int(count)):
        raise rat.fault("nTrials", f"{count:g}", "a whole number of at least 1")
    return int(count)


def _check_transitions(rat: RatStruct, first: Any, second: Any, common: Any) -> bool:
    """Check the marked transitions against the sides; return whether the rat is congruent."""
    rate = rat.number("p_congruent")
    if not 0 <= rate <= 1 or rate == 0.5:
        raise rat.fault("p_congruent", f"{rate:g}", "a rate between 0 and 1 other than 0.5")
    congruent = rate > 0.5
    told = (first == second) == congruent
    wrong = np.flatnonzero((second != VIOLATION) & (told != (common == 1)))
    if wrong.size:
        at = wrong[0]
        raise rat.fault(
            "trans_common",
            f"{common[at]:g} at trial {at} ({wrong.size} such value(s)), with sides "
            f"{chr(first[at])} and {chr(second[at])} and p_congruent {rate:g}",
            f"{int(told[at])}",
        )
    return congruent


def _reward_probability(rat: RatStruct, trial_in_session: np.ndarray) -> np.ndarray:
    """Probability of reward at the left and the right port, shape (trial, arm), when played.

    The file stores what a trial's end left for the next; a session's first trial has its own.
    """
    size = len(trial_in_session)
    columns = []
    for field in ("leftprobs", "rightprobs"):
        values = rat.numbers(field, size)
        rat.check(field, values, (values >= 0) & (values <= 1), "a probability, 0 to 1")
        columns.append(values)
    rat.check("rightprobs", columns[1], columns[0] != columns[1], "another value than leftprobs")
    played = np.maximum(np.arange(size) - (trial_in_session > 0), 0)
    return np.stack(columns, axis=1)[played]


def _sessions(rat: RatStruct, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Session of each trial and trial within it, both from 0."""
    starts = rat.numbers("new_sess", size, (0, 1)) == 1
    if not starts[0]:
        raise rat.fault("new_sess", "0 at trial 0", "1, the first trial starts a session")
    declared = rat.number("nSess")
    if starts.sum() != declared:
        raise rat.fault("new_sess", f"{starts.sum()} session starts", f"nSess, {declared:g}")
    session = np.cumsum(starts) - 1
    trial_in_session = np.arange(size) - np.flatnonzero(starts)[session]
    return session.astype(np.int32), trial_in_session.astype(np.int32)
