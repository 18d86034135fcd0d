"""Fit networks to the choices of one subject, and predict sessions that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_inputs import count_kinds, read_inputs
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import Array, list_shapes, split_rows
from pfc_analysis.fitting.networks.side_by_side import (
    TrainedFit,
    pick_start,
    train_side_by_side,
)
from pfc_analysis.fitting.networks.training_plan import PIECES, cut_sessions, plan_training
from pfc_analysis.fitting.selection.folds import assign_folds
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

ONE_SESSION = (
    "There was one session to train on: training was stopped by quarters of it, whose history is "
    "not independent of the rest."
)
STILL_RISING = (
    "The likelihood of held-out choices still rose at the last update: increase `updates`."
)


@dataclass(frozen=True)
class NetworkFit:
    """A network fitted to all sessions of a subject, and how well sessions were predicted.

    Attributes
    ----------
    network : FittedNetwork
        Fitted to all sessions.
    held_out : HeldOut
        Sessions, each predicted by networks that were fitted to other sessions, as the settings
        say: the average of several networks, or one.
    """

    network: FittedNetwork
    held_out: HeldOut


def fit_network(
    trials: FitTrials,
    settings: NetworkSettings,
    rng: np.random.Generator,
    validation: BoolArray | None = None,
) -> FittedNetwork:
    """Fit a network to all sessions of one subject.

    The sessions are parted, and each part is held out from one network. A network of all sessions
    makes as many updates as predict the held-out parts best on the whole. Loss is the mean negative
    log-probability of the predicted choices, differentiated through the whole session, with a
    penalty on squared weights.

    Parameters
    ----------
    trials : FitTrials
        Sessions of one subject.
    settings : NetworkSettings
        Size, and settings of the training.
    rng : numpy Generator
        Draws the weights before training.
    validation : bool array (session,), optional
        Sessions that stop training, and are not trained on, instead of parts.

    Returns
    -------
    FittedNetwork

    Raises
    ------
    AnalysisError
        If the trials are of several subjects, `validation` leaves no session to train on, or
        training diverges.

    References
    ----------
    Ji-An, Benna & Mattar (2025), Nature 644:993. What stops training, and the average, are settings
    of ours.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.networks.network_fit import fit_network
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.5, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=6, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> settings = NetworkSettings(units=1, starts=1, updates=50)
    >>> network = fit_network(trials, settings, np.random.default_rng(1))
    >>> network.preferences(trials).shape == (trials.records.size, 2)
    True
    """
    _check_one_subject(trials)
    everything = np.ones(trials.n_sessions, dtype=np.bool_)
    if validation is not None:
        validation = _check_validation(np.asarray(validation), trials.n_sessions)
    (network,) = _fit(trials, [everything], None, settings, rng, validation)
    return network


def cross_validate_network(
    trials: FitTrials, settings: NetworkSettings, n_folds: int, rng: np.random.Generator
) -> HeldOut:
    """Predict every session by a network that was fitted to the other folds.

    When to stop is found within the other folds, as `fit_network` does.

    Parameters
    ----------
    trials : FitTrials
        Sessions of one subject.
    settings : NetworkSettings
        Size, and settings of the training.
    n_folds : int
        Number of folds; two are the odd and the even sessions.
    rng : numpy Generator
        Draws the weights before training.

    Raises
    ------
    AnalysisError
        If there are fewer sessions than folds, or as for `fit_network`.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.networks.network_fit import cross_validate_network
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.5, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=6, seed=1, subject="one")
    >>> trials = read_fit_trials(played, "bandit")
    >>> settings = NetworkSettings(units=1, starts=1, updates=50)
    >>> held_out = cross_validate_network(trials, settings, 2, np.random.default_rng(1))
    >>> held_out.log_likelihood.shape
    (6,)
    """
    return fit_and_validate_network(trials, settings, n_folds, rng).held_out


def fit_and_validate_network(
    trials: FitTrials, settings: NetworkSettings, n_folds: int, rng: np.random.Generator
) -> NetworkFit:
    """Do what `fit_network` and `cross_validate_network` do, at little more than the cost of one.

    With at least four folds, networks that one of them needs serve others, too. Parameters and
    errors are those of `cross_validate_network`.
    """
    _check_one_subject(trials)
    folds = assign_folds(trials.n_sessions, n_folds)
    training = [folds != fold for fold in range(n_folds)]
    training.append(np.ones(trials.n_sessions, dtype=np.bool_))
    *fitted, network = _fit(trials, training, folds, settings, rng, None)
    return NetworkFit(network, _predict_folds(trials, folds, fitted))


def _predict_folds(trials: FitTrials, folds: IntArray, fitted: list[FittedNetwork]) -> HeldOut:
    log_likelihood = np.zeros(trials.n_sessions)
    for fold, network in enumerate(fitted):
        held_out = np.flatnonzero(folds == fold)
        log_likelihood[held_out] = network.by_session(trials.select_sessions(held_out))
    notes = dict.fromkeys(one.note for one in fitted if one.note)
    return HeldOut(log_likelihood, trials.n_predicted, " ".join(notes))


def _fit(
    trials: FitTrials,
    training: Sequence[BoolArray],
    folds: IntArray | None,
    settings: NetworkSettings,
    rng: np.random.Generator,
    validation: BoolArray | None,
) -> list[FittedNetwork]:
    """Fit one network to each of several sets of sessions."""
    cut = validation is None and any(one.sum() == 1 for one in training)
    used, note = trials, ""
    if cut:
        used, note = cut_sessions(trials), ONE_SESSION
        training = [np.repeat(one, PIECES) for one in training]
        folds = None
    plan = plan_training(training, folds, settings, validation)
    n_kinds = count_kinds(trials.questions, trials.n_arms)
    shapes = list_shapes(settings.cell, settings.units, n_kinds, trials.n_arms)
    found = train_side_by_side(read_inputs(used), plan, shapes, settings, rng)
    return [_collect(one, trials, shapes, settings, note) for one in found]


def _collect(
    trained: list[TrainedFit],
    trials: FitTrials,
    shapes: dict[str, tuple[int, ...]],
    settings: NetworkSettings,
    note: str,
) -> FittedNetwork:
    """Make one fitted network of the starts of a fit; the network to use alone comes first."""
    best = pick_start(trained)
    chosen = trained[best]
    columns = [chosen.weights[:, :1]]
    if settings.average:
        columns.append(chosen.weights[:, 1:])
        columns += [one.weights for k, one in enumerate(trained) if k != best]
    if chosen.update == settings.updates - 1:
        note = f"{note} {STILL_RISING}".strip()
    return FittedNetwork(
        settings=settings,
        questions=trials.questions,
        n_arms=trials.n_arms,
        weights=_name_weights(np.concatenate(columns, axis=1), settings, shapes),
        score=float(np.exp(chosen.score)),
        updates=chosen.update,
        note=note,
    )


def _name_weights(
    columns: Array, settings: NetworkSettings, shapes: dict[str, tuple[int, ...]]
) -> dict[str, Any]:
    """Name weights (weight, network), with the dimension network first, in double precision."""
    views = split_rows(columns.astype(np.float64), settings.cell, shapes)._asdict()
    return {name: np.ascontiguousarray(np.moveaxis(one, -1, 0)) for name, one in views.items()}


def _check_one_subject(trials: FitTrials) -> None:
    found = np.unique(trials.subject)
    if found.size != 1:
        raise AnalysisError(
            f"trials: found sessions of {found.size} subjects, expected one; take those of each "
            "from FitTrials.by_subject()"
        )


def _check_validation(validation: BoolArray, n_sessions: int) -> BoolArray:
    if validation.dtype != np.bool_ or validation.shape != (n_sessions,):
        raise AnalysisError(
            f"validation: found {validation.dtype} {validation.shape}, expected bool "
            f"({n_sessions},), one for each session"
        )
    if validation.all() or not validation.any():
        raise AnalysisError(
            f"validation: found {int(validation.sum())} of {n_sessions} sessions, expected at "
            "least one to stop training and one to train on"
        )
    return validation
