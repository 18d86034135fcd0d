"""Permute whole sessions, or shift time, for null distributions of activity that drifts.

Activity drifts and depends on earlier trials; so do choices and values. Trials are then not
exchangeable, and a test that permutes them finds "nonsense correlations" (Harris 2021). Two other
things can be exchanged:

* *sessions*: the activity of one session is paired with the task variables of another. Sessions
  are exchangeable if each begins from the same state: sessions of an agent with frozen weights
  whose state is reset, or sessions of one kind of an animal that has learned the task.
* *shifts*: the middle of a session's activity is paired with the task variables some trials
  earlier or later. This is the *linear* shift (Harris 2020), which needs no other session. It
  assumes that the task variables are stationary within the session; activity may drift. A circular
  shift would keep the trials at the ends, but it joins the last trial to the first, and Harris
  found that it fails badly where signals drift.

Between sessions, the residuals on the other predictors are exchanged (Freedman & Lane 1983), so
that coding of another predictor does not widen the null of the tested one. Under shifts the
activity itself is used, for this reason: predictors are correlated across trials, so residuals on
unshifted predictors would lack a part that shifted predictors explain, and p of slow predictors
would be too small. With the activity itself p is valid (Harris 2020) if the unit codes none of the
predictors. If it codes others, p of a slow predictor may be too large or, if the activity drifts as
well, too small (in simulations, 12 % of units at the 5 % level).

All sums of products of a session's activity with each possible partner are one matrix product; a
permutation adds one of these sums for each session.

References
----------
Harris (2021), Nonsense correlations in neuroscience, bioRxiv 2020.11.29.402719. Harris (2020), A
shift test for independence in generic time series, arXiv 2012.06862. Freedman & Lane (1983),
Journal of Business & Economic Statistics 1:292.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.row_blocks import Rows

FEWEST_SESSIONS = 5
"""Five sessions have 120 orders; four have 24, too few for p below 0.05."""

FEWEST_ORDERS = 40
"""With fewer combinations of shifts no p can be well below 0.05."""

LARGEST_SHIFT = 200
"""Trials; larger shifts take more memory and add little."""

ONE_THREAD = 2**18
"""Multiplications up to which BLAS uses one thread. Sharing a small product among threads takes
longer than the product while other processes keep the cores busy."""

ROWS = 8
"""Fewest rows that are multiplied at a time."""

SUM_VALUES = 2**22
"""Sums over permutations that are held at a time, 32 MiB."""


@dataclass(frozen=True)
class Pairing:
    """Which trials' activity is paired with which trials' task variables.

    Attributes
    ----------
    rows : sequence of integer arrays (trial,)
        Per session, the trials whose activity enters.
    partners : sequence of integer arrays (partner, trial)
        Per session, the trials whose task variables these may be paired with, one by one.
    drawn : integer array (permutation, session)
        Which partner each permutation takes.
    of_residuals : bool
        Whether residuals of the activity on the other predictors enter, instead of the activity.
    """

    rows: Sequence[IntArray]
    partners: Sequence[IntArray]
    drawn: IntArray
    of_residuals: bool

    def mark(self, n_trials: int) -> BoolArray:
        """Mark the trials whose activity enters; boolean array (trial,)."""
        entering = np.zeros(n_trials, dtype=np.bool_)
        entering[np.concatenate(self.rows)] = True
        return entering


def pair_sessions(
    sessions: Sequence[IntArray], generator: np.random.Generator, n_permutations: int
) -> Pairing:
    """Pair each session's activity with the task variables of another session.

    Parameters
    ----------
    sessions : sequence of integer arrays (trial,)
        Trials of each session, in order. All are cut to the first trials, as many as the shortest
        session has.
    generator : numpy.random.Generator
        Source of permutations; all orders are equally likely, including the recorded one.
    n_permutations : int
        Permutations.

    Raises
    ------
    AnalysisError
        If there are fewer than `FEWEST_SESSIONS`.
    """
    n = len(sessions)
    if n < FEWEST_SESSIONS:
        raise AnalysisError(
            f"session: found {n} session(s) with usable trials, expected at least "
            f"{FEWEST_SESSIONS} to be permuted; use null='shift', which shifts activity within its "
            "session"
        )
    shortest = min(len(trials) for trials in sessions)
    cut = np.array([trials[:shortest] for trials in sessions])
    drawn = generator.permuted(np.tile(np.arange(n), (n_permutations, 1)), axis=1)
    return Pairing(list(cut), [cut] * n, drawn, of_residuals=True)


def pair_shifts(
    sessions: Sequence[IntArray],
    generator: np.random.Generator,
    n_permutations: int,
    largest: int | None = None,
) -> Pairing:
    """Pair the middle of each session's activity with task variables before and after.

    Parameters
    ----------
    sessions : sequence of integer arrays (trial,)
        Trials of each session, in order.
    generator : numpy.random.Generator
        Source of shifts, drawn separately for each session; all, including 0, are equally likely.
    n_permutations : int
        Permutations.
    largest : int, optional
        Largest shift, in trials, in either direction. Of as many trials at each end of a session
        only the task variables are used. By default a fifth of the session, at most
        `LARGEST_SHIFT`.

    Raises
    ------
    AnalysisError
        If a session is too short for the largest shift, or shifts are too few for a test.
    """
    rows, partners, reach_of = [], [], []
    for trials in sessions:
        reach = min(len(trials) // 5, LARGEST_SHIFT) if largest is None else largest
        kept = len(trials) - 2 * reach
        if reach < 0 or kept < 1:
            raise AnalysisError(
                f"largest_shift: found {reach} for a session of {len(trials)} trial(s), expected "
                "a number from 0 to less than half the session's trials; choose a smaller one"
            )
        rows.append(trials[reach : reach + kept])
        partners.append(np.lib.stride_tricks.sliding_window_view(trials, kept))
        reach_of.append(reach)
    reaches = np.array(reach_of)
    n_orders = float(np.prod(2.0 * reaches + 1))
    if n_orders < FEWEST_ORDERS:
        raise AnalysisError(
            f"largest_shift: found {n_orders:g} combination(s) of shifts over {len(sessions)} "
            f"session(s), expected at least {FEWEST_ORDERS}; use longer sessions, or a larger "
            "largest_shift"
        )
    drawn = generator.integers(0, 2 * reaches + 1, size=(n_permutations, len(sessions)))
    return Pairing(rows, partners, drawn, of_residuals=False)


def sum_paired_designs(pairing: Pairing, design: FloatArray, used: BoolArray) -> FloatArray:
    """Sum products of the task variables that activity is paired with, for each permutation.

    Parameters
    ----------
    pairing : Pairing
        Which trials are paired.
    design : float array (trial, column)
        Task variables, column 0 the intercept; all 0 where not `used`.
    used : boolean array (trial,)
        Trials that have activity and task variables. A pair of trials enters if both are used.

    Returns
    -------
    float array (permutation, column, column)
        `Moments.xx`.
    """
    n_permutations, n_columns = len(pairing.drawn), design.shape[1]
    total = np.zeros((n_permutations, n_columns**2))
    products: dict[tuple[int, bytes], FloatArray] = {}
    for i, met in _iterate_designs(pairing, design):
        present = used[pairing.rows[i]]
        chosen, drawn = _keep_drawn(met, pairing.drawn[:, i])
        if len(chosen) < len(met):
            _add_drawn(total, (chosen * present) @ chosen.swapaxes(1, 2), drawn)
            continue
        # Sessions that share their partners and lack the same trials share the products.
        known = id(pairing.partners[i]), present.tobytes()
        if known not in products:
            products = {known: (met * present) @ met.swapaxes(1, 2)}
        _add_drawn(total, products[known], pairing.drawn[:, i])
    return total.reshape(n_permutations, n_columns, n_columns)


def sum_paired_responses(pairing: Pairing, responses: Rows, design: FloatArray) -> FloatArray:
    """Sum products of activity and the task variables it is paired with, for each permutation.

    Parameters
    ----------
    pairing : Pairing
        Which trials are paired.
    responses : float array (trial, unit)
        Activity; 0 where not used. In memory, or read session by session.
    design : float array (trial, column)
        Task variables, column 0 the intercept; all 0 where not used.

    Returns
    -------
    float array (permutation, column, unit)
        `Moments.xy`.
    """
    n_permutations, n_columns = len(pairing.drawn), design.shape[1]
    width = max(1, SUM_VALUES // (n_permutations * n_columns))
    parts = []
    for start in range(0, responses.shape[1], width):
        n_units = min(width, responses.shape[1] - start)
        total = np.zeros((n_permutations, n_columns * n_units))
        for i, met in _iterate_designs(pairing, design):
            y = np.ascontiguousarray(responses[pairing.rows[i]][:, start : start + width])
            met, drawn = _keep_drawn(met, pairing.drawn[:, i])
            _add_drawn(total, _multiply(met.reshape(-1, len(y)), y), drawn)
        parts.append(total.reshape(n_permutations, n_columns, -1))
    return np.concatenate(parts, axis=-1)


def sum_paired_squares(pairing: Pairing, responses: Rows, used: BoolArray) -> FloatArray:
    """Sum squares of activity over the trials that are paired with a trial in use.

    Parameters
    ----------
    pairing : Pairing
        Which trials are paired.
    responses : float array (trial, unit)
        Activity; 0 where not used. In memory, or read session by session.
    used : boolean array (trial,)
        As for `sum_paired_designs`.

    Returns
    -------
    float array (permutation, unit)
        `Moments.yy`.
    """
    total = np.zeros((len(pairing.drawn), responses.shape[1]))
    for i, met in _iterate_partners(pairing, used):
        squares = responses[pairing.rows[i]] ** 2
        if len(met) == 1:  # the same sum whichever partner is drawn
            total += met[0] @ squares
        else:
            met, drawn = _keep_drawn(met, pairing.drawn[:, i])
            _add_drawn(total, _multiply(met, squares), drawn)
    return total


def find_lacking(pairing: Pairing, used: BoolArray) -> bool:
    """Find whether sums of squares differ with the partner, since some trials lack values."""
    return any(len(met) > 1 for _, met in _iterate_partners(pairing, used))


def _iterate_partners(pairing: Pairing, used: BoolArray) -> Iterator[tuple[int, FloatArray]]:
    """Iterate over sessions with the trials in use (1 or 0) of their partners (partner, trial).

    Of partners that are all in use in the same trials, there is one row.
    """
    last, met = None, np.empty((0, 0))
    for i, partners in enumerate(pairing.partners):
        if partners is not last:
            last, present = partners, used[partners]
            met = (present[:1] if (present == present[0]).all() else present).astype(np.float64)
        yield i, met


def _multiply(left: FloatArray, right: FloatArray) -> FloatArray:
    """Multiply (row, trial) by (trial, unit), a few rows at a time."""
    n_rows, n_trials = left.shape
    n_units = right.shape[1]
    step = min(n_rows, max(ROWS, ONE_THREAD // (n_trials * n_units)))
    whole = n_rows - n_rows % step
    product = np.empty((n_rows, n_units))
    blocks = left[:whole].reshape(-1, step, n_trials)
    np.matmul(blocks, right, out=product[:whole].reshape(-1, step, n_units))
    np.matmul(left[whole:], right, out=product[whole:])
    return product


def _iterate_designs(pairing: Pairing, design: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    """Iterate over sessions with the task variables of their partners (partner, column, trial)."""
    last, met = None, np.empty(0)
    for i, partners in enumerate(pairing.partners):
        if partners is not last:
            last, met = partners, np.ascontiguousarray(design[partners].swapaxes(1, 2))
        yield i, met


def _keep_drawn(met: FloatArray, drawn: IntArray) -> tuple[FloatArray, IntArray]:
    """Keep the partners (partner, ...) that a permutation draws, where most are drawn in none."""
    if len(met) <= len(drawn):
        return met, drawn
    chosen, place = np.unique(drawn, return_inverse=True)
    return met[chosen], place


def _add_drawn(total: FloatArray, blocks: FloatArray, drawn: IntArray) -> None:
    """Add to each permutation's total (permutation, ...) the block of the partner it drew."""
    _add_rows(total, blocks.reshape(-1, total.shape[1]), drawn)


@njit(cache=True)
def _add_rows(total, blocks, drawn):  # type: ignore[no-untyped-def]
    for p in range(len(drawn)):
        row = blocks[drawn[p]]
        for k in range(total.shape[1]):
            total[p, k] += row[k]
