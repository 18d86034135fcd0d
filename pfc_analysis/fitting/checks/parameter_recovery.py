"""Can the parameters of a learner be estimated from these trials? Simulate, and fit again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.checks.fit_effort import (
    RECOVERY_EFFORT,
    count_affordable,
    effort_of_fit,
)
from pfc_analysis.fitting.checks.player_draws import describe_players, list_free, make_player
from pfc_analysis.fitting.checks.recovery_summary import (
    IDENTIFIABLE,
    describe_recovery,
    summarise_recovery,
)
from pfc_analysis.fitting.designs.design import Design
from pfc_analysis.fitting.designs.simulate_design import simulate_design
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.estimation.normal_prior import NormalPrior
from pfc_analysis.fitting.estimation.subject_fit import SubjectFit
from pfc_analysis.fitting.estimation.work_threads import map_threads
from pfc_analysis.learners.definition.compiled import compile_learner
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.finding import name_of

FEWEST, MOST = 40, 200
"""Simulated players. With 40, the 95 % interval of r = .9 goes from .82 to .95."""

REPEATS = (1, 2, 4)
"""How many times each subject's sessions are repeated, for the curve of r against trials."""


class Recovered(NamedTuple):
    """True and estimated values, unconstrained, of all players: float arrays (player, parameter).

    `lower` and `upper` are 95 % limits; NaN where a fit gives none.
    """

    true: FloatArray
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


def recover_parameters(
    learner: type[Learner],
    design: Design,
    rng: np.random.Generator,
    *,
    fits: Sequence[SubjectFit] = (),
    fixed: Mapping[str, float] | None = None,
    prior: NormalPrior | None = None,
    n_players: int | None = None,
    repeats: Sequence[int] = REPEATS,
    starts: int = 2,
    limits: bool = True,
    n_threads: int | None = None,
) -> xr.Dataset:
    """Simulate players in the subjects' own designs, fit them, and compare with the truth.

    Parameters
    ----------
    learner : type
        Class of the learner.
    design : Design
        Sessions of one or more subjects. Players take the subjects' designs in turn.
    rng : numpy.random.Generator
        Draws players, choices and outcomes.
    fits : sequence of SubjectFit
        Fits of this learner to the subjects. Players are drawn around them from normal
        distributions of the unconstrained parameters (`describe_players`); without fits, from the
        parameters' priors.
    fixed, prior : optional
        As of `fit_maximum`: what is held constant, and the prior of maximum a posteriori fits.
    n_players : int, optional
        Number of players; by default what `fit_effort.RECOVERY_EFFORT` allows, from 40 to 200.
    repeats : sequence of int
        How many times each design is repeated. The next one is only run if a parameter is not
        identifiable with the one before.
    starts : int
        Starts of each fit.
    limits : bool
        False leaves out the limits of the fits, and with them the coverage (NaN), which take most
        of the time.
    n_threads : int, optional
        Number of threads; the result does not depend on it.

    Returns
    -------
    xarray.Dataset
        On (`repeat`, `player`, `parameter`), unconstrained: `true`, `estimate`, and of the first
        repeat `lower`, `upper`. On `player`: `subject`, whose design it played. On (`repeat`,
        `parameter`): `r`, the correlation of true and estimated values, with `r_lower`, `r_upper`
        (95 %, Fisher's z); `rank_correlation`; `bias`, the mean of estimate less truth, with
        limits; `coverage` of the 95 % limits, with its Wilson interval, and `n_intervals`;
        `n_run_off`, the estimates beyond `recovery_summary.RUN_OFF`, which count as at that limit.
        On `parameter`: `identifiable`, 1 if r is at least .9 with the trials as they are. On
        (`repeat`, `parameter`, `other`): `error_correlation`, the rank correlation of errors. On
        `repeat`: `n_trials`, the mean number of predicted choices of a player. The attribute
        `sentences` says it in words; `notes` are the design's.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.checks.parameter_recovery import recover_parameters
    >>> from pfc_analysis.fitting.designs.read_design import read_design
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning()
    >>> task = Bandit(arms="independent")
    >>> played = pfc.simulate(learner, task, sessions=40, seed=1, subject="one")
    >>> design = read_design(played, read_fit_trials(played, "bandit"))
    >>> rng = np.random.default_rng(1)
    >>> found = recover_parameters(pfc.learners.QLearning, design, rng, n_players=20, repeats=[1])
    >>> found["identifiable"].values.tolist()
    [1, 1]
    """
    free = list_free(learner, fixed)
    designs = {name: own for name, own in design.by_subject() if own.trials.n_sessions}
    compile_learner(learner, design.trials.n_arms)
    n = n_players or _count_players(designs, len(free), starts, repeats, limits)
    mean, spread = describe_players(free, fits)
    true = mean + spread * rng.standard_normal((n, len(free)))
    options = {"starts": starts, "prior": prior, "fixed": fixed}
    runs: dict[int, Recovered] = {}
    for times in repeats:
        bigger = [own.repeat(times) for own in designs.values()]
        options["limits"] = limits and not runs
        runs[times] = _recover(learner, bigger, true, rng, options, n_threads)
        result = summarise_recovery(runs, free, designs)
        if np.all(result["r"].values[-1] >= IDENTIFIABLE):
            break
    result.attrs = {
        "title": f"Recovery of the parameters of {name_of(learner)}",
        "learner": name_of(learner),
        "n_players": n,
        "identifiable_from": IDENTIFIABLE,
        "players": "drawn around the fits" if fits else "drawn from the priors",
        "starts": starts,
        "notes": list(design.notes),
        "sentences": describe_recovery(result, name_of(learner)),
    }
    return result


def _count_players(
    designs: Mapping[str, Design],
    n_parameters: int,
    starts: int,
    repeats: Sequence[int],
    limits: bool,
) -> int:
    """Count the players that the effort allows."""
    n_trials = float(np.mean([own.trials.records.size for own in designs.values()]))
    first = effort_of_fit(n_trials, n_parameters, starts, limits=limits)
    later = effort_of_fit(n_trials, n_parameters, starts, limits=False) * sum(repeats[1:])
    return count_affordable(RECOVERY_EFFORT, first + later, FEWEST, MOST)


def _recover(
    learner: type[Learner],
    designs: Sequence[Design],
    true: FloatArray,
    rng: np.random.Generator,
    options: Mapping[str, Any],
    n_threads: int | None,
) -> Recovered:
    """Simulate and fit every player, each with random numbers of its own."""
    free, streams = list_free(learner, options["fixed"]), rng.spawn(len(true))

    def play_and_fit(k: int) -> SubjectFit:
        player = make_player(learner, free, true[k], options["fixed"])
        played = simulate_design(player, designs[k % len(designs)], streams[k])
        return fit_maximum(learner, played, streams[k], n_threads=1, **options)

    fits = map_threads(play_and_fit, range(len(true)), n_threads)
    limits = np.array([one.limits for one in fits])
    estimate = np.array([one.unconstrained for one in fits])
    return Recovered(true, estimate, limits[..., 0], limits[..., 1])
