"""Say what the fits can be trusted for: recovery, confusion of learners, predictions."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from pfc_analysis.fitting.checks.model_confusion import confuse_learners
from pfc_analysis.fitting.checks.parameter_recovery import recover_parameters
from pfc_analysis.fitting.checks.predictive_check import check_predictions
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.designs.simulate_design import Player
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.models.fit_all import Fitted, Settings
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.packed_parts import pack
from pfc_analysis.progress import track

MOST_CHECKED = 2
"""Up to how many learners, and networks, are checked in detail."""


def check_fits(
    recording: xr.Dataset,
    trials: FitTrials,
    models: Sequence[Model],
    checked: Sequence[str],
    fitted: Fitted,
    settings: Settings,
    repeats: int | None,
    progress: bool | None,
) -> xr.Dataset:
    """Simulate fitted models in the subjects' own sessions.

    Parameters
    ----------
    recording, trials
        What was fitted.
    models : sequence of Model
        All models.
    checked : sequence of str
        Names of the models whose recovery and predictions are checked.
    fitted : Fitted
        Of `fit_all`.
    settings, repeats, progress
        Of the fit.

    Returns
    -------
    xarray.Dataset
        Parts (`packed_parts.unpack`): "recovery_LEARNER" (`recover_parameters`), "confusion"
        (`confuse_learners`, with two learners or more), "predictions" (`check_predictions`).
    """
    design = read_design(recording, trials)
    classes = {model.name: model.learner for model in models if model.learner is not None}
    threads = settings.workers
    parts = []
    for name in track([n for n in checked if n in classes], "recovering parameters", progress):
        rng = stream(settings.seed, "recovery", name)
        own = _of_learner(fitted, name, trials)
        found = recover_parameters(classes[name], design, rng, fits=own, n_threads=threads)
        parts.append(pack(found.drop_dims("player"), f"recovery_{name}"))
    for _ in track([1] if len(classes) > 1 else [], "telling learners apart", progress):
        rng = stream(settings.seed, "confusion")
        known = {name: _of_learner(fitted, name, trials) for name in classes}
        found = confuse_learners(
            list(classes.values()),
            design,
            rng,
            fits=known,
            n_repeats=repeats,
            n_threads=threads,
        )
        parts.append(pack(found, "confusion"))
    for _ in track([1], "predicting behaviour", progress):
        players = {name: _list_players(name, fitted, trials) for name in checked}
        rng = stream(settings.seed, "predictions")
        found = check_predictions(players, design, recording, rng, n_threads=threads)
        parts.append(pack(found.drop_dims("replica"), "predictions"))
    return xr.merge(parts)


def _of_learner(fitted: Fitted, name: str, trials: FitTrials) -> list[SubjectFit]:
    return [fitted.learners[subject, name] for subject in range(len(trials.subjects))]


def _list_players(name: str, fitted: Fitted, trials: FitTrials) -> list[Player]:
    """List the fitted players of all subjects."""
    subjects = range(len(trials.subjects))
    if (0, name) in fitted.networks:
        return [fitted.networks[subject, name] for subject in subjects]
    return [fitted.learners[subject, name].fitted for subject in subjects]


def choose_checked(result: xr.Dataset) -> list[str]:
    """Choose the models to check: those that predict a subject best, and the best network.

    Parameters
    ----------
    result : xarray.Dataset
        Of `lay_out_held_out` and `lay_out_selection`.

    Returns
    -------
    list of str
        Up to `MOST_CHECKED` learners, the most frequent winners first, and one network.
    """
    best = "best_learner" if (result["best_learner"] != "").any() else "best_by_bic"
    learners = [name for name in map(str, result[best].values) if name]
    counts = sorted(set(learners), key=lambda name: (-learners.count(name), name))
    chosen = counts[:MOST_CHECKED]
    is_network = (result["kind"] == "network").values
    value = result["group_heldout"].values[is_network]
    if value.size:
        networks = list(map(str, result["model"].values[is_network]))
        chosen.append(networks[int((-value).argsort()[0])])
    return chosen
