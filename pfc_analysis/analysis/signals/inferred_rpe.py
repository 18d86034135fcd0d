"""Do prediction errors follow a value that was only inferred? (Wang et al. 2018, Fig. 4b)

One outcome shows a reversal. If the subject infers what it means for the other side, the cue of
that side, which it has not seen since, gives the prediction error of its new value, as the cue of
the side that it has seen does.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.bootstrap import (
    check_resamples,
    draw_weights,
    percentile_interval,
)
from pfc_analysis.analysis.statistics.session_sums import estimate_clustered_mean
from pfc_analysis.analysis.trials.choice_trials import find_previous
from pfc_analysis.analysis.trials.labelled_values import read_at_labels
from pfc_analysis.analysis.trials.reversal_trials import (
    CONDITIONS,
    KINDS,
    ReversalTrials,
    count_kinds,
    read_reversal_trials,
)

ARRIVALS = ("fixation", "cue", "on_target")
"""What arrives in a trial, in order. The arrival of the fixation ends the trial before."""

EVENTS = ("next_fixation", "cue", "on_target")
"""Names of the same arrivals on the recording's dimension `event`."""

PAYS = ("pays_now", "does_not_pay")


@labelled
def compute_cue_rpe(recording: xr.Dataset, *, min_trials_since: int = 3) -> xr.Dataset:
    """Average prediction errors around reversals, by whether the cue's side pays.

    Parameters
    ----------
    recording : xarray.Dataset
        `rpe` on (`trial`, `event`) with events "cue", "on_target" and "next_fixation", and what
        `classify_reversal_trials` reads.
    min_trials_since : int
        As there.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `condition`, `pays`, `arrival`): `rpe`, the mean in units of reward, with
        its 95 % interval `lower`, `upper` (Student's t over sessions; NaN with one), and
        `n_trials`. Conditions "before", "experienced" and "inferred"; `pays` says whether the
        cue's side pays in that trial; arrivals "fixation", "cue" and "on_target". `n_sessions` on
        `subject`. Cells without a trial are NaN. Attributes count the trials of each kind.

    Raises
    ------
    MissingVariableError
        If the recording has no `rpe` at these events, or lacks another variable.
    AnalysisError
        As `classify_reversal_trials`.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 4b. Bromberg-Martin et al. (2010),
    J Neurophysiol 104:1068.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("inferred_value", sessions=20, units=False)
    >>> rpe = pfc.analysis.compute_cue_rpe(recording)["rpe"].mean("subject").sel(arrival="cue")
    >>> for condition in ("before", "inferred"):
    ...     cue = rpe.sel(condition=condition)
    ...     pays, does_not = cue.sel(pays="pays_now"), cue.sel(pays="does_not_pay")
    ...     print(f"{condition}: {pays:.1f} if the side pays, {does_not:.1f} if not")
    before: 0.3 if the side pays, -0.3 if not
    inferred: 0.4 if the side pays, -0.3 if not
    """
    found = read_reversal_trials(recording, min_trials_since)
    rpe = read_arrivals(recording, found)
    subjects = [_average_subject(found, rpe, index) for index, _ in found.trials.by_subject()]
    result = xr.concat(subjects, dim=xr.Variable("subject", list(found.trials.subjects)))
    text = "mean reward prediction error at an arrival"
    result["rpe"].attrs = {"long_name": text, "units": "reward"}
    result.attrs = found.trials.counts() | count_kinds(found)
    result.attrs["interval"] = "95 %, Student's t over sessions with linearised variance"
    return result


@labelled
def compute_inferred_ratio(
    recording: xr.Dataset,
    generator: np.random.Generator | int,
    *,
    min_trials_since: int = 3,
    n_bootstrap: int = 1000,
) -> xr.Dataset:
    r"""Compare the response to cues after a reversal with that before it.

    With :math:`\bar\delta` the mean prediction error at the arrival of the cue,

    .. math:: D = \bar\delta(\text{side pays now}) - \bar\delta(\text{side does not pay now})

    and the ratios are :math:`D_\text{inferred} / D_\text{before}` and
    :math:`D_\text{experienced} / D_\text{before}`: 1 where a cue has its new value at once, 0 where
    nothing has been learned, -1 where the old value persists. In a task in which sides cannot
    change again on trial n + 1, but change with hazard h later, trial n + 1 is the more certain
    one: both ratios are :math:`1 / (1 - 2h)` for the ideal observer (`reversal_observer`), 1.25 at
    h = 0.1.

    Parameters
    ----------
    recording : xarray.Dataset
        `rpe` at event "cue", and what `classify_reversal_trials` reads.
    generator : numpy.random.Generator or int
        For the bootstrap; the same seed gives the same intervals.
    min_trials_since : int
        As in `classify_reversal_trials`.
    n_bootstrap : int
        Resamples of the sessions, at least 2.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `condition`): `contrast`, D in units of reward. On `subject`:
        `inferred_ratio` and `experienced_ratio`. Each has `_lower` and `_upper`, percentiles of a
        bootstrap over sessions (NaN with one session), and is NaN where a condition lacks paying
        or unpaying trials. `n_sessions` on `subject`. A ratio's interval means little where that
        of `contrast` before reversals includes 0.

    Raises
    ------
    MissingVariableError, AnalysisError
        As `compute_cue_rpe`; or if `n_bootstrap` is out of range.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 4b. Bromberg-Martin et al. (2010),
    J Neurophysiol 104:1068.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("inferred_value", sessions=40, units=False)
    >>> rng = np.random.default_rng(1)
    >>> ratio = pfc.analysis.compute_inferred_ratio(recording, rng, n_bootstrap=50)
    >>> print(f"{float(ratio['inferred_ratio'].mean()):.1f}")
    1.1

    Above 0: cues have their new value although it was only inferred. The ideal observer has 1.25.
    """
    generator = as_generator(generator, "generator")
    check_resamples(n_bootstrap, "n_bootstrap", fewest=2)
    found = read_reversal_trials(recording, min_trials_since)
    cue_rpe = read_arrivals(recording, found)[:, ARRIVALS.index("cue")]
    subjects = [
        _contrast_subject(found, cue_rpe, index, generator, n_bootstrap)
        for index, _ in found.trials.by_subject()
    ]
    result = xr.concat(subjects, dim=xr.Variable("subject", list(found.trials.subjects)))
    result["contrast"].attrs["units"] = "reward"
    result.attrs = found.trials.counts() | count_kinds(found)
    result.attrs["interval"] = (
        f"95 %, percentiles of {n_bootstrap} bootstrap samples of each subject's sessions"
    )
    return result


def read_arrivals(recording: xr.Dataset, found: ReversalTrials) -> FloatArray:
    """Read prediction errors (trial, arrival), in the order of `ARRIVALS`; NaN for none.

    Raises
    ------
    MissingVariableError
        If there is no `rpe`, or none at these events.
    """
    rpe = read_at_labels(recording, "rpe", ("trial", "event"), EVENTS).astype(np.float64)
    # A fixation arrives when the trial before it ends.
    previous = find_previous(found.trials)
    rpe[:, 0] = np.where(previous >= 0, rpe[previous, 0], np.nan)
    return np.asarray(rpe)


def _cells(found: ReversalTrials) -> IntArray:
    """Find the index of the cell, condition x pays, on trial; -1 in other trials."""
    code = np.full(len(KINDS) + 1, -1)  # the last entry is that of kind -1
    code[[KINDS.index(name) for name in CONDITIONS]] = np.arange(len(CONDITIONS))
    condition = code[found.kind]
    return np.where(condition >= 0, len(PAYS) * condition + ~found.pays_now, -1).astype(np.int64)


def _average_subject(found: ReversalTrials, rpe: FloatArray, subject: int) -> xr.Dataset:
    """Average one subject's errors in every cell and at every arrival."""
    cell = np.where(found.trials.subject == subject, _cells(found), -1)
    shape = (len(CONDITIONS), len(PAYS), len(ARRIVALS))
    estimate = np.full((*shape, 3), np.nan)
    n_trials = np.zeros(shape, dtype=np.int64)
    for place in np.ndindex(shape):
        error = rpe[:, place[2]]
        rows = (cell == len(PAYS) * place[0] + place[1]) & np.isfinite(error)
        estimate[place] = estimate_clustered_mean(error[rows], found.trials.session[rows])
        n_trials[place] = rows.sum()
    dims = ("condition", "pays", "arrival")
    names = ("rpe", "lower", "upper")
    data = {name: (dims, estimate[..., i]) for i, name in enumerate(names)}
    return xr.Dataset(
        data | {"n_trials": (dims, n_trials), "n_sessions": ((), _count_sessions(found, subject))},
        coords={"condition": list(CONDITIONS), "pays": list(PAYS), "arrival": list(ARRIVALS)},
    )


def _count_sessions(found: ReversalTrials, subject: int) -> int:
    return int(np.unique(found.trials.session[found.trials.subject == subject]).size)


def _contrast_subject(
    found: ReversalTrials,
    cue_rpe: FloatArray,
    subject: int,
    generator: np.random.Generator,
    n_bootstrap: int,
) -> xr.Dataset:
    """Compute contrasts and ratios of one subject, with bootstrap intervals."""
    cell = _cells(found)
    own = found.trials.subject == subject
    rows = own & (cell >= 0) & np.isfinite(cue_rpe)
    # Sessions without such a trial are drawn too.
    session = found.trials.session - found.trials.session[own].min()
    shape = (_count_sessions(found, subject), len(CONDITIONS) * len(PAYS))
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (session[rows], cell[rows]), cue_rpe[rows])
    np.add.at(count, (session[rows], cell[rows]), 1.0)

    once = _compare(np.ones((1, shape[0])), total, count)
    again = _compare(draw_weights(shape[0], n_bootstrap, generator), total, count)
    result = xr.Dataset(coords={"condition": list(CONDITIONS)})
    for name, dims in {
        "contrast": ("condition",),
        "inferred_ratio": (),
        "experienced_ratio": (),
    }.items():
        known = np.isfinite(once[name][0]) & (shape[0] > 1)
        ends = percentile_interval(again[name], known)
        result[name] = (dims, once[name][0])
        result[f"{name}_lower"], result[f"{name}_upper"] = (dims, ends[0]), (dims, ends[1])
    return result.assign(n_sessions=shape[0])


def _compare(weight: FloatArray, total: FloatArray, count: FloatArray) -> dict[str, FloatArray]:
    """Compute the contrast (draw, condition) and ratios (draw,) of weighted sessions."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight @ total) / (weight @ count)
        contrast = mean[:, 0 :: len(PAYS)] - mean[:, 1 :: len(PAYS)]
        before, experienced, inferred = contrast.T
        return {
            "contrast": contrast,
            "inferred_ratio": inferred / before,
            "experienced_ratio": experienced / before,
        }
