"""Put the tasks of several groups side by side, setting by setting, and flag what differs."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

import pfc_analysis.comparison.settings as readers
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.trials.arm_trials import ARM_PROBABILITIES
from pfc_analysis.comparison.questions import choose_question_set
from pfc_analysis.comparison.settings.reward_schedule import CHANGES, REVERSALS
from pfc_analysis.comparison.settings.task_setting import NOT_FOUND, STATED, TaskSetting
from pfc_analysis.given_types import checks_types

_ENDING = "_settings"

SAME, DIFFERENT, UNKNOWN = 0, 1, -1
"""Whether a setting of a group differs from that of the first group."""


@checks_types
def compare_tasks(experiment: str, groups: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Compare the settings of the tasks that several groups of subjects played.

    Parameters
    ----------
    experiment : str
        As for `pfc_analysis.compare_recordings`: an experiment of one of the recordings, or the
        name of a set of questions.
    groups : mapping of str to xarray.Dataset
        Recordings by the name of their group, the agents first.

    Returns
    -------
    xarray.Dataset
        On (`setting`, `group`): `setting_value`, `setting_lower`, `setting_upper` (95 % interval
        over sessions; of no width where the value is known exactly), `setting_n`,
        `setting_counted` (what n counts: trials or sessions), `setting_basis` (how the value is
        known: "setting of the task", "recorded", "counted", "estimated from outcomes", "not in the
        data"), `setting_detail`, and `setting_differs`: 1 where the interval and that of the first
        group do not overlap, 0 where they do (and for the first group), -1 where one is not known.
        Probabilities of reward that only some of the recordings have are not used: they are then
        estimated from outcomes in all groups alike. Coordinates of `setting`: `setting_title`,
        `setting_unit`. There are no rows where a set of questions has no reader of settings
        (`harlow`). The attribute `tasks` is a sentence on what differs.

    Raises
    ------
    AnalysisError
        If the set of questions is not known, there is no group, or a recording lacks a variable;
        the message begins with the group.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> agents = pfc.record("two_step", sessions=5, units=False)
    >>> task = TwoStep(common_probability=0.7)
    >>> other = pfc.simulate(
    ...     pfc.learners.ModelBased(), task, sessions=20, seed=1, subject="learner"
    ... )
    >>> result = pfc.compare_tasks("two_step", {"agents": agents, "learner": other})
    >>> found = result.sel(setting="common_probability")
    >>> for group in ("agents", "learner"):
    ...     print(f"{group}: {float(found['setting_value'].sel(group=group)):.1f}")
    agents: 0.8
    learner: 0.7
    >>> int(found["setting_differs"].sel(group="learner"))
    1
    """
    if not groups:
        raise AnalysisError("groups: found none, expected recordings by name, the agents first")
    read = _find_reader(choose_question_set(experiment, groups.values()))
    found: dict[str, list[TaskSetting]] = {}
    for name, recording in _drop_unshared(groups).items():
        try:
            found[name] = read(recording) if read else []
        except AnalysisError as error:
            raise type(error)(f"{name}: {error}") from error
    found = _drop_repeated(found)
    return _lay_out({name: _state(rows, read_stated(groups[name])) for name, rows in found.items()})


def list_readers() -> list[str]:
    """List the sets of questions whose settings can be read, one for each file in this folder."""
    names = (module.name for module in pkgutil.iter_modules(readers.__path__))
    return sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))


def read_stated(recording: xr.Dataset) -> dict[str, Any]:
    """Read the settings of the task that a recording of agents states: ``TwoStep(trials=100)``."""
    if recording.attrs.get("kind") != "agent":
        return {}
    try:
        call = ast.parse(str(recording.attrs.get("task", "")), mode="eval").body
        keywords = call.keywords if isinstance(call, ast.Call) else []
        return {str(one.arg): ast.literal_eval(one.value) for one in keywords}
    except (SyntaxError, ValueError):  # a task of the user's own may be written otherwise
        return {}


def _find_reader(questions: str) -> Any:
    if questions not in list_readers():
        return None
    return importlib.import_module(f"{readers.__name__}.{questions}{_ENDING}").read_settings


def _drop_unshared(groups: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Drop the probabilities that only some recordings have, so that all are estimated alike."""
    has = {
        name: [v for v in ARM_PROBABILITIES if v in recording] for name, recording in groups.items()
    }
    if all(has.values()):
        return dict(groups)
    return {name: recording.drop_vars(has[name]) for name, recording in groups.items()}


def _drop_repeated(found: Mapping[str, list[TaskSetting]]) -> dict[str, list[TaskSetting]]:
    """Drop changes of probabilities where every one of them, in all groups, is a reversal."""
    for rows in found.values():
        value = {row.name: row.value for row in rows}
        if CHANGES in value and value[CHANGES] != value[REVERSALS]:
            return dict(found)
    return {name: [row for row in rows if row.name != CHANGES] for name, rows in found.items()}


def _state(rows: list[TaskSetting], stated: Mapping[str, Any]) -> dict[str, TaskSetting]:
    """Put what the task states in place of what its trials show; settings by name."""
    said = {
        name: float(value)
        for name, value in stated.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    return {
        row.name: replace(
            row, value=said[row.name], lower=said[row.name], upper=said[row.name], basis=STATED,
            detail="",
        )
        if row.name in said
        else row
        for row in rows
    }  # fmt: skip


def _lay_out(found: Mapping[str, Mapping[str, TaskSetting]]) -> xr.Dataset:
    """Lay out the settings of all groups on (setting, group)."""
    every = {name: row for rows in found.values() for name, row in rows.items()}
    nan = float("nan")

    def pick(attribute: str, lacking: Any) -> np.ndarray:
        values = [
            [getattr(rows[name], attribute) if name in rows else lacking for rows in found.values()]
            for name in every
        ]
        return np.array(values, dtype=object).reshape(len(every), len(found))

    shape = ("setting", "group")
    numbers = {key: pick(key, nan).astype(np.float64) for key in ("value", "lower", "upper")}
    texts = {key: pick(key, "").astype(str) for key in ("counted", "detail")}
    result = xr.Dataset(
        {f"setting_{key}": (shape, values) for key, values in (numbers | texts).items()}
        | {
            "setting_n": (shape, pick("n", 0).astype(np.int64)),
            "setting_basis": (shape, pick("basis", NOT_FOUND).astype(str)),
            "setting_differs": (shape, _flag(numbers["lower"], numbers["upper"])),
        },
        coords={"setting": np.array(list(every), dtype=str), "group": list(found)},
    )
    for key in ("title", "unit"):
        values = np.array([getattr(row, key) for row in every.values()], dtype=str)
        result = result.assign_coords({f"setting_{key}": ("setting", values)})
    return _describe(result)


def _flag(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Flag intervals that do not overlap that of the first group."""
    ends = np.stack([lower, upper])
    unknown = ~np.isfinite(ends).all(axis=0)
    rounding = 1e-9
    apart = (lower > upper[:, :1] + rounding) | (upper < lower[:, :1] - rounding)
    flags = np.where(apart, DIFFERENT, SAME)
    flags = np.where(unknown | unknown[:, :1], UNKNOWN, flags).astype(np.int8)
    if flags.shape[1]:
        flags[:, 0] = SAME
    return np.asarray(flags)


LONG_NAMES = {
    "setting_value": "value of the setting",
    "setting_lower": "lower end of the 95 % interval over sessions",
    "setting_upper": "upper end of the 95 % interval over sessions",
    "setting_n": "trials or sessions that the value is from",
    "setting_counted": "what setting_n counts",
    "setting_basis": "how the value is known",
    "setting_detail": "what a reader must know beside the value",
    "setting_differs": "1 where the interval does not overlap that of the first group, 0 where it "
    "does, -1 where one is not known",
}


def _describe(result: xr.Dataset) -> xr.Dataset:
    """Give variables their long names and units, and say what differs."""
    for name, text in LONG_NAMES.items():
        result[name].attrs["long_name"] = text
    for name in ("setting_value", "setting_lower", "setting_upper"):
        result[name].attrs["units"] = "see setting_unit"
    result.attrs["tasks"] = " ".join(_say(result, str(name)) for name in result["group"].values[1:])
    return result


def _say(result: xr.Dataset, group: str) -> str:
    """Say in a sentence in which settings a group's task differs from the first group's."""
    if not result.sizes["setting"]:
        return ""
    first, own = str(result["group"].values[0]), result.sel(group=group)
    titles = result["setting_title"].values
    differs = [str(t) for t in titles[own["setting_differs"].values == DIFFERENT]]
    unknown = [str(t) for t in titles[own["setting_differs"].values == UNKNOWN]]
    said = [
        f"The tasks of {first} and {group} differ in: {'; '.join(differs)}."
        if differs
        else f"The tasks of {first} and {group} do not differ in any setting that could be read."
    ]
    if unknown:
        said.append(f"Not known for both: {'; '.join(unknown)}.")
    return " ".join(said)
