"""Which learners can these trials tell apart? Simulate each, fit all, and see which one wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.checks.confusion_summary import (
    CONFUSED,
    describe_confusion,
    summarise_confusion,
)
from pfc_analysis.fitting.checks.fit_effort import (
    CONFUSION_EFFORT,
    count_affordable,
    effort_of_fit,
)
from pfc_analysis.fitting.checks.player_draws import describe_players, list_free, make_player
from pfc_analysis.fitting.checks.simulated_scores import Criterion, Scoring
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.designs.simulate_design import Player, simulate_design
from pfc_analysis.fitting.estimation.learner_likelihood import check_suits
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.finding import name_of

FEWEST, MOST = 1, 20
"""Data sets of each learner and subject."""


def confuse_learners(
    learners: Sequence[type[Learner]],
    design: Design,
    rng: np.random.Generator,
    *,
    fits: Mapping[str, Sequence[SubjectFit]] | None = None,
    criterion: Criterion = "bic",
    n_repeats: int | None = None,
    starts: int = 2,
    n_threads: int | None = None,
) -> xr.Dataset:
    """Simulate every learner in the subjects' designs, fit all learners, and count which one wins.

    Parameters
    ----------
    learners : sequence of type
        Classes of the learners, at least two.
    design : Design
        Sessions of one or more subjects.
    rng : numpy.random.Generator
        Draws players, choices and outcomes.
    fits : mapping, optional
        By the name of a learner, its fits to the subjects, in their order: each data set is played
        with the parameters of its subject, and what was held fixed is held fixed again. Without
        fits of a learner, parameters are drawn from their priors.
    criterion : {"bic", "held_out"}
        What decides: the Bayesian information criterion, or the likelihood of held-out sessions
        (odd sessions from even ones and the other way round), which needs two sessions or more of
        every subject.
    n_repeats : int, optional
        Data sets of each learner and subject; by default what `fit_effort.CONFUSION_EFFORT`
        allows, from 1 to 20.
    starts : int
        Starts of each fit.
    n_threads : int, optional
        Number of threads; the result does not depend on it.

    Returns
    -------
    xarray.Dataset
        On (`generating`, `chosen`): `count`, the data sets of a learner for which another one, or
        itself, won; `share` of them, with its 95 % interval `lower`, `upper` (Wilson; data sets
        with the parameters of the same subject count as independent); `confused`, 1 where another
        learner won more than a tenth of the data sets; `inverse_share`, how often
        the chosen learner was the generating one, each learner being as frequent;
        `score_difference`, the mean score of the chosen learner less that of the generating one
        (nats: -BIC / 2, or held-out log-likelihood). The attribute `sentences` names the pairs that
        the data cannot tell apart; `notes` are the design's.

    Raises
    ------
    AnalysisError
        If there are fewer than two learners, two have the same name, or the number of fits is not
        that of subjects.
    LearnerError
        If a learner does not suit the task.

    References
    ----------
    Wilson & Collins (2019), eLife 8:e49547, on confusion and inversion matrices.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.checks.model_confusion import confuse_learners
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learners = [pfc.learners.QLearning, pfc.learners.WinStayLoseShift]
    >>> learner = pfc.learners.QLearning()
    >>> played = pfc.simulate(learner, Bandit(), sessions=20, seed=1, subject="one")
    >>> design = read_design(played, read_fit_trials(played, "bandit"))
    >>> rng = np.random.default_rng(1)
    >>> found = confuse_learners(learners, design, rng, n_repeats=5)
    >>> found["count"].values.tolist()
    [[5, 0], [0, 5]]
    """
    names = _check(learners, design, fits or {}, criterion)
    subjects = [own for _, own in design.by_subject() if own.trials.n_sessions]
    n = n_repeats or _count_repeats(learners, subjects, starts)
    jobs = []
    for index, one in enumerate(learners):
        players = _make_players(one, len(subjects), n, (fits or {}).get(names[index], ()), rng)
        jobs += [(index, k % len(subjects), player) for k, player in enumerate(players)]
    streams = rng.spawn(len(jobs))
    scoring = Scoring(learners, fits or {}, criterion, starts)

    def play_and_score(job: int) -> FloatArray:
        _, subject, player = jobs[job]
        played = simulate_design(player, subjects[subject], streams[job])
        return scoring.score(played, subject, streams[job])

    scores = np.array(map_threads(play_and_score, range(len(jobs)), n_threads))
    generating = np.array([index for index, _, _ in jobs])
    result = summarise_confusion(scores, generating, names)
    result.attrs = {
        "title": "Confusion of learners in the subjects' own designs",
        "criterion": criterion,
        "confused_from": CONFUSED,
        "n_repeats": n,
        "n_subjects": len(subjects),
        "starts": starts,
        "notes": list(design.notes),
        "sentences": describe_confusion(result),
    }
    return result


def _check(
    learners: Sequence[type[Learner]],
    design: Design,
    fits: Mapping[str, Sequence[SubjectFit]],
    criterion: str,
) -> list[str]:
    """Check learners and fits, compile the learners, and return their names."""
    if criterion not in get_args(Criterion):
        raise AnalysisError(f"criterion: found {criterion!r}, expected 'bic' or 'held_out'")
    names = [name_of(one) for one in learners]
    if len(names) < 2 or len(set(names)) < len(names):
        raise AnalysisError(
            f"learners: found {', '.join(names) or 'none'}; expected two or more with different "
            "names. Rename the class of one of two learners of the same name"
        )
    n_subjects = len({int(one) for one in design.trials.subject})
    for name, found in fits.items():
        if len(found) != n_subjects:
            raise AnalysisError(
                f"fits[{name!r}]: found {len(found)} fit(s), expected one for each of the "
                f"{n_subjects} subject(s) of the design, in their order"
            )
    for one in learners:
        check_suits(one, design.trials.questions)
        compile_learner(one, design.trials.n_arms)
    return names


def _count_repeats(
    learners: Sequence[type[Learner]], subjects: Sequence[Design], starts: int
) -> int:
    """Count the data sets of each learner and subject that the effort allows."""
    n_trials = sum(int(own.trials.records.size) for own in subjects)
    n_parameters = sum(len(one.parameters()) for one in learners)
    effort = effort_of_fit(n_trials, n_parameters, starts, limits=False) * len(learners)
    return count_affordable(CONFUSION_EFFORT, effort, FEWEST, MOST)


def _make_players(
    learner: type[Learner],
    n_subjects: int,
    n_repeats: int,
    fits: Sequence[SubjectFit],
    rng: np.random.Generator,
) -> Sequence[Player]:
    """Make a player for every data set: repeat after repeat, subject after subject."""
    if fits:
        return [one.fitted for one in fits] * n_repeats
    free = list_free(learner, None)
    mean, spread = describe_players(free, ())
    drawn = mean + spread * rng.standard_normal((n_repeats * n_subjects, len(free)))
    return [make_player(learner, free, row, None) for row in drawn]
