"""Fit learners and networks to the choices of a recording, and lay out what was found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.fitting.models.check_fits import check_fits, choose_checked
from pfc_analysis.fitting.models.fit_all import (
    Settings,
    count_workers,
    fit_all,
)
from pfc_analysis.fitting.models.fit_groups import lay_out_groups
from pfc_analysis.fitting.models.fit_sentences import summarise_fit
from pfc_analysis.fitting.models.lay_out_fit import lay_out_held_out, lay_out_parameters
from pfc_analysis.fitting.models.lay_out_selection import lay_out_selection
from pfc_analysis.fitting.models.model_list import LearnerNames, list_models
from pfc_analysis.fitting.models.portrait_parts import draw_portraits
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.given_types import checks_types

METHODS = ("likelihood", "posterior", "hierarchical")


@checks_types
def fit_recording(
    recording: xr.Dataset,
    questions: str | None = None,
    *,
    learners: LearnerNames | None = None,
    networks: Sequence[int] = (1, 2, 4),
    cell: str = "gru",
    folds: int = 5,
    starts: int = 5,
    method: str = "likelihood",
    checks: bool = True,
    repeats: int | None = None,
    seed: int = 1,
    workers: int | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Fit models to each subject's choices: `pfc_analysis.fit` without files."""
    questions = questions or read_questions(recording)
    settings = _settings(folds, starts, method, seed, workers, repeats)
    trials = read_fit_trials(recording, questions)
    models = list_models(questions, learners, networks, cell)
    fitted = fit_all(models, trials, settings, progress)
    result = lay_out_held_out(models, trials, fitted, seed)
    result = result.merge(lay_out_parameters(models, trials, fitted.learners))
    if fitted.groups:
        result = result.merge(lay_out_groups(fitted.groups))
    total, bic = fitted.tabulate(models, trials).total, result["bic"].values
    result = result.merge(lay_out_selection(total, bic, models, seed))
    best = [str(name) for name in result["best_learner"].values]
    result = result.merge(draw_portraits(trials, models, fitted, best))
    if checks:
        checked = choose_checked(result)
        found = check_fits(recording, trials, models, checked, fitted, settings, repeats, progress)
        result = result.merge(found)
    result.attrs = {
        "questions": questions,
        "n_arms": trials.n_arms,
        "experiment": str(recording.attrs.get("experiment", questions)),
        "folds": folds,
        "starts": starts,
        "method": method,
        "seed": seed,
        "cell": cell,
        "reward_scale": trials.reward_scale,
        "left_out": list(trials.left_out),
        "interval": "95 %",
    }
    result["summary"] = ("sentence", np.array(summarise_fit(result), dtype=str))
    return result


def read_questions(recording: xr.Dataset) -> str:
    """Read which set of questions a recording's task belongs to, or else its experiment.

    Raises
    ------
    MissingVariableError
        If the recording does not say.
    """
    found = str(recording.attrs.get("questions", recording.attrs.get("experiment", "")))
    if not found:
        raise MissingVariableError(
            "experiment: the recording does not say which task it is of; give it, such as "
            "pfc.fit(recording, 'two_step')"
        )
    return found


def _settings(
    folds: int, starts: int, method: str, seed: int, workers: int | None, repeats: int | None
) -> Settings:
    fewest = {"folds": 2, "starts": 1, "seed": 0, "workers": 1, "repeats": 1}
    given = (folds, starts, seed, workers, repeats)
    for (name, least), value in zip(fewest.items(), given, strict=True):
        if value is not None and value < least:
            raise AnalysisError(f"{name}: found {value}, expected at least {least}")
    if method not in METHODS:
        raise AnalysisError(f"method: found {method!r}, expected one of {listed(METHODS)}")
    return Settings(folds, starts, method, seed, workers or count_workers())
