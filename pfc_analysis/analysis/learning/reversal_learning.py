"""Does each reversal take fewer trials than the one before? Learning to learn in serial reversal.

A *problem* is the series of trials between two reversals. The first discrimination is number 0, the
problem after the first reversal number 1. A problem is learned when enough of its last trials were
correct (`LearningCriterion`).
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    listed,
)
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.learning.learning_criterion import LearningCriterion
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.bootstrap import bootstrap_mean
from pfc_analysis.analysis.trials.problem_trials import read_problems

QUANTITIES = ("first", "last", "difference", "log_slope")
"""What `compute_reversal_improvement` averages over subjects."""


@labelled
def compute_trials_to_criterion(
    recording: xr.Dataset,
    criterion: int = 17,
    window: int = 20,
    *,
    check_every: int = 1,
    block: int | None = None,
    block_criterion: int = 0,
    across_sessions: bool = True,
) -> xr.Dataset:
    """Count the trials that each problem took until it was learned.

    Parameters
    ----------
    recording : xarray.Dataset
        `correct` (1, 0, -1 where there was no choice) and `reversal_number` (0, 1, ...; -1 in
        trials that belong to no problem) on `trial`, with `subject`, `session` and
        `trial_in_session`. Trials without a choice, and those of no problem, do not count.
    criterion, window : int
        A problem is learned at the first trial with `criterion` of the last `window` correct, of
        trials of this problem.
    check_every : int
        Check only after every so many trials of the problem.
    block, block_criterion : int
        Require also that each of the last blocks of `block` trials, which fill the window, has
        `block_criterion` correct trials; ``block=None`` requires nothing.
    across_sessions : bool
        Whether a problem continues in the next session, as for animals. If not, a session has
        problems of its own (as for agents, which forget between sessions), and those of equal
        number are pooled.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `reversal_number`): `trials_to_criterion`, the median over a subject's
        problems of that number, counting those that it never learned as longer than all others
        (NaN where half or more were not); `lower` and `upper`, a 95 % interval of the median from
        order statistics, which makes no assumption about their distribution (NaN for fewer than 6
        problems, and so for animals, which have one problem of each number; infinite where it
        includes problems never learned); `trials_given`, the median number of trials of learned
        and unlearned problems; `n_problems`, begun, and `n_learned`. If sessions end after a number
        of trials, only the faster ones reach the later numbers: compare numbers that (nearly) all
        sessions begin.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a setting or a value is impossible, or the number of reversals decreases within a subject
        although problems continue across sessions.
    EmptySelectionError
        If no trial of a problem is left.

    References
    ----------
    Logan et al. (2023), Peer Community Journal: 17 of 20, looked at after every ten trials, with 8
    or more in each ten (``check_every=10, block=10, block_criterion=8``).

    Examples
    --------
    An animal learns a first problem in 12 trials, and its reversal in 10:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> correct = np.array([0] * 3 + [1] * 9 + [0] + [1] * 9)
    >>> recording = xr.Dataset(
    ...     {
    ...         "correct": ("trial", correct),
    ...         "reversal_number": ("trial", np.repeat([0, 1], [12, 10])),
    ...     },
    ...     {
    ...         "subject": ("trial", ["bird"] * 22),
    ...         "session": ("trial", [0] * 22),
    ...         "trial_in_session": ("trial", np.arange(22)),
    ...     },
    ... )
    >>> result = pfc.analysis.compute_trials_to_criterion(recording, criterion=9, window=10)
    >>> print(result["trials_to_criterion"].sel(subject="bird").values)
    [12. 10.]
    """
    rule = LearningCriterion(criterion, window, check_every, block, block_criterion)
    problems = read_problems(recording, across_sessions)
    took = rule.find_trials(problems.correct)
    given = np.array([correct.size for correct in problems.correct])
    numbers = np.unique(problems.number)
    cells = np.full((len(_CELLS), len(problems.subjects), numbers.size), np.nan)
    for row, column in np.ndindex(cells.shape[1:]):
        here = (problems.subject == row) & (problems.number == numbers[column])
        cells[:, row, column] = _summarise(took[here], given[here])
    on = ("subject", "reversal_number")
    result = xr.Dataset(
        {name: (on, cells[index]) for index, name in enumerate(_CELLS)},
        {"subject": list(problems.subjects), "reversal_number": numbers},
    )
    for name in ("n_problems", "n_learned"):
        result[name] = result[name].astype(np.int64)
    result.attrs = problems.counts() | {
        "criterion": str(rule),
        "problems": "go on across sessions" if across_sessions else "end with their session",
        "interval": "95 %, order statistics of the median over a subject's problems",
    }
    return result


@labelled
def compute_reversal_improvement(
    result: xr.Dataset,
    rng: np.random.Generator | int,
    *,
    variable: str = "trials_to_criterion",
    first: int = 1,
    leave_out_last: int = 0,
    n_resamples: int = 10_000,
) -> xr.Dataset:
    """Compare the first reversal with the last, and estimate the trend between them.

    Parameters
    ----------
    result : xarray.Dataset
        Of `compute_trials_to_criterion`. Subjects with fewer than two problems from `first` on are
        left out, as `n_left_out` says.
    rng : numpy.random.Generator or int
        For the bootstrap; the same seed gives the same intervals.
    variable : {"trials_to_criterion", "trials_given"}
        The quantity compared. NaN, where a problem was not learned, is left out.
    first : int
        Reversal number to begin with; 0 is the first discrimination, which is not a reversal.
    leave_out_last : int
        Number of last problems of each subject to leave out. Subjects that are stopped once they
        are fast have short last problems by selection; `compute_reversal_order` allows for that.
    n_resamples : int
        Draws of the bootstrap.

    Returns
    -------
    xarray.Dataset
        On `subject`: `first` and `last` (trials of the first problem and of the subject's own last
        one), `difference` (last minus first), `log_slope` (change of the natural logarithm of
        trials with each reversal, by least squares within the subject) and `n_reversals`. On
        `quantity` (`QUANTITIES`): `mean`, `lower` and `upper`, its 95 % interval by a bootstrap-t
        over subjects (NaN for fewer than 4), and `n_subjects`. A difference or slope below 0 means
        learning to learn.

    Raises
    ------
    MissingVariableError
        If the dataset is not a result of `compute_trials_to_criterion`.
    AnalysisError
        If a setting is impossible.
    EmptySelectionError
        If no subject has two problems.

    Examples
    --------
    Trials that each of five animals took for the first discrimination and three reversals, as
    `compute_trials_to_criterion` returns them:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> trials = [
    ...     [30, 60, 40, 30], [25, 70, 50, 30], [35, 80, 40, 40], [20, 50, 45, 20], [30, 65, 50, 25]
    ... ]
    >>> dims = ("subject", "reversal_number")
    >>> animals = {"subject": ["a", "b", "c", "d", "e"], "reversal_number": range(4)}
    >>> counts = xr.Dataset(
    ...     {
    ...         "trials_to_criterion": (dims, np.array(trials, dtype=float)),
    ...         "trials_given": (dims, np.array(trials, dtype=float)),
    ...         "n_problems": (dims, np.ones((5, 4), dtype=int)),
    ...         "n_learned": (dims, np.ones((5, 4), dtype=int)),
    ...     },
    ...     animals,
    ... )
    >>> rng = np.random.default_rng(0)
    >>> result = pfc.analysis.compute_reversal_improvement(counts, rng)
    >>> print(result["difference"].values)
    [-30. -40. -40. -30. -40.]

    The last reversal took fewer trials than the first, in all animals.
    """
    rng = as_generator(rng, "rng")
    sequences = read_sequences(result, variable, first, leave_out_last)
    rows = [
        {
            "first": trials[0],
            "last": trials[-1],
            "difference": trials[-1] - trials[0],
            "log_slope": compute_log_slope(number, trials),
        }
        for number, trials in sequences.values()
    ]
    table = {name: np.array([row[name] for row in rows], np.float64) for name in QUANTITIES}
    means = np.array([bootstrap_mean(table[name], rng, n_resamples) for name in QUANTITIES])
    improvement = xr.Dataset(
        {name: ("subject", values) for name, values in table.items()}
        | {"n_reversals": ("subject", [trials.size for _, trials in sequences.values()])}
        | {
            name: ("quantity", means[:, place])
            for place, name in enumerate(("mean", "lower", "upper"))
        }
        | {"n_subjects": ("quantity", np.full(len(QUANTITIES), len(rows)))},
        {"subject": list(sequences), "quantity": list(QUANTITIES)},
    )
    improvement.attrs = {
        "n_left_out": result.sizes["subject"] - len(rows),
        "interval": "95 %, bootstrap-t over subjects",
    }
    return improvement


def compute_log_slope(number: IntArray, trials: FloatArray) -> FloatArray:
    """Compute the slope of log trials, (..., problem), on reversal number, (problem,)."""
    x = number - number.mean()
    y = np.log(trials)
    # Subtracting the mean affects only rounding: equal trials give a slope of exactly 0.
    return np.asarray((y - y.mean(-1, keepdims=True)) @ x / (x @ x), dtype=np.float64)


def read_sequences(
    result: xr.Dataset, variable: str, first: int = 1, leave_out_last: int = 0
) -> dict[str, tuple[IntArray, FloatArray]]:
    """Read reversal numbers and trials of each subject that has two problems or more.

    Arguments and errors as in `compute_reversal_improvement`.
    """
    if variable not in result or "reversal_number" not in result[variable].dims:
        raise MissingVariableError(
            f"{variable}: the dataset has variables {listed(result.data_vars)}; expected the "
            "result of compute_trials_to_criterion, with this variable on 'reversal_number'"
        )
    if leave_out_last < 0:
        raise AnalysisError(f"leave_out_last: found {leave_out_last}, expected at least 0")
    trials = result[variable].isel(reversal_number=result["reversal_number"].values >= first)
    sequences = {}
    for name in result["subject"].values:
        own = trials.sel(subject=name).dropna("reversal_number")
        own = own.isel(reversal_number=slice(0, max(0, own.size - leave_out_last)))
        if own.size >= 2:
            sequences[str(name)] = (own["reversal_number"].values, own.values)
    if not sequences:
        raise EmptySelectionError(
            f"{variable}: no subject has two problems with a value from reversal {first} on, with "
            f"the last {leave_out_last} left out; expected at least one such subject"
        )
    return sequences


_CELLS = ("trials_to_criterion", "lower", "upper", "trials_given", "n_problems", "n_learned")


def _summarise(took: FloatArray, given: IntArray) -> tuple[float, ...]:
    """Compute the quantities of `_CELLS` for a subject's problems of one number."""
    n, n_learned = took.size, float(np.isfinite(took).sum())
    if n == 0:
        return np.nan, np.nan, np.nan, np.nan, 0.0, 0.0
    lower, upper = _order_interval(np.sort(took))
    middle = float(np.median(took)) if n_learned > n / 2 else np.nan
    return middle, lower, upper, float(np.median(given)), float(n), n_learned


def _order_interval(ordered: FloatArray) -> tuple[float, float]:
    """Compute the 95 % interval of a median from order statistics (Conover 1999, section 3.2)."""
    from scipy.stats import binom

    n = ordered.size
    rank = int(binom.ppf(0.025, n, 0.5))
    if rank < 1 or binom.cdf(rank - 1, n, 0.5) > 0.025:
        return float("nan"), float("nan")
    return float(ordered[rank - 1]), float(ordered[n - rank])
