r"""The Bayesian learner of Behrens et al. (2007), which infers how volatile the world is.

It tracks on a grid the joint posterior over r, the probability that the right side is the better
one; :math:`I = -v`, the logarithm of the precision with which r is kept from trial to trial; and k,
the logarithm of the step by which I changes. Between two outcomes

.. math::
    I' \sim \mathrm{Normal}(I, e^k), \quad r' \sim \mathrm{Beta}(1 + e^{I'} r, 1 + e^{I'} (1 - r)),

each made to sum to one over its grid, while k stays; an outcome :math:`y` multiplies the posterior
with r' or 1 - r'. With a large volatility v, r changes much between trials, and the learning rate
is high.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.side_learner import (
    choose_side,
    read_outcome,
    replay_side_learner,
)
from pfc_analysis.analysis.result_labels import labelled

Grid = tuple[float, ...]
VolatilityState = dict[str, FloatArray]
"""`posterior`, float array (I, k, session, r): after the transition, before the next outcome."""


def _grid(first: float, last: float, spacing: float) -> Grid:
    n_points = int(np.floor((last - first) / spacing + 1e-9)) + 1
    return tuple(float(x) for x in first + spacing * np.arange(n_points))


PROBABILITIES = _grid(0.01, 0.99, 0.02)
LOG_PRECISIONS = _grid(float(np.log(2.0)), float(np.log(10_000.0)), 0.2)
LOG_STEPS = _grid(float(np.log(5e-4)), float(np.log(20.0)), 0.2)


@dataclass(frozen=True)
class BayesianVolatility:
    r"""Learner of the better side and of how volatile it is (Behrens et al. 2007).

    Parameters
    ----------
    inverse_temperature : float
        :math:`\beta` of its choices, P(right) being the logistic function of
        :math:`\beta (2 r - 1)`, at least 0; infinite: always the likelier side.
    probabilities, log_precisions, log_steps : tuples of float
        Grids of r, I and k, evenly spaced (by default those of Behrens et al.: 50, 43 and 53
        points). The prior is flat on all.

    Notes
    -----
    A session's posterior takes 0.9 MB, and 200 trials of it about a second.

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> learner = pfc.analysis.BayesianVolatility()
    >>> state = learner.begin(n_sessions=1)
    >>> for reward in (1.0, 1.0, 0.0, 1.0):
    ...     learner.learn(state, choice=[1], reward=[reward])
    >>> beliefs = learner.describe(state)
    >>> for name in ("predicted_right", "learning_rate"):
    ...     print(name, beliefs[name].round(2))
    predicted_right [0.64]
    learning_rate [0.16]

    After three rewarded choices of the right arm in four, it expects the right arm to pay.
    """

    inverse_temperature: float = np.inf
    probabilities: Grid = PROBABILITIES
    log_precisions: Grid = LOG_PRECISIONS
    log_steps: Grid = LOG_STEPS

    def __post_init__(self) -> None:
        if not self.inverse_temperature >= 0:
            raise AnalysisError(
                f"BayesianVolatility.inverse_temperature: found {self.inverse_temperature}, "
                "expected a number of at least 0"
            )
        for name in ("probabilities", "log_precisions", "log_steps"):
            grid = np.asarray(getattr(self, name), dtype=np.float64)
            if grid.ndim != 1 or grid.size == 0 or not np.isfinite(grid).all():
                raise AnalysisError(
                    f"BayesianVolatility.{name}: found {grid.size} values on {grid.ndim} "
                    "dimension(s), expected a tuple of finite numbers, at least one"
                )
        r = np.asarray(self.probabilities)
        if r.min() <= 0 or r.max() >= 1:
            raise AnalysisError(
                f"BayesianVolatility.probabilities: found {r.min():g} to {r.max():g}, expected "
                "numbers above 0 and below 1"
            )

    def begin(self, n_sessions: int) -> VolatilityState:
        """State before the first outcome: a flat prior after one transition."""
        return {"posterior": np.repeat(_first_posterior(*self._grids), n_sessions, axis=2)}

    def describe(self, state: VolatilityState) -> dict[str, FloatArray]:
        """Describe the beliefs before the next outcome, by name; float arrays (session,).

        `predicted_right`, `volatility` (v = -I, natural logarithm), each with its standard
        deviation `_sd` under the posterior, and `learning_rate`, the effective one:
        :math:`(E[r | y] - E[r]) / (y - E[r]) = Var[r] / (E[r] (1 - E[r]))` whatever y will be.
        """
        r, log_precision = np.asarray(self.probabilities), np.asarray(self.log_precisions)
        over_k = state["posterior"].sum(axis=1)
        predicted, variance = _moments(over_k.sum(axis=0), r)
        volatility, spread = _moments(over_k.sum(axis=2).T, -log_precision)
        return {
            "predicted_right": predicted,
            "predicted_right_sd": np.sqrt(variance),
            "volatility": volatility,
            "volatility_sd": np.sqrt(spread),
            "learning_rate": variance / (predicted * (1.0 - predicted)),
        }

    def choice_probability(self, state: VolatilityState) -> FloatArray:
        """Probability of left and right; float array (session, 2)."""
        predicted = state["posterior"].sum(axis=1).sum(axis=0) @ np.asarray(self.probabilities)
        return choose_side(predicted, self.inverse_temperature)

    def learn(self, state: VolatilityState, choice: IntArray, reward: FloatArray) -> None:
        """Update the posterior from one trial of every session, as in `BanditLearner`."""
        rows, signal = read_outcome(choice, reward)
        if rows.size == 0:
            return
        r = np.asarray(self.probabilities)
        likelihood = np.where(signal[:, None] == 1, r, 1.0 - r)
        if rows.size == state["posterior"].shape[2]:  # as a rule: no copy
            state["posterior"] = _move(state["posterior"] * likelihood, *self._grids)
        else:
            state["posterior"][:, :, rows] = _move(
                state["posterior"][:, :, rows] * likelihood, *self._grids
            )

    @property
    def _grids(self) -> tuple[Grid, Grid, Grid]:
        return self.probabilities, self.log_precisions, self.log_steps


@labelled
def compute_bayesian_volatility(
    recording: xr.Dataset, learner: BayesianVolatility | None = None
) -> xr.Dataset:
    """Compute what the learner would have believed in each trial of a recording.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` on `trial`, with coordinates `subject`,
        `session` and `trial_in_session`.
    learner : BayesianVolatility, optional
        By default one with the grids of Behrens et al.

    Returns
    -------
    xarray.Dataset
        On `trial`, before the trial's outcome: `predicted_right` (0 to 1), `predicted_right_sd`,
        `volatility` (v, natural logarithm), `volatility_sd`, `learning_rate` (0 to 1).

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a session lacks trials, or as `read_trials`.

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214. Wang et al. (2018), Nature Neuroscience
    21:860, Fig. 3a.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.volatility import VolatileBandit
    >>> observer, task = pfc.analysis.HazardObserver(), VolatileBandit("stable_first")
    >>> recording = pfc.simulate(observer, task, sessions=1, seed=1, subject="observer")
    >>> beliefs = pfc.analysis.compute_bayesian_volatility(recording)
    >>> for half, trials in {"stable": slice(20, 100), "volatile": slice(120, 200)}.items():
    ...     print(f"{half}: {float(beliefs['learning_rate'].isel(trial=trials).mean()):.2f}")
    stable: 0.08
    volatile: 0.14

    The learner updates its belief more in the volatile half.
    """
    return replay_side_learner(learner or BayesianVolatility(), recording, sessions_at_once=16)


@lru_cache(maxsize=8)
def _precision_transition(log_precisions: Grid, log_steps: Grid) -> FloatArray:
    """Compute P(I' | I, k), array (k, I', I); columns sum to one over I'."""
    i, step = np.asarray(log_precisions), np.exp(np.asarray(log_steps))[:, None, None]
    distance = (i[:, None] - i[None, :]) / step
    table = np.exp(-0.5 * distance**2)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


@lru_cache(maxsize=8)
def _probability_transition(probabilities: Grid, log_precisions: Grid) -> FloatArray:
    """Compute P(r' | r, I'), array (I', r, r'); rows sum to one over r'."""
    r = np.asarray(probabilities)
    precision = np.exp(np.asarray(log_precisions))[:, None, None]
    # The normalising constant of Beta cancels when the row is made to sum to one.
    log_density = precision * (r[:, None] * np.log(r) + (1.0 - r[:, None]) * np.log1p(-r))
    table = np.exp(log_density - log_density.max(axis=2, keepdims=True))
    return np.asarray(table / table.sum(axis=2, keepdims=True))


@lru_cache(maxsize=8)
def _first_posterior(probabilities: Grid, log_precisions: Grid, log_steps: Grid) -> FloatArray:
    """Compute the prior after one transition, array (I, k, 1, r)."""
    shape = (len(log_precisions), len(log_steps), 1, len(probabilities))
    flat = np.full(shape, 1.0 / np.prod(shape))
    return _move(flat, probabilities, log_precisions, log_steps)


def _move(
    posterior: FloatArray, probabilities: Grid, log_precisions: Grid, log_steps: Grid
) -> FloatArray:
    """Move the posterior (I, k, session, r) to the next trial, first in I and then in r."""
    n_i, n_k, n_sessions, n_r = posterior.shape
    flat = posterior.reshape(n_i, n_k, n_sessions * n_r)
    moved = np.empty_like(flat)
    # Products of two matrices at a time, since numpy uses BLAS for these only.
    for k, transition in enumerate(_precision_transition(log_precisions, log_steps)):
        moved[:, k] = transition @ flat[:, k]
    rows = moved.reshape(n_i, n_k * n_sessions, n_r)
    result = rows @ _probability_transition(probabilities, log_precisions)
    result = result.reshape(posterior.shape)
    result /= result.sum(axis=3, keepdims=True).sum(axis=(0, 1), keepdims=True)
    return np.asarray(result)


def _moments(weight: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute mean and variance of values under weights (session, value) that sum to one."""
    mean = weight @ values
    variance = np.sum(weight * (values - mean[:, None]) ** 2, axis=1)
    return mean, variance
