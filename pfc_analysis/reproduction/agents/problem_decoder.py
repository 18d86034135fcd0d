"""Decode from units, step by step, which side and which image an agent takes for the paying one.

The decoders are those of `pfc_analysis.analysis.decode_problem`. They are fitted to other sessions
of the same replica, in which it played the same task.

Each step is named by its moment: the trial, the named step that began last in this trial, and the
number of steps since then. So the second step after the images came on has a decoder of its own,
and so has each step of the interval, which has no name, after the outcome. Every moment has one
state in a session.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from pfc_analysis.analysis.neurons.decoding import problem_regressions as regressions
from pfc_analysis.analysis.statistics.ridge_moments import sum_by_fold
from pfc_analysis.plotting.film_session import DecodedProblem
from pfc_analysis.reproduction.agents.image_colours import compute_image_colours
from pfc_analysis.reproduction.agents.watched_sessions import WatchedReplica
from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.interface.activity import Activity

Array = np.ndarray[Any, Any]

DECODER_STREAM = 4
"""First word of the random seeds of the sessions that decoders are fitted to."""

BATCHES, BATCH = 6, 100
"""Number of sessions that decoders are fitted to: batches, and sessions in each."""

FEWEST = 100
"""Fewest of these sessions that reached a moment, for it to be decoded."""

N_FOLDS, PENALTY = 5, 0.1
"""As in `decode_problem`."""

PICTURE = 24
"""Width and height of the images beside the film, in pixels."""

_FIELDS = ("rewarded_side", "rewarded_image", "other_image")


def has_two_images(task: Task) -> bool:
    """Return whether sessions show two images of a source, one of which pays, as in Harlow's."""
    return hasattr(task, "image_source") and set(_FIELDS) <= set(task.session_type.names or ())


class PlayedSteps(NamedTuple):
    """The steps of played sessions, one after another, without those that are over.

    Attributes
    ----------
    session : ndarray of int64, shape (row,)
        Counted from 0.
    moment : ndarray of int64, shape (row, 3)
        As of `find_moments`.
    hidden : ndarray of float64, shape (row, unit)
        Outputs of the LSTM.
    side : ndarray of int64, shape (row,)
        Side that pays: 0 left, 1 right.
    images : ndarray of int64, shape (row, 2)
        Numbers of the image that pays and of the other one.
    """

    session: Array
    moment: Array
    hidden: Array
    side: Array
    images: Array


def find_moments(trial: Array, step: Array) -> Array:
    """Return the moment of each step of a session, (step, 3).

    That is its trial, the code of the named step that began last in this trial (-1: none has), and
    the number of steps since then.
    """
    moments = np.empty((len(trial), 3), np.int64)
    name, began = -1, 0
    for k in range(len(trial)):
        if k == 0 or trial[k] != trial[k - 1]:
            name, began = -1, k
        if step[k] >= 0 and step[k] != name:
            name, began = int(step[k]), k
        moments[k] = trial[k], name, k - began
    return moments


def read_steps(activity: Activity, first_session: int = 0) -> PlayedSteps:
    """Read the steps of the sessions that a replica played."""
    log, parts = activity.log, []
    for k in range(log.active.shape[1]):
        active = log.active[:, k]
        records = log.before[active, k]
        own = PlayedSteps(
            session=np.full(len(records), first_session + k),
            moment=find_moments(records["trial"], records["step"]),
            hidden=activity.hidden[active, k].astype(np.float64),
            side=records["rewarded_side"].astype(np.int64),
            images=np.stack([records[name] for name in _FIELDS[1:]], axis=1).astype(np.int64),
        )
        parts.append(own)
    return _join(parts)


def _join(parts: list[PlayedSteps]) -> PlayedSteps:
    return PlayedSteps(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def play_others(watched: WatchedReplica) -> PlayedSteps:
    """Let the replica play sessions to fit decoders to; none of them is in a film."""
    parts = (read_steps(watched.play(BATCH, DECODER_STREAM, k), k * BATCH) for k in range(BATCHES))
    return _join(list(parts))


def decode_sessions(watched: WatchedReplica, activity: Activity) -> list[DecodedProblem]:
    """Decode the sessions of a film by regressions that were fitted to other sessions.

    Parameters
    ----------
    watched : WatchedReplica
        Who played; its task `has_two_images`.
    activity : Activity
        The sessions of the film.

    Returns
    -------
    list of DecodedProblem
        One for each session.
    """
    filmed, others = read_steps(activity), play_others(watched)
    source = watched.task.image_source  # type: ignore[attr-defined]
    colours = [compute_image_colours(source, steps.images.T) for steps in (others, filmed)]
    decoder = ProblemDecoder(others, colours[0])
    probability, accuracy, n_sessions = decoder.decode(filmed, colours[1])
    decoded = []
    for k in range(activity.value.shape[1]):
        own = filmed.session == k
        numbers, images = np.unique(filmed.images[own], return_inverse=True)
        decoded.append(
            DecodedProblem(
                probability=probability[own],
                accuracy=accuracy[own],
                n_sessions=n_sessions[own],
                rewarded_side=filmed.side[own],
                pictures=source.draw(numbers, PICTURE),
                images=images.reshape(-1, 2),
            )
        )
    return decoded


class ProblemDecoder:
    """Decodes steps of sessions by regressions fitted to the same moments of other sessions.

    Parameters
    ----------
    others : PlayedSteps
        Steps of the sessions to fit to.
    colours : ndarray, shape (2, row, colour)
        Mean colours of the image that pays and of the other one, at each of these steps.
    """

    def __init__(self, others: PlayedSteps, colours: Array) -> None:
        self._others = others
        spread = colours.reshape(-1, colours.shape[-1]).std(axis=0)
        self._spread = np.where(spread == 0, 1.0, spread)
        self._target = self._make_target(others.side, colours)

    def decode(self, steps: PlayedSteps, colours: Array) -> tuple[Array, Array, Array]:
        """Decode steps; return `probability`, `accuracy` and `n_sessions` of `DecodedProblem`."""
        shape = len(steps.session), len(regressions.TARGETS)
        probability, accuracy = np.full(shape, np.nan), np.full(shape, np.nan)
        n_sessions = np.zeros(shape[0], np.int64)
        target = self._make_target(steps.side, colours)
        for moment in np.unique(steps.moment, axis=0):
            here = (steps.moment == moment).all(axis=1)
            rows = np.flatnonzero((self._others.moment == moment).all(axis=1))
            n_sessions[here] = rows.size
            if moment[1] < 0 or rows.size < FEWEST or np.unique(self._target[rows, 0]).size < 2:
                continue
            probability[here], accuracy[here] = self._decode(rows, steps.hidden[here], target[here])
        return probability, accuracy, n_sessions

    def _make_target(self, side: Array, colours: Array) -> Array:
        return np.column_stack([2.0 * side - 1.0, *(colours / self._spread)])

    def _decode(self, rows: Array, states: Array, target: Array) -> tuple[Array, Array]:
        """Return probabilities of the true answers (row, target), and the accuracy (target,)."""
        own, known = self._others.hidden[rows], self._target[rows]
        fold, middle = self._others.session[rows] % N_FOLDS, regressions.find_middle(known)
        told, noise = regressions.decode_folds(own, known, fold, N_FOLDS, PENALTY)
        held_out = regressions.compare_images(told, known, noise, middle)
        accuracy = regressions.share_right(held_out)
        if regressions.are_equal(own):
            return np.full((len(states), len(accuracy)), 0.5), accuracy
        mean = own.mean(axis=0)  # taken away, so that products lose no digits to it
        moments = sum_by_fold(own - mean, known, np.zeros_like(fold), 1)[0]
        fitted = regressions.fit_regressions(moments, own.shape[1], PENALTY)
        told = fitted.decode(states - mean)
        scores = regressions.compare_images(told, target, fitted.noise[None], middle)
        slope = np.array([fit_slope(one) for one in held_out])
        return expit(slope[:, None] * scores).T, accuracy


def fit_slope(scores: Array) -> float:
    r"""Fit the slope with which scores become probabilities, by a logistic regression.

    The probability of the true answer is :math:`1 / (1 + e^{-s x})` for a score :math:`x`. There is
    no intercept, because neither answer is favoured. The true answer counts as
    :math:`(n + 1) / (n + 2)` rather than 1 (Platt 1999), so that scores that are always right give
    no infinite slope. Scores that are wrong more often than right give 0: the probability is 0.5.

    Parameters
    ----------
    scores : ndarray, shape (session,)
        Of sessions that the regressions were not fitted to; above 0 where they are right.
    """
    size = np.sqrt(np.mean(scores**2))
    if not size > 0:
        return 0.0
    unit, certain = scores / size, (scores.size + 1.0) / (scores.size + 2.0)

    def climb(slope: float) -> float:
        return float(np.sum(unit * (certain - expit(slope * unit))))

    if climb(0.0) <= 0:
        return 0.0
    steepest = 1.0
    while climb(steepest) > 0:
        steepest *= 2.0
    return float(brentq(climb, 0.0, steepest)) / float(size)
