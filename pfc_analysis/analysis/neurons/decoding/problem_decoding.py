"""Can the paying side and image be read from hidden states in problems never seen before?

Images are not shown again in other problems, so no classifier can be fitted to single images. It
can be fitted to features of images, such as their mean colour: ridge regressions decode from states
the features of the image that pays and of the other one. Of a problem's two images, the one whose
features fit the decoded ones better is taken as the paying one. At a step without an image on the
screen, the decoded features come from memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray, NumberArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.decoding.decoding_scores import estimate_r_squared, find_shared
from pfc_analysis.analysis.neurons.decoding.problem_regressions import (
    TARGETS,
    compare_images,
    decode_folds,
    find_middle,
    share_right,
    split_target,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.row_blocks import as_slice
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.analysis.trials.choice_trials import check_values, read_variable

IMAGES = ("rewarded", "other")

MIN_PER_FOLD = 2
"""Fewest sessions in each fold that reached a step, for the step to be decoded."""


@labelled
def decode_problem(
    recording: xr.Dataset,
    rewarded_features: npt.ArrayLike,
    other_features: npt.ArrayLike,
    *,
    n_trials: int = 6,
    n_folds: int = 5,
    penalty: float = 0.1,
) -> xr.Dataset:
    r"""Decode the paying side, and the paying image, at every step of every trial of a problem.

    At each step ridge regressions are fitted from hidden states :math:`h` to the paying side (-1 or
    1) and to the features :math:`g` of the image that pays and :math:`o` of the other, each scaled
    to unit variance. They are applied to other sessions than they were fitted to, and decode how
    far each target is from its mean. The sign of that is the decoded side. Of a problem's two
    images, the decoded paying image is the one for which

    .. math:: |\hat g - g|^2 / \sigma_g^2 + |\hat o - o|^2 / \sigma_o^2

    is less, where :math:`\sigma^2` is the variance that the regressions leave unexplained. States
    that do not represent which image pays give chance, 0.5, even if they represent both images.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden` on (`trial`, `step`, `unit`), NaN at steps that were not reached; `rewarded_side`
        (0 left, 1 right) on `trial`, with coordinates `subject`, `session` (a problem) and
        `trial_in_session`. Of a large file, the states of one subject's first `n_trials` trials of
        each problem are in memory at a time.
    rewarded_features, other_features : array_like (trial, feature)
        Of the image that pays and of the other one, in trials of the recording.
    n_trials : int
        Trials of a problem; later ones are left out.
    n_folds : int
        Number of parts of a subject's sessions, at least 2; each is decoded by regressions fitted
        to the others.
    penalty : float
        Penalty of the ridge regression, in units of the states' mean variance, above 0.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial`, `step`), trials counted from 1; NaN where fewer than
        `MIN_PER_FOLD` sessions in each fold reached the step, or only one side paid in them:

        - `accuracy`, also on `target` ("rewarded_side", "rewarded_image"), the share of sessions
          decoded correctly, with `accuracy_lower` and `accuracy_upper`, Wilson's 95 % interval; as
          regressions of different folds share most of their sessions, the number of sessions is
          divided by 1 + k / (k - 1) for k folds (Nadeau & Bengio 2003);
        - `r_squared`, also on `image` ("rewarded", "other"), the share of its features' variance
          that is decoded, below 0 where the mean would predict them better, with
          `r_squared_lower` and `r_squared_upper`, a 95 % interval over sessions (linearised);
        - `n_sessions`.

    Raises
    ------
    MissingVariableError
        If the recording has no `hidden`, or lacks another variable.
    AnalysisError
        If features are not finite or not one row a trial, a side is neither 0 nor 1, states are
        infinite or missing in part of the units, or a setting is out of range.

    References
    ----------
    Nadeau & Bengio (2003), Machine Learning 52:239.

    Examples
    --------
    Made-up states of 80 problems of two trials, in which one unit follows the paying side:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> import xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> side = rng.integers(0, 2, 160)
    >>> hidden = rng.normal(size=(160, 1, 5))
    >>> hidden[:, 0, 0] += 4 * side
    >>> recording = xr.Dataset(
    ...     {"rewarded_side": ("trial", side), "hidden": (("trial", "step", "unit"), hidden)},
    ...     {
    ...         "subject": ("trial", ["a"] * 160),
    ...         "session": ("trial", np.arange(160) // 2),
    ...         "trial_in_session": ("trial", np.arange(160) % 2),
    ...         "step": ["choice"],
    ...     },
    ... )
    >>> images = rng.normal(size=(2, 160, 3))  # features of the image that pays, and of the other
    >>> decoded = pfc.analysis.decode_problem(recording, images[0], images[1], n_trials=2)
    >>> accuracy = decoded["accuracy"].sel(subject="a", step="choice").mean("trial")
    >>> for target in ("rewarded_side", "rewarded_image"):
    ...     print(f"{target}: {float(accuracy.sel(target=target)):.1f}")
    rewarded_side: 1.0
    rewarded_image: 0.5

    The paying side is decoded; which image pays is at chance, 0.5.
    """
    _check_settings(n_trials, n_folds, penalty)
    problems = _read_problems(recording, rewarded_features, other_features)
    names = list(dict.fromkeys(problems.subject.tolist()))
    parts = [
        _decode_subject(problems, problems.subject == name, n_trials, n_folds, penalty)
        for name in names
    ]
    result = xr.concat(parts, dim=xr.Variable("subject", names))
    result = result.assign_coords(
        step=recording["step"].values.astype(str), trial=np.arange(1, n_trials + 1)
    )
    result.attrs = {"n_folds": n_folds, "penalty": float(penalty), "chance": 0.5}
    result.attrs["interval"] = (
        "95 %; accuracy: Wilson's score, corrected for shared folds (Nadeau and Bengio 2003); "
        "r_squared: linearised, over sessions"
    )
    return result


@dataclass(frozen=True)
class _Problems:
    """Arrays on trial: states (trial, step, unit), perhaps in a file, and what is decoded.

    `target` is (trial, 1 + 2 features): the side as -1 or 1, features of the image that pays,
    features of the other.
    """

    subject: NumberArray
    session: NumberArray
    position: NumberArray
    hidden: xr.DataArray
    target: FloatArray


def _check_settings(n_trials: int, n_folds: int, penalty: float) -> None:
    if n_trials < 1:
        raise AnalysisError(f"n_trials: found {n_trials}, expected at least 1")
    if n_folds < 2:
        raise AnalysisError(f"n_folds: found {n_folds}, expected at least 2")
    if not penalty > 0:
        raise AnalysisError(f"penalty: found {penalty!r}, expected a number above 0")


def _read_problems(
    recording: xr.Dataset, rewarded: npt.ArrayLike, other: npt.ArrayLike
) -> _Problems:
    names = ("subject", "session", "trial_in_session", "rewarded_side")
    subject, session, position, side = (read_variable(recording, name) for name in names)
    check_values("rewarded_side", side, np.isin(side, (0, 1)), "0 (left) or 1 (right)")
    if "hidden" not in recording or set(recording["hidden"].dims) != {"trial", "step", "unit"}:
        found = listed(recording["hidden"].dims) if "hidden" in recording else "none"
        raise MissingVariableError(
            f"hidden: found {found}, expected hidden states on (trial, step, unit); record with "
            "units (units=True). For neurons, put their rates at these steps there."
        )
    hidden = recording["hidden"].transpose("trial", "step", "unit")
    features = [_read_features(x, subject.size) for x in (rewarded, other)]
    if features[0].shape != features[1].shape:
        raise AnalysisError(
            f"features: found {features[0].shape[1]} of the image that pays and "
            f"{features[1].shape[1]} of the other, expected as many of both"
        )
    spread = np.concatenate(features).std(axis=0)
    spread[spread == 0] = 1.0
    target = np.column_stack([2.0 * side - 1.0, *(each / spread for each in features)])
    return _Problems(subject.astype(str), session, position, hidden, target)


def _read_features(features: npt.ArrayLike, n_trials: int) -> FloatArray:
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or len(table) != n_trials or not np.isfinite(table).all():
        raise AnalysisError(
            f"features: found shape {table.shape} with {int(np.sum(~np.isfinite(table)))} value(s) "
            f"that are not finite numbers, expected ({n_trials}, feature), one row for each trial"
        )
    return table


def _read_states(hidden: xr.DataArray, rows: IntArray) -> tuple[NumberArray, BoolArray]:
    """Read states (row, step, unit) of some trials, and which steps were reached (row, step)."""
    states = hidden.isel(trial=as_slice(rows)).values
    reached = ~np.isnan(states).all(axis=-1)
    if not np.isfinite(states[reached]).all():
        raise AnalysisError(
            "hidden: found states that are infinite, or missing in part of the units, expected "
            "finite numbers, or NaN in all units at steps that were not reached"
        )
    return states, reached


def _decode_subject(
    problems: _Problems, own: BoolArray, n_trials: int, n_folds: int, penalty: float
) -> xr.Dataset:
    # Sessions are assigned to folds in turn.
    fold = np.unique(problems.session[own], return_inverse=True)[1] % n_folds
    fold = fold[problems.position[own] < n_trials]
    own = own & (problems.position < n_trials)
    states, reached = _read_states(problems.hidden, np.flatnonzero(own))
    position, all_targets = problems.position[own], problems.target[own]
    n_steps = states.shape[1]
    shape = (n_trials, n_steps)
    accuracy = np.full((*shape, len(TARGETS), 3), np.nan)
    r_squared = np.full((*shape, len(IMAGES), 3), np.nan)
    n_sessions = np.zeros(shape, np.int64)
    for trial, step in np.ndindex(shape):
        rows = np.flatnonzero((position == trial) & reached[:, step])
        n_sessions[trial, step] = rows.size
        target = all_targets[rows]
        if rows.size < MIN_PER_FOLD * n_folds or np.unique(target[:, 0]).size < 2:
            continue
        here = states[rows, step].astype(np.float64)
        decoded, noise = decode_folds(here, target, fold[rows], n_folds, penalty)
        scores = compare_images(decoded, target, noise, find_middle(target))
        accuracy[trial, step] = _count_right(scores, n_folds)
        r_squared[trial, step] = _explain(decoded, target)
    dims = ("trial", "step")
    result = xr.Dataset({"n_sessions": (dims, n_sessions)})
    for i, end in enumerate(("", "_lower", "_upper")):
        result[f"accuracy{end}"] = ((*dims, "target"), accuracy[..., i])
        result[f"r_squared{end}"] = ((*dims, "image"), r_squared[..., i])
    return result.assign_coords(target=list(TARGETS), image=list(IMAGES))


def _count_right(scores: FloatArray, n_folds: int) -> FloatArray:
    """Compute the share of rows decoded correctly, (target, 3): estimate and interval."""
    share = share_right(scores)
    n_effective = np.full(2, scores.shape[1] / find_shared(n_folds))
    return np.stack([share, *wilson_interval(share, n_effective)], axis=-1)


def _explain(decoded: FloatArray, target: FloatArray) -> FloatArray:
    """Compute the decoded share of the features' variance, (image, 3): estimate and interval."""
    from scipy.stats import norm

    found = []
    for true, told in zip(split_target(target)[1:], split_target(decoded)[1:], strict=True):
        away = true - true.mean(axis=0)
        left, there = np.sum((away - told) ** 2, axis=1), np.sum(away**2, axis=1)
        share, error = estimate_r_squared(left, there)  # a row is a session
        reach = norm.ppf(0.975) * error
        found.append((share, share - reach, share + reach))
    return np.array(found)
