"""Sets of questions: `NAME_questions.py` declares the set NAME as `QUESTIONS`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.comparison.question_set import QuestionSet
from pfc_analysis.recording.schema import did_you_mean

_ENDING = "_questions"


def list_question_sets() -> list[str]:
    """List the names of all sets, one for each file in this folder."""
    return sorted(module.name.removesuffix(_ENDING) for module in pkgutil.iter_modules(__path__))


def find_question_set(name: str) -> QuestionSet:
    """Find a set of questions by its exact name.

    Parameters
    ----------
    name : str
        Name of the set, such as "bandit".

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
    found: QuestionSet = importlib.import_module(f"{__name__}.{name}{_ENDING}").QUESTIONS
    return found


def require_questions(experiment: str, questions: str, reason: str = "") -> str:
    """Return the name of a set that an experiment's task declares.

    Parameters
    ----------
    experiment : str
        Name of the experiment, for the error.
    questions : str
        What the task declares; "" for nothing.
    reason : str
        Why it declares nothing.

    Raises
    ------
    AnalysisError
        If there is nothing to compare, or no set has that name.
    """
    if not questions:
        raise AnalysisError(
            f"experiment {experiment!r} cannot be compared: "
            f"{reason or 'its task declares no questions'}. "
            f"Sets of questions: {listed(list_question_sets())}"
        )
    find_question_set(questions)
    return questions


def choose_question_set(experiment: str, recordings: Iterable[xr.Dataset]) -> str:
    """Choose the set of questions for a comparison.

    Parameters
    ----------
    experiment : str
        Experiment of one of the recordings, or name of a set.
    recordings : iterable of xarray.Dataset
        Their attributes `experiment` and `questions` say which questions their task declares.

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
    if experiment in declared:
        return require_questions(experiment, declared[experiment])
    known = list_question_sets()
    if experiment not in known:
        raise AnalysisError(
            f"experiment: found {experiment!r}{did_you_mean(experiment, [*known, *declared])}, "
            f"expected a set of questions ({listed(known)}) or the experiment of one of the "
            f"recordings ({listed(declared)})"
        )
    return experiment
