"""Read the great-tailed grackles of Logan et al. (2023) in serial reversal, from two CSV files.

One file has a row a trial, the other a row a bird and reversal, and says which birds were trained
how. Every cell that is read is checked; the other columns are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.recording.catalogue.text_table import TextTable
from pfc_analysis.recording.schema import RecordingError, with_attributes
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.validation import validate

TRIAL_FILE, GROUP_FILE = "g_flexmanip_data_reverseraw.csv", "g_flexmanip_data_reverse.csv"
CONTROL = "Control: Yellow Tube"
SIDES, OPTIONS = ["left", "right"], ["rewarded_first", "other"]
GROUPS = {"Manipulation": "manipulated", "Control": "control", "None": "none"}
UNLISTED = "unlisted"
"""Group of a bird that the file of groups does not have: it gave up before its first reversal."""

_NOT_EATEN = "Made correct choice, but did NOT eat the food"
_COLUMNS = ("ID", "Reversal", "Session", "Trial", "OptionOnLeft", "CorrectChoice", _NOT_EATEN)
_GROUP_COLUMNS = ("Batch", "ID", "ExperimentalGroup")
_MARKS = {
    "": False,
    "1": True,
    "yes": True,
    "Didn't eat the food bc I think it wasn't there for some reason!": True,
    # An entry of the column beside it, in the wrong cell.
    "1/10 correct": False,
}
_WAY_OUT = (
    "This reader knows the files of the catalogue's entry grackle_reversal; get them unchanged "
    "with pfc_analysis.recording.catalogue.public_data.fetch_dataset('grackle_reversal')."
)
_ATTRIBUTES: dict[str, Any] = {
    "kind": "animal",
    "species": "great-tailed grackle (Quiscalus mexicanus)",
    "task": "serial reversal of a two-tube colour discrimination",
    "source": "corinalogan/grackles, commit 9d485829, Files/Preregistrations",
    "citation": "Logan et al. (2023) Behavioral flexibility is manipulable and it improves "
    "flexibility and innovativeness in a new context, Peer Community Journal; data: Knowledge "
    "Network for Biocomplexity, doi 10.5063/F1862DWC",
    "doi": "10.5063/F1862DWC",
    "licence": "CC-BY 4.0",
    "criterion": "17 correct of the last 20, at least 8 in each ten, looked at after every ten",
    "assumed": [
        "OptionOnLeft is r where the rewarded tube stood on the left, n where the other did; the "
        "side chosen follows from it and from CorrectChoice",
        "what pays changes with every reversal, so rewarded_option follows from reversal_number; "
        "with which of light and dark grey a bird began is in free notes, if anywhere: not here",
        "reward is 1 for every choice of a tube with food, as the experimenters counted; not_eaten "
        "marks those after which the bird did not eat it (in one, there may have been none)",
        "a session is a number of the column Session within one reversal of one bird, in the order "
        "of the file",
        "a trial without a choice was given again under the same number, with few exceptions: "
        "trial_label keeps the file's numbers, trial_in_session counts rows",
    ],
}


def read_grackles(
    path: str | Path | Iterable[str | Path], *, control_trials: bool = False
) -> xr.Dataset:
    """Read great-tailed grackles that learned which of two tubes hid food, and its reversals.

    Parameters
    ----------
    path : str, Path or several of them
        The folder with g_flexmanip_data_reverseraw.csv (trials) and g_flexmanip_data_reverse.csv
        (groups), or the paths of both.
    control_trials : bool
        Whether to keep the trials with two yellow tubes that both held food, which control birds
        had in place of further reversals. Left out, the attribute `n_control_trials_left_out`
        counts them.

    Returns
    -------
    xarray.Dataset
        A recording on `trial`; birds in alphabetical order:

        - `choice`: side, 0 left, 1 right, -1 where the bird made none, and then `invalid` is 1;
        - `correct`: 1 the tube that held food, 0 the other, -1 no choice or a control trial;
        - `reward`: 1 for a tube with food, else 0; `not_eaten`: 1 where it was left there;
        - `reversal_number`: 0 in the first discrimination, -1 in control trials; `reversal`: 1 in
          the first trial of each reversal;
        - `rewarded_option`, `chosen_option`: 0 the tube (light or dark grey) that was rewarded in
          the bird's first discrimination, 1 the other, -1 none;
        - `option_on_left`: coded alike, -1 also in one trial without a choice that does not say;
        - `group`: "manipulated" (reversals until two in a row took 50 trials at most), "control"
          (one reversal), "none" (one reversal, a juvenile) or "unlisted";
        - `control_trial`: 1 with yellow tubes; `session_label`, `trial_label`: the file's numbers.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    RecordingError
        If it is no such file, or a cell says what it cannot; the message names file, line, column
        and value.

    References
    ----------
    Logan et al. (2023), Peer Community Journal; data doi 10.5063/F1862DWC.
    """
    trials_path, groups_path = _find_files(path)
    trials = TextTable.read(trials_path, _COLUMNS, _WAY_OUT)
    groups = _read_groups(TextTable.read(groups_path, _GROUP_COLUMNS, _WAY_OUT))
    trials, n_tests = _without_motivation_tests(trials)
    trials = trials.take(trials.cells["ID"].argsort(kind="stable").to_numpy())
    recording = _build(trials, groups)
    control = recording["control_trial"].values == 1
    recording.attrs = _ATTRIBUTES | {"n_rows_left_out": n_tests, "n_control_trials_left_out": 0}
    if not control_trials:
        recording = recording.isel(trial=~control)
        recording.attrs["n_control_trials_left_out"] = int(control.sum())
    return validate(with_attributes(recording), source=str(trials_path))


def _find_files(path: str | Path | Iterable[str | Path]) -> tuple[Path, Path]:
    if isinstance(path, (str, Path)):
        folder = Path(path)
        if folder.exists() and not folder.is_dir():
            raise RecordingError(
                f"{folder}: found one file, expected the folder that holds {TRIAL_FILE} and "
                f"{GROUP_FILE}, or the paths of both. {_WAY_OUT}"
            )
        return folder / TRIAL_FILE, folder / GROUP_FILE
    named = {Path(one).name: Path(one) for one in path}
    missing = [name for name in (TRIAL_FILE, GROUP_FILE) if name not in named]
    if missing:
        raise RecordingError(
            f"found the files {sorted(named)}, expected {missing[0]} among them. {_WAY_OUT}"
        )
    return named[TRIAL_FILE], named[GROUP_FILE]


def _read_groups(table: TextTable) -> dict[str, str]:
    """Read the group of each bird; birds of the pilot study have no trials and are left out."""
    table = table.take(np.flatnonzero(table.text("Batch") != "Pilot"))
    words = table.text("ExperimentalGroup")
    table.check("ExperimentalGroup", np.isin(words, list(GROUPS)), f"one of {list(GROUPS)}")
    birds = table.text("ID")
    groups = {bird: GROUPS[word] for bird, word in zip(birds, words, strict=True)}
    same = np.array([groups[b] == GROUPS[w] for b, w in zip(birds, words, strict=True)])
    table.check("ExperimentalGroup", same, "the same group in every row of a bird")
    return groups


def _without_motivation_tests(trials: TextTable) -> tuple[TextTable, int]:
    """Leave out rows that are no trials but tests of motivation (a single cracker)."""
    no_trial = trials.text("CorrectChoice") == "-"
    trials.check("Trial", ~no_trial | (trials.text("Trial") == "-"), "'-' where no trial was given")
    return trials.take(np.flatnonzero(~no_trial)), int(no_trial.sum())


def _build(trials: TextTable, groups: dict[str, str]) -> xr.Dataset:
    bird = trials.text("ID")
    trials.check("ID", bird != "", "the name of a bird")
    control = trials.text("Reversal") == CONTROL
    number = trials.numbers("Reversal", 0, ~control)
    session_label = trials.numbers("Session", 1)
    session, position = _sessions(bird, number, session_label)
    changed = _check_order(trials, bird, number)
    choice, correct = _choices(trials, control)
    found_food = (choice >= 0) & np.where(control, True, correct == 1)
    group = np.array([groups.get(name, UNLISTED) for name in bird])
    label = "the file's number of the {}, within a reversal"
    variables = {
        "choice": _on_trial(choice, labels=SIDES),
        "correct": _on_trial(correct),
        "reward": _on_trial(found_food, dtype=np.float64),
        "not_eaten": _on_trial(_not_eaten(trials), "1 where the bird found food and left it"),
        "invalid": _on_trial(choice < 0),
        "reversal_number": _on_trial(number),
        "reversal": _on_trial(changed),
        **_options(trials, control, number, correct),
        "control_trial": _on_trial(control, "1 with two yellow tubes that both held food"),
        "group": _on_trial(group, "how the bird was trained", dtype=group.dtype),
        "session_label": _on_trial(session_label, label.format("session"), dtype=np.int16),
        "trial_label": _on_trial(trials.numbers("Trial", 1), label.format("trial"), dtype=np.int16),
    }
    coordinates = {
        "subject": ("trial", bird),
        "session": ("trial", session.astype(np.int32)),
        "trial_in_session": ("trial", position.astype(np.int32)),
    }
    return xr.Dataset(variables, coordinates)


def _on_trial(
    values: np.ndarray, long_name: str = "", dtype: Any = np.int8, **attributes: Any
) -> tuple[tuple[str], np.ndarray, dict[str, Any]]:
    title = {"long_name": long_name} if long_name else {}
    return ("trial",), values.astype(dtype), title | attributes


def _options(
    trials: TextTable, control: np.ndarray, number: np.ndarray, correct: np.ndarray
) -> dict[str, Any]:
    """Return the option rewarded, chosen and shown on the left; the first one rewarded is 0."""
    rewarded = np.where(control, MISSING, number % 2)
    chosen = np.where(correct < 0, MISSING, np.where(correct == 1, rewarded, 1 - rewarded))
    on_left = np.where(trials.text("OptionOnLeft") == "r", rewarded, 1 - rewarded)
    unknown = control | (trials.text("OptionOnLeft") == "")
    return {
        "rewarded_option": _on_trial(rewarded, labels=OPTIONS),
        "chosen_option": _on_trial(chosen, labels=OPTIONS),
        "option_on_left": _on_trial(np.where(unknown, MISSING, on_left), labels=OPTIONS),
    }


def _sessions(
    bird: np.ndarray, number: np.ndarray, label: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Session of each trial and trial within it, both from 0."""
    new_bird = np.append(True, bird[1:] != bird[:-1])
    starts = new_bird | np.append(True, (np.diff(number) != 0) | (np.diff(label) != 0))
    counted = np.cumsum(starts)
    session = counted - counted[new_bird][np.cumsum(new_bird) - 1]
    return session, np.arange(bird.size) - np.flatnonzero(starts)[counted - 1]


def _check_order(trials: TextTable, bird: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Check that reversals follow each other in order; return the trials on which they begin."""
    same_bird = np.append(False, bird[1:] == bird[:-1])
    step = np.append(0, np.diff(number))
    to_control = (number == MISSING) & (step != 0)
    # Control trials are the last that a bird has.
    follows = np.where(same_bird, (step == 0) | (step == 1) & (number > 0) | to_control, True)
    trials.check("Reversal", same_bird | (number == 0), "0 in the first trial of a bird")
    trials.check("Reversal", follows, "the same reversal as in the trial before, or the next")
    return same_bird & (step == 1)


def _choices(trials: TextTable, control: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Side chosen (0, 1; -1 none) and whether it was the rewarded one (0, 1; -1 none)."""
    word, on_left = trials.text("CorrectChoice"), trials.text("OptionOnLeft")
    known = np.where(control, np.isin(word, ("L", "R", "-1")), np.isin(word, ("0", "1", "-1")))
    trials.check("CorrectChoice", known, "0, 1 or -1, and with yellow tubes L, R or -1")
    none = word == "-1"
    told = np.isin(on_left, ("r", "n")) | (none & (on_left == ""))
    trials.check("OptionOnLeft", control | told, "r or n, or nothing where there was no choice")
    correct = np.where(control | none, MISSING, word == "1")
    chose_right = np.where(control, word == "R", (on_left == "r") != (word == "1"))
    return np.where(none, MISSING, chose_right), correct


def _not_eaten(trials: TextTable) -> np.ndarray:
    marks = trials.text(_NOT_EATEN)
    known = {mark.lower(): left for mark, left in _MARKS.items()}
    lowered = np.char.lower(marks)
    trials.check(_NOT_EATEN, np.isin(lowered, list(known)), f"one of {list(_MARKS)}")
    return np.array([known[mark] for mark in lowered], dtype=np.bool_)
