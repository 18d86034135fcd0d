"""Read MATLAB files: the rats of Miller, Botvinick & Brody in the two-step task.

MATLAB 7.3 files are HDF5. A struct is a group, a cell is an array of references to what it
holds, a char array holds code points; every object says in its attribute `MATLAB_class` what it
was. Nothing is followed or believed that does not say what this reader expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.readers.formats.matlab73 import NUMBERS, matlab_class
from pfc_analysis.recording.readers.trees.hdf5_files import is_own, open_hdf5
from pfc_analysis.recording.schema import MISSING, RecordingError, with_attributes
from pfc_analysis.recording.validation import validate

if TYPE_CHECKING:
    import h5py

SIDES = ["left", "right"]
LEFT, RIGHT, VIOLATION = (ord(letter) for letter in "lrv")

_WAY_OUT = (
    "This reader knows the file of the catalogue's entry rat_two_step; get it unchanged with "
    "pfc_analysis.recording.catalogue.public_data.fetch_dataset('rat_two_step')."
)
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
        "a choice is forced where better_choices is NaN",
        "a trial is invalid where sides2 is v or viols is 1, two marks that never coincide; "
        "choice, second_state and common_transition are -1 there and reward is as recorded",
        "leftprobs and rightprobs hold, on a trial where they switch, what counts from the next "
        "trial on, as the rewards show; reward_probability and better_state are what counted",
        "trials stay in place: nothing is dropped",
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
    with _open(path) as file:
        rats = [_read_rat(rat) for rat in _rats(file, path)]
    variables = {
        name: (dims, np.concatenate([rat[name][1] for rat in rats]), attributes)
        for name, (dims, _, attributes) in rats[0].items()
    }
    recording = xr.Dataset(variables, attrs=_ATTRIBUTES, coords={"arm": SIDES})
    recording = recording.set_coords(["subject", "session", "trial_in_session"])
    return validate(with_attributes(recording), source=str(path))


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    if path.is_file():
        with path.open("rb") as raw:
            head = raw.read(10)
        if head == b"MATLAB 5.0":
            raise RecordingError(
                f"{path}: found a MATLAB 5 file, expected MATLAB 7.3 (which is HDF5). Save it "
                f"from MATLAB with save(NAME, '-v7.3'). {_WAY_OUT}"
            )
    with open_hdf5(path, "a MATLAB 7.3 file (which is HDF5)", _WAY_OUT) as file:
        yield file


def _rats(file: h5py.File, path: Path) -> Iterator[_Rat]:
    """Follow the references of the cell `ratdatas`, each to a struct and to nothing else."""
    import h5py

    cell = file.get("ratdatas") if is_own(file, "ratdatas") else None
    if not isinstance(cell, h5py.Dataset) or cell.dtype != h5py.ref_dtype or cell.size == 0:
        raise RecordingError(
            f"{path}: found {sorted(file)}, expected a cell array 'ratdatas' of structs, one for "
            f"each rat. {_WAY_OUT}"
        )
    for number, reference in enumerate(cell[()].ravel()):
        group = file[reference] if reference else None
        if not isinstance(group, h5py.Group) or matlab_class(group) != "struct":
            raise RecordingError(
                f"{path}: entry {number} of 'ratdatas' is {matlab_class(group)}, expected a "
                f"struct. {_WAY_OUT}"
            )
        name = _Rat(path, f"number {number}", group).word("ratname")
        yield _Rat(path, name, group)


@dataclass(frozen=True)
class _Rat:
    """One struct of the file; reads fields and says what is wrong with them."""

    path: Path
    name: str
    group: h5py.Group

    def fault(self, field: str, found: str, expected: str) -> RecordingError:
        return RecordingError(
            f"{self.path}, rat {self.name}, field {field!r}: found {found}, expected {expected}. "
            f"{_WAY_OUT}"
        )

    def _field(self, field: str, classes: tuple[str, ...], size: int | None) -> np.ndarray:
        import h5py

        if field not in self.group:
            raise self.fault(field, f"only the fields {sorted(self.group)}", "this one too")
        dataset = self.group.get(field) if is_own(self.group, field) else None
        kind = matlab_class(dataset)
        if not isinstance(dataset, h5py.Dataset) or kind not in classes:
            raise self.fault(field, f"MATLAB class {kind}", classes[0])
        if dataset.dtype.kind not in "fiu" or "MATLAB_empty" in dataset.attrs:
            raise self.fault(field, f"an array of {dataset.dtype}, or an empty one", "numbers")
        if size is not None and (dataset.size != size or max(dataset.shape) != size):
            raise self.fault(field, f"shape {dataset.shape}", f"a row of {size} values")
        return np.asarray(dataset[()]).ravel()

    def word(self, field: str) -> str:
        """Text of a char array."""
        return "".join(chr(code) for code in self._field(field, ("char",), None))

    def number(self, field: str) -> float:
        """Single number."""
        return float(self._field(field, NUMBERS, 1)[0])

    def numbers(self, field: str, size: int, allowed: tuple[float, ...] | None = None) -> Any:
        """Row of numbers, one a trial, each one of those allowed."""
        values = self._field(field, NUMBERS, size).astype(np.float64)
        if allowed is not None:
            known = np.isin(values, allowed) | (np.isnan(values) & bool(np.isnan(allowed).any()))
            self.check(field, values, known, f"one of {list(allowed)}")
        return values

    def letters(self, field: str, size: int, allowed: str) -> Any:
        """Code points of a char array, one letter a trial, each one of those allowed."""
        codes = self._field(field, ("char",), size)
        known = np.isin(codes, [ord(letter) for letter in allowed])
        self.check(field, codes, known, f"one of {list(allowed)}", chr)
        return codes

    def check(self, field: str, values: Any, holds: Any, expected: str, show: Any = float) -> None:
        if not holds.all():
            at = int(np.flatnonzero(~holds)[0])
            count = int((~holds).sum())
            found = f"{show(values[at])!r} at trial {at} ({count} such value(s))"
            raise self.fault(field, found, expected)


def _read_rat(rat: _Rat) -> dict[str, tuple[Any, np.ndarray, dict[str, Any]]]:
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


def _trial_count(rat: _Rat) -> int:
    count = rat.number("nTrials")
    if not (count >= 1 and count == int(count)):
        raise rat.fault("nTrials", f"{count:g}", "a whole number of at least 1")
    return int(count)


def _check_transitions(rat: _Rat, first: Any, second: Any, common: Any) -> bool:
    """Compare the transitions as marked with those that the sides tell; say if congruent."""
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


def _reward_probability(rat: _Rat, trial_in_session: np.ndarray) -> np.ndarray:
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


def _sessions(rat: _Rat, size: int) -> tuple[np.ndarray, np.ndarray]:
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
