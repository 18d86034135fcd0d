"""Fit networks of several sizes to every subject of a recording, in parallel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.networks.fitted_network import FittedNetwork
from pfc_analysis.fitting.networks.network_fit import fit_and_validate_network, fit_network
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials


@dataclass(frozen=True)
class SubjectNetwork:
    """A network fitted to one subject.

    Attributes
    ----------
    subject : str
        Name of the subject.
    network : FittedNetwork
        Fitted to all sessions.
    held_out, held_out_single : HeldOut or None
        As of `NetworkFit`; None for a subject of one session, of which none can be held out.
    """

    subject: str
    network: FittedNetwork
    held_out: HeldOut | None
    held_out_single: HeldOut | None


def fit_many_networks(
    trials: FitTrials,
    settings: Sequence[NetworkSettings],
    n_folds: int,
    seed: int,
    *,
    workers: int = 1,
) -> list[SubjectNetwork]:
    """Fit networks of several settings to every subject, and predict sessions held out.

    A subject with fewer sessions than folds gets one fold a session; with a single session it is
    fitted without a value of held-out sessions.

    Parameters
    ----------
    trials : FitTrials
        Sessions of any number of subjects.
    settings : sequence of NetworkSettings
        The networks to fit to each.
    n_folds : int
        Number of folds of sessions.
    seed : int
        Decides all random numbers: those of a subject and settings do not depend on which others
        there are, nor on `workers`.
    workers : int
        Number of threads. Compiled code runs in all of them at once.

    Returns
    -------
    list of SubjectNetwork
        Subjects in order, and for each the settings in order.

    Raises
    ------
    AnalysisError
        If there are fewer than two folds, or training diverges.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.networks.many_networks import fit_many_networks
    >>> from pfc_analysis.fitting.networks.network_settings import NetworkSettings
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.5, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, Bandit(arms="independent"), sessions=9, seed=1, subject="Q")
    >>> trials = read_fit_trials(played, "bandit")
    >>> settings = [NetworkSettings(units=1, starts=1, updates=50)]
    >>> (found,) = fit_many_networks(trials, settings, n_folds=2, seed=1)
    >>> found.held_out.normalised > 0.5
    True
    """
    if n_folds < 2:
        raise AnalysisError(f"n_folds: found {n_folds}, expected at least 2")
    jobs = [(name, one, each) for name, one in trials.by_subject() for each in settings]
    # The longest first, so that no worker is left with one at the end.
    order = sorted(range(len(jobs)), key=lambda k: -jobs[k][1].records.size * jobs[k][2].units)
    run = Parallel(n_jobs=workers, prefer="threads")
    found = run(delayed(_fit_one)(*jobs[k], n_folds, seed) for k in order)
    by_job = dict(zip(order, found, strict=True))
    return [by_job[k] for k in range(len(jobs))]


def _fit_one(
    subject: str, trials: FitTrials, settings: NetworkSettings, n_folds: int, seed: int
) -> SubjectNetwork:
    text = f"{subject} {settings.name}".encode()
    rng = np.random.default_rng([seed, *text])
    if trials.n_sessions == 1:
        return SubjectNetwork(subject, fit_network(trials, settings, rng), None, None)
    n_folds = min(n_folds, trials.n_sessions)
    fitted = fit_and_validate_network(trials, settings, n_folds, rng)
    return SubjectNetwork(subject, fitted.network, fitted.held_out, fitted.held_out_single)
