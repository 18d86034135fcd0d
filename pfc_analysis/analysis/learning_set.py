"""Learning sets: one problem after another, each of a few trials (Wang et al. 2018, Fig. 6).

In the first trial of a problem nothing is known; whoever has learned how such problems go needs no
more than its outcome. So the second trial tells how far learning to learn has come.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from pfc_analysis.analysis.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.trials import NONE, FloatArray, IntArray, check_values, read_variable

N_STAGES = 7
"""Stages of Fig. 6c: six on the way, and the end of training."""

FINAL = "final"


def compute_learning_set(recording: xr.Dataset, n_trials: int = 6) -> xr.Dataset:
    """Compute the proportion of correct choices in each trial of a problem.

    Parameters
    ----------
    recording : xarray.Dataset
        `correct` (1, 0, -1 where the trial was not completed) on `trial`, with coordinates
        `subject`, `session` (a problem) and `trial_in_session`.
    n_trials : int
        Trials of a problem; later ones are left out.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial`), trials counted from 1: `correct`, the proportion of problems in
        which the choice was, with `lower` and `upper`, a 95 % interval clustered by session
        (`pfc_analysis.analysis.clustered_proportion`; a problem has each trial once), `n_trials`,
        the problems it rests on, and `n_uncompleted` of them. A trial that was not completed, or
        not reached before its problem ended, counts as incorrect.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If `n_trials` is below 1, `correct` is none of 1, 0 and -1, or a trial comes twice.
    EmptySelectionError
        If there is no trial.

    References
    ----------
    Harlow (1949), Psychological Review 56:51. Wang et al. (2018), Nature Neuroscience 21:860,
    Fig. 6.
    """
    if n_trials < 1:
        raise AnalysisError(f"n_trials: found {n_trials}, expected at least 1")
    names = ("subject", "session", "trial_in_session", "correct")
    subject, session, position, correct = (read_variable(recording, name) for name in names)
    check_values("correct", correct, np.isin(correct, (0, 1, NONE)), "0, 1 or -1 (no choice)")
    if correct.size == 0:
        raise EmptySelectionError("correct: found 0 trials, expected at least 1")
    subjects = list(dict.fromkeys(subject.astype(str).tolist()))
    parts = []
    for name in subjects:
        own = subject.astype(str) == name
        outcome = _by_problem(session[own], position[own], correct[own], n_trials, name)
        parts.append(_summarise(outcome).assign_coords(subject=name))
    result = xr.concat(parts, dim="subject").transpose("subject", "trial")
    result.attrs = {
        "interval": "95 %, Wilson's score, clustered by session",
        "n_trials_recorded": int(correct.size),
        "n_trials_later": int(np.sum(position >= n_trials)),
    }
    return result


def _by_problem(
    session: IntArray, position: IntArray, correct: IntArray, n_trials: int, name: str
) -> IntArray:
    """Outcomes of a subject, (problem, trial); -1 where a trial was not completed or reached."""
    problem, row = np.unique(session, return_inverse=True)
    outcome = np.full((problem.size, n_trials), NONE)
    seen = np.zeros(outcome.shape, np.int64)
    kept = position < n_trials
    place = row[kept], position[kept].astype(np.int64)
    np.add.at(seen, place, 1)
    if (seen > 1).any():
        at = np.argwhere(seen > 1)[0]
        raise AnalysisError(
            f"trial_in_session: found {at[1]} twice in session {problem[at[0]]} of subject {name}, "
            "expected each trial of a problem once"
        )
    outcome[place] = correct[kept]
    return outcome


def _summarise(outcome: IntArray) -> xr.Dataset:
    n_problems, n_trials = outcome.shape
    problem, trial = np.indices(outcome.shape)
    found = estimate_clustered_proportions(
        (outcome == 1).ravel().astype(np.float64), trial.ravel(), problem.ravel(), n_trials
    )
    values = {
        "correct": found.proportion,
        "lower": found.lower,
        "upper": found.upper,
        "n_trials": np.full(n_trials, n_problems),
        "n_uncompleted": (outcome == NONE).sum(axis=0),
    }
    return xr.Dataset(
        {name: ("trial", value) for name, value in values.items()},
        {"trial": np.arange(1, n_trials + 1)},
    )


def assign_stages(training_reward: npt.ArrayLike, window: int = 1) -> xr.Dataset:
    r"""Find the stages of training in a replica's learning curve.

    The curve is smoothed by a centred moving average, which is shorter at the ends. Between its
    lowest value (floor) and its highest (ceiling), seven equal bands lie one on another; stage k,
    k = 1 ... 6, is the time that the curve first spends in band k, from entering to leaving it.
    The last stage, "final", is the last `window` updates.

    Parameters
    ----------
    training_reward : array_like (update,)
        Reward a trial, update by update of one replica.
    window : int
        Updates of the moving average, and of the last stage.

    Returns
    -------
    xarray.Dataset
        On `stage` ("stage_1" ... "stage_6", "final"): `start` and `stop`, the updates of the stage
        as a slice of the curve, counted from 0 (equal, and -1, where the curve jumped over the
        band), `n_updates`, and `band_lower` and `band_upper`, in reward a trial (of the final
        stage, band 7). `floor` and `ceiling` have no dimension; `smoothed` is on `update`.

    Raises
    ------
    AnalysisError
        If the curve is no row of finite numbers, does not rise at all, or is shorter than the
        window.

    Notes
    -----
    The paper names its stages "training quantiles" and does not define them; this is the
    toolkit's definition.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 6c.
    """
    curve = np.asarray(training_reward, dtype=np.float64)
    if curve.ndim != 1 or not np.isfinite(curve).all():
        raise AnalysisError(
            f"training_reward: found shape {curve.shape} with {int(np.sum(~np.isfinite(curve)))} "
            "value(s) that are no finite number, expected one row of finite numbers"
        )
    if not 1 <= window <= curve.size:
        raise AnalysisError(
            f"window: found {window} for {curve.size} update(s), expected 1 to {curve.size}"
        )
    smoothed = _smooth(curve, window)
    floor, ceiling = float(smoothed.min()), float(smoothed.max())
    # Running sums leave a trace of rounding in a curve that is flat.
    if not ceiling - floor > 1e-9 * max(abs(floor), abs(ceiling)):
        raise AnalysisError(
            f"training_reward: found {floor:g} throughout, expected a curve that rises; a replica "
            "that did not learn has no stages"
        )
    edges = floor + (ceiling - floor) * np.arange(N_STAGES + 1) / N_STAGES
    band = np.searchsorted(edges[1:-1], smoothed, side="right")
    spans = [_first_run(band == k) for k in range(N_STAGES - 1)]
    spans.append((curve.size - window, curve.size))
    start, stop = np.array(spans).T
    return xr.Dataset(
        {
            "start": ("stage", start),
            "stop": ("stage", stop),
            "n_updates": ("stage", stop - start),
            "band_lower": ("stage", edges[:-1]),
            "band_upper": ("stage", edges[1:]),
            "floor": floor,
            "ceiling": ceiling,
            "smoothed": ("update", smoothed),
        },
        {"stage": [f"stage_{k}" for k in range(1, N_STAGES)] + [FINAL]},
    )


def _smooth(curve: FloatArray, window: int) -> FloatArray:
    """Centred moving average over what there is of the window."""
    total = np.append(0.0, np.cumsum(curve))
    at = np.arange(curve.size)
    low = np.maximum(at - (window - 1) // 2, 0)
    high = np.minimum(at + window // 2 + 1, curve.size)
    return np.asarray((total[high] - total[low]) / (high - low), dtype=np.float64)


def _first_run(holds: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Start and stop of the first run of true values; -1, -1 where there is none."""
    if not holds.any():
        return NONE, NONE
    start = int(holds.argmax())
    after = np.flatnonzero(~holds[start:])
    return start, start + int(after[0]) if after.size else holds.size
