"""Sets of questions, one a file: each file declares its set as `QUESTIONS`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.comparison.question_set import QuestionSet
from pfc_analysis.recording.schema import did_you_mean


def list_question_sets() -> list[str]:
    """List the names of all sets: the names of the files in this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find_question_set(name: str) -> QuestionSet:
    """Find a set of questions by its exact name.

    Parameters
    ----------
    name : str
        Name of its file, such as "bandit".

    Raises
    ------
    AnalysisError
        If there is no such set.
    """
    known = list_question_sets()
    if name not in known:
        raise AnalysisError(
            f"questions: found {name!r}{did_you_mean(name, known)}, expected one of {listed(known)}"
        )
    found: QuestionSet = importlib.import_module(f"{__name__}.{name}").QUESTIONS
    return found


def choose_question_set(experiment: str, recordings: Iterable[xr.Dataset]) -> str:
    """Choose the set of questions for a comparison.

    Parameters
    ----------
    experiment : str
        Experiment of one of the recordings, or name of a set.
    recordings : iterable of xarray.Dataset
        Attributes `experiment` and `questions` say what a recording's task declares.

    Returns
    -------
    str
        Name of the set.

    Raises
    ------
    AnalysisError
        If neither a recording's experiment nor a set has this name, or the experiment's task
        declares that there is nothing to compare.
    """
    declared = {
        str(recording.attrs["experiment"]): str(recording.attrs["questions"])
        for recording in recordings
        if {"experiment", "questions"} <= set(recording.attrs)
    }
    known = list_question_sets()
    if declared.get(experiment) == "":
        raise AnalysisError(
            f"experiment {experiment!r} cannot be compared: its task declares no questions. "
            f"Sets of questions: {listed(known)}"
        )
    if experiment not in declared and experiment not in known:
        raise AnalysisError(
            f"experiment: found {experiment!r}{did_you_mean(experiment, [*known, *declared])}, "
            f"expected a set of questions ({listed(known)}) or the experiment of one of the "
            f"recordings ({listed(declared)})"
        )
    return declared.get(experiment, experiment)
