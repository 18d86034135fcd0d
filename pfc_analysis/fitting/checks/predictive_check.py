"""Do fitted learners behave like the subject? Analyse their simulated choices beside the animal's.

Likelihoods say which learner predicts the next choice best, given the subject's own past. A learner
that wins may still behave differently when it plays by itself, and the measures that differ say
what it lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.checks.choice_measures import Measure, compute_measures, list_measures
from pfc_analysis.fitting.checks.predictive_summary import describe_check, summarise_check
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.designs.simulate_design import Player, simulate_subjects
from pfc_analysis.fitting.designs.simulated_recording import recording_of
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.fitting.sessions.fit_trials import FitTrials

N_REPLICAS = 100
"""Simulated data sets of each learner: p is then at least .02. A setting of ours."""


AT_ONCE = 25
"""Replicas that are simulated side by side; more would take much memory with long recordings."""


def check_predictions(
    players: Mapping[str, Sequence[Player]],
    design: Design,
    recording: xr.Dataset,
    rng: np.random.Generator,
    *,
    measures: Sequence[Measure] | None = None,
    n_replicas: int = N_REPLICAS,
    n_threads: int | None = None,
) -> xr.Dataset:
    """Simulate fitted players in the subjects' designs, and compare analyses with the subjects'.

    Parameters
    ----------
    players : mapping
        By name, one player for each subject, in the order of the design: fitted learners
        (`SubjectFit.fitted`), fitted networks, or other objects that can play.
    design : Design
        All sessions of the recording, or of some subjects, not repeated.
    recording : xarray.Dataset
        The recording that the design was read from.
    rng : numpy.random.Generator
        Draws choices and outcomes.
    measures : sequence of callable, optional
        As of `pfc_analysis.fitting.checks.choice_measures`; by default those of the task. Two-step:
        stay probabilities, weights of past trials by lag, choices around reversals, reward. Others:
        win-stay and lose-shift, weights of past rewards and choices, choices around reversals,
        reward; in matching also the matching line, in risky choice the share of risky choices.
    n_replicas : int
        Simulated data sets of each learner, at least 20. They vary by chance in choices and
        outcomes; parameters stay at their estimates, so intervals are a little too narrow where
        estimates are uncertain.
    n_threads : int, optional
        Number of threads; the result does not depend on it.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `measure`): `observed`. On (`learner`, `subject`, `measure`): `mean`,
        `lower`, `upper` of the replicas (mean, and 2.5 % and 97.5 % quantiles), `p_value`
        (two-sided, the place of the observed value among the replicas) and `outside`, 1 where the
        observed value lies outside the interval. On (`learner`, `subject`): `misfit`, the mean
        square over measures of the distance in standard deviations of the replicas, about 1 for a
        right learner, and `misfit_p_value`, the share of replicas that lie at least as far from the
        others. On (`learner`, `replica`, `subject`, `measure`): `replicated`. Units of measures are
        those of the analyses. The attribute `sentences` says which learners differ, and where most.

    Raises
    ------
    AnalysisError
        If there are fewer than 20 replicas, no player, or another number of players than subjects.

    References
    ----------
    Gelman, Meng & Stern (1996), Statistica Sinica 6:733; Palminteri, Wyart & Koechlin (2017),
    Trends in Cognitive Sciences 21:425.

    Examples
    --------
    A learner without memory, beside a planner's choices:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.checks.predictive_check import check_predictions
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.MixtureOfAgents(weight_model_based=6.0, weight_model_free=0.0)
    >>> chance = pfc.learners.MixtureOfAgents(
    ...     weight_model_based=0.0, weight_model_free=0.0, weight_habit=0.0
    ... )
    >>> played = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="one")
    >>> design = read_design(played, read_fit_trials(played, "two_step"))
    >>> players = {"planner": [planner], "chance": [chance]}
    >>> found = check_predictions(
    ...     players, design, played, np.random.default_rng(1), n_replicas=20
    ... )
    >>> found["misfit"].sel(learner="chance").item() > 5 * found["misfit"].sel(
    ...     learner="planner"
    ... ).item()
    True
    """
    _check(players, n_replicas)
    chosen = tuple(measures) if measures else list_measures(design.trials.questions)
    # The subject's own choices in the same form, so that nothing else differs.
    own = recording_of(design.trials, design, recording)
    observed, left_out = compute_measures(own, design, chosen)
    names = list(observed)
    subjects = [design.trials.subjects[k] for k in dict.fromkeys(design.trials.subject.tolist())]
    counts = [min(AT_ONCE, n_replicas - done) for done in range(0, n_replicas, AT_ONCE)]
    jobs = [(each, count) for each in players.values() for count in counts]
    streams = rng.spawn(len(jobs))

    def measure(played: FitTrials) -> FloatArray:
        made = recording_of(played, design, recording)
        found, _ = compute_measures(made, design, chosen)
        missing = np.full(len(subjects), np.nan)
        return np.stack([found.get(name, missing) for name in names], axis=1)

    def play_and_measure(job: int) -> list[FloatArray]:
        each, count = jobs[job]
        return [measure(one) for one in simulate_subjects(each, design, streams[job], count)]

    done = map_threads(play_and_measure, range(len(jobs)), n_threads)
    replicas = np.array([one for block in done for one in block])
    result = summarise_check(
        np.stack([observed[name] for name in names], axis=1),
        replicas.reshape(len(players), n_replicas, *replicas.shape[1:]),
        {"learner": list(players), "subject": subjects, "measure": names},
    )
    result.attrs = {
        "title": "Fitted learners' simulated choices beside the subjects'",
        "n_replicas": n_replicas,
        "notes": [*design.notes, *left_out],
        "sentences": describe_check(result),
    }
    return result


def _check(players: Mapping[str, Sequence[Player]], n_replicas: int) -> None:
    if not players:
        raise AnalysisError("players: found none, expected a player for each subject, by name")
    if n_replicas < 20:
        raise AnalysisError(f"n_replicas: found {n_replicas}, expected at least 20")
