"""How many problems of serial reversal are learned in a hundred choices?

Trials to criterion are undefined for a problem that was not learned. The number of problems learned
in a hundred choices is defined for every subject: about 0 at chance, 100 / `window` at best.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.learning.learning_criterion import LearningCriterion
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.session_sums import estimate_clustered_mean
from pfc_analysis.analysis.trials.problem_trials import ProblemTrials, read_problems

_RATE, _ERRORS = "problem_rate", "errors_per_reversal"
_PARTS = ("", "_lower", "_upper")


@labelled
def compute_problem_rate(
    recording: xr.Dataset, criterion: int = 17, window: int = 20
) -> xr.Dataset:
    r"""Compute the problems learned in a hundred choices, and the errors that each took.

    Over the sessions :math:`s` of a subject,

    .. math:: 100 \, \frac{\sum_s \text{problems learned}_s}{\sum_s \text{choices}_s}

    where choices count until their problem is learned; in problems that are never learned, all
    choices count. Sessions are taken as independent, each with problems of its own, as for agents,
    which forget between sessions. The end of a session cuts its last problem short, which lowers
    the rate by up to one problem a session: compare sessions of one length with many problems.

    Parameters
    ----------
    recording : xarray.Dataset
        `correct` (1, 0, -1 where there was no choice) and `reversal_number` (0, 1, ...; -1 in
        trials that belong to no problem) on `trial`, with `subject`, `session` and
        `trial_in_session`.
    criterion, window : int
        A problem is learned at the first trial with `criterion` of the last `window` correct.

    Returns
    -------
    xarray.Dataset
        On `subject`: `problem_rate`, problems learned in a hundred choices (NaN without a choice);
        `errors_per_reversal`, mean number of wrong choices until a problem was learned, of those
        learned after a reversal (NaN where there are none); both with `_lower` and `_upper`, 95 %
        intervals by Student's t over sessions (NaN for fewer than two); `n_choices` and
        `n_learned`. Where reward is certain, a subject that repeats rewarded choices and changes
        unrewarded ones makes one error in each reversal.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a setting or a value is impossible.
    EmptySelectionError
        If no trial of a problem is left.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.3, for the interval of a ratio.

    Examples
    --------
    Two sessions, in each of which a first problem takes 12 choices and its reversal 10:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> one_session = [0] * 3 + [1] * 9 + [0] + [1] * 9
    >>> recording = xr.Dataset(
    ...     {
    ...         "correct": ("trial", one_session * 2),
    ...         "reversal_number": ("trial", np.tile(np.repeat([0, 1], [12, 10]), 2)),
    ...     },
    ...     {
    ...         "subject": ("trial", ["agent"] * 44),
    ...         "session": ("trial", np.repeat([0, 1], 22)),
    ...         "trial_in_session": ("trial", np.tile(np.arange(22), 2)),
    ...     },
    ... )
    >>> result = pfc.analysis.compute_problem_rate(recording, criterion=9, window=10)
    >>> print(f"{result['problem_rate'].item():.1f} problems in a hundred choices")
    9.1 problems in a hundred choices
    >>> print(f"{result['errors_per_reversal'].item():.1f} errors a reversal")
    1.0 errors a reversal
    """
    rule = LearningCriterion(criterion, window)
    problems = read_problems(recording, across_sessions=False)
    spent = _count_choices(problems, rule)
    rows = [
        _measure(problems, spent, problems.subject == row) for row in range(len(problems.subjects))
    ]
    result = xr.Dataset(
        {name: ("subject", [row[name] for row in rows]) for name in rows[0]},
        {"subject": list(problems.subjects)},
    )
    for part in _PARTS:
        result[f"{_RATE}{part}"].attrs["units"] = "problems per 100 choices"
    result.attrs = problems.counts() | {
        "criterion": str(rule),
        "interval": "95 %, Student's t over sessions",
    }
    return result


class _Spent(NamedTuple):
    """What each problem took until it was learned, or in all if it never was.

    Attributes
    ----------
    choices, errors : integer arrays (problem,)
        Choices, and those that were wrong.
    learned : boolean array (problem,)
        Whether the problem was learned.
    """

    choices: IntArray
    errors: IntArray
    learned: BoolArray


def _count_choices(problems: ProblemTrials, rule: LearningCriterion) -> _Spent:
    took = rule.find_trials(problems.correct)
    sizes = np.array([correct.size for correct in problems.correct])
    choices = np.minimum(took, sizes).astype(np.int64)
    total = np.append(0, np.cumsum(np.concatenate(problems.correct)))
    start = np.cumsum(sizes) - sizes
    errors = choices - (total[start + choices] - total[start])
    return _Spent(choices, errors, np.isfinite(took))


def _measure(problems: ProblemTrials, spent: _Spent, own: BoolArray) -> dict[str, float]:
    """Compute rate and errors of one subject's problems, those marked `own`."""
    choices, errors, learned = spent
    # One value a choice: 1 with the last choice of a problem that is learned, 0 with all others.
    ends = np.zeros(choices[own].sum())
    ends[(np.cumsum(choices[own]) - 1)[learned[own]]] = 1.0
    session = np.repeat(problems.session[own], choices[own])
    rate = 100.0 * np.array(estimate_clustered_mean(ends, session))
    reversed_ = own & learned & (problems.number > 0)
    mean_errors = estimate_clustered_mean(
        errors[reversed_].astype(np.float64), problems.session[reversed_]
    )
    table = dict(zip((f"{_RATE}{part}" for part in _PARTS), rate, strict=True))
    # A rate cannot be below 0.
    table[f"{_RATE}_lower"] = float(np.maximum(table[f"{_RATE}_lower"], 0.0))
    table |= dict(zip((f"{_ERRORS}{part}" for part in _PARTS), mean_errors, strict=True))
    return table | {"n_choices": int(ends.size), "n_learned": int(ends.sum())}
