"""Can a variable of the trial be read from units, in sessions that the decoder has not seen?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.decoding.classifiers import classify_held_out
from pfc_analysis.analysis.neurons.decoding.decoding_rows import Kind, read_decoding_rows
from pfc_analysis.analysis.neurons.decoding.decoding_scores import (
    estimate_accuracy,
    estimate_balanced_accuracy,
    estimate_r_squared,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.statistics.ridge_moments import predict_held_out
from pfc_analysis.analysis.statistics.session_permutation import (
    Pairing,
    pair_sessions,
    pair_shifts,
)

Null = Literal["sessions", "shift"]

SCORES = {
    "number": ("r_squared", "share of the variance of the target that is decoded"),
    "code": ("balanced_accuracy", "mean over classes of the share decoded correctly"),
}


@labelled
def decode_variable(
    recording: xr.Dataset,
    target: str | xr.DataArray,
    generator: np.random.Generator | int,
    *,
    event: str | None = None,
    step: str | None = None,
    activity: str | xr.DataArray | None = None,
    kind: Kind | None = None,
    null: Null = "sessions",
    n_folds: int = 5,
    n_permutations: int = 39,
    largest_shift: int | None = None,
) -> xr.Dataset:
    """Decode a variable of the trial from the units of each subject, held out by session.

    Numbers are decoded by ridge regression, codes by logistic regression, both from units scaled
    to unit variance. Sessions are dealt out to folds in turn; each fold is decoded by a decoder
    fitted to the others, which also chose its penalty within them.

    Parameters
    ----------
    recording : xarray.Dataset
        Agents or animals: activity of units and the target, with coordinates `subject`, `session`
        and `trial_in_session` on `trial`. The activity of one subject is in memory at a time.
    target : str or xarray.DataArray
        Name of a variable of the recording, or an array: on `trial`, or also on `event` or `step`,
        of which the one named is taken. NaN, and codes below 0 (none), are left out.
    generator : numpy.random.Generator or int
        Source of permutations: the same seed gives the same result.
    event : str, optional
        Of agents: take the activity at the step at which the units have just seen this event,
        which may lie in the next trial (`align_units`).
    step : str, optional
        Take the activity at this step of the trial; with `event` as well, that names the target's
        event alone. Neither is needed for activity without steps.
    activity : str or xarray.DataArray, optional
        On (`trial`, `unit`) or (`trial`, `step`, `unit`): a name, such as "spike_count", or an
        array. Default: `hidden`, or the only such variable. A unit that a subject lacks is NaN in
        all its trials; a trial in which another unit is NaN is left out.
    kind : {"number", "code"}, optional
        What the target is; default: a code if its values are whole numbers by type or have
        `labels`.
    null : {"sessions", "shift"}
        The control, as for `compute_unit_coding`: the target is taken from another session (for
        agents), or from some trials earlier or later in the same session (for animals with few
        sessions), and decoded in the same way.
    n_folds : int
        Parts of a subject's sessions, at least 3: one to decode, two or more to choose the penalty.
    n_permutations : int
        How often the control is drawn, at least 19. Of codes, each takes some tenths of a second
        for a subject with 2,000 trials and 48 units.
    largest_shift : int, optional
        In trials, for `shift`; by default a fifth of the session, 200 at most.

    Returns
    -------
    xarray.Dataset
        On `subject`. Of numbers, `r_squared`: 1 minus the squared error over the squared distance
        from the mean, below 0 where the mean would be the better guess. Of codes,
        `balanced_accuracy`: mean over classes of the share decoded correctly (chance: 1 / number
        of classes), and `accuracy`, the share of all trials. Each has `_lower` and `_upper`, a 95 %
        interval over sessions (linearised, Student's t; of `accuracy` Wilson's; those of codes are
        corrected for folds that share sessions). Of the first: `_null`, its mean in the control;
        `_null_upper`, the control's 95 % quantile; `_p_value`, one-sided, the recorded order
        counted, of the trials that the control uses. `n_trials`, `n_sessions`, `n_units`.
        Attributes: `target`, `kind`, `event`, `step`, `null`, `n_folds`, `n_permutations`.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If a setting is out of range, no step or event is named where there are several, dimensions
        do not agree, or, for a subject (named in the message), sessions are fewer than folds, the
        target does not vary, or the control cannot be drawn.

    Notes
    -----
    That a variable can be decoded does not show that the network uses it; and a variable that goes
    with another one is decoded wherever that one is. `compute_unit_coding` tells them apart.
    Decoders of codes in the control take the penalty that the recorded order chose.

    References
    ----------
    Nadeau & Bengio (2003), Machine Learning 52:239. Harris (2021), bioRxiv 2020.11.29.402719.

    Examples
    --------
    Do the units of an agent carry the reward prediction error once they have seen the outcome, and
    at the choice before it?

    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=10)
    >>> agent = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> settings = {"event": "outcome", "n_permutations": 19}
    >>> after = pfc.analysis.decode_variable(agent, "rpe", 1, **settings)
    >>> before = pfc.analysis.decode_variable(agent, "rpe", 1, step="second_state", **settings)
    >>> print(f"{after['r_squared'].item():.1f}", bool(before["r_squared"] < 0.05))
    1.0 True

    After the outcome nearly all of its variance is decoded, before it none.
    """
    generator = as_generator(generator, "generator")
    _check_settings(null, n_folds, n_permutations)
    if null == "sessions":
        pair = partial(pair_sessions, generator=generator, n_permutations=n_permutations)
    else:
        pair = partial(
            pair_shifts, generator=generator, n_permutations=n_permutations, largest=largest_shift
        )
    rows, found = read_decoding_rows(recording, target, event, step, activity, kind), {}
    for name, part in rows.by_subject():
        try:
            found[name] = _decode_subject(*part, rows.kind, pair, n_folds)
        except AnalysisError as error:
            raise type(error)(f"subject {name!r}: {error}") from error
    result = _label(found, rows.kind)
    result.attrs = rows.describe() | {
        "null": null,
        "n_folds": n_folds,
        "n_permutations": int(n_permutations),
        "interval": "95 %, linearised over sessions, Student's t; accuracy: Wilson's score",
    }
    return result


def _check_settings(null: str, n_folds: int, n_permutations: int) -> None:
    if null not in get_args(Null):
        raise AnalysisError(f"null: found {null!r}, expected {listed(get_args(Null))}")
    for name, value, fewest, why in (
        ("n_folds", n_folds, 3, "one to decode, two or more to choose the penalty in"),
        ("n_permutations", n_permutations, 19, "with fewer no p is as small as .05"),
    ):
        if not isinstance(value, (int, np.integer)) or value < fewest:
            raise AnalysisError(
                f"{name}: found {value!r}, expected a whole number of at least {fewest}: {why}"
            )


def _decode_subject(
    activity: FloatArray,
    target: FloatArray,
    session: IntArray,
    kind: Kind,
    pair: Callable[[list[IntArray]], Pairing],
    n_folds: int,
) -> dict[str, float]:
    """Decode one subject's trials, and its control; numbers by their names in the result."""
    n_sessions = int(session.max()) + 1
    if n_sessions < n_folds:
        raise AnalysisError(
            f"session: found {n_sessions} session(s) with usable trials, expected at least "
            f"{n_folds}, one for each fold; lower n_folds (to 3 at least), or number parts of long "
            "sessions as sessions: recording.assign_coords(session=('trial', ...))"
        )
    if np.ptp(target) == 0:
        raise AnalysisError(f"target: found {target[0]:g} in all trials, expected values that vary")
    fold = session % n_folds
    decode = partial(_DECODERS[kind], n_folds=n_folds)
    decoded = decode(activity, target[:, None], fold)[:, 0]
    found = _score(decoded, target, session, kind, n_folds)
    trials_of = [np.flatnonzero(session == s) for s in range(n_sessions)]
    kept, paired = _pair_targets(pair(trials_of), target)
    controls = decode(activity[kept], paired, fold[kept])
    scores = [_SCORERS[kind](controls[:, k], paired[:, k]) for k in range(paired.shape[1])]
    name = SCORES[kind][0]
    return found | {
        f"{name}_null": float(np.mean(scores[1:])),
        f"{name}_null_upper": float(np.quantile(scores[1:], 0.95)),
        f"{name}_p_value": float(np.mean(np.array(scores) >= scores[0] - 1e-12)),
        "n_trials": target.size,
        "n_sessions": n_sessions,
        "n_units": activity.shape[1],
    }


def _pair_targets(pairing: Pairing, target: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the trials that the control uses, and (trial, 1 + permutation) their targets.

    The first column has the recorded order.
    """
    kept = np.concatenate(pairing.rows)
    parts = [target[partners[pairing.drawn[:, i]]].T for i, partners in enumerate(pairing.partners)]
    return kept, np.column_stack([target[kept], np.concatenate(parts)])


_DECODERS = {"number": predict_held_out, "code": classify_held_out}


def _score_numbers(decoded: FloatArray, true: FloatArray) -> float:
    return float(1.0 - np.sum((true - decoded) ** 2) / np.sum((true - true.mean()) ** 2))


def _score_codes(decoded: FloatArray, true: FloatArray) -> float:
    return float(np.mean([np.mean(decoded[true == code] == code) for code in np.unique(true)]))


_SCORERS = {"number": _score_numbers, "code": _score_codes}


def _score(
    decoded: FloatArray, true: FloatArray, session: IntArray, kind: Kind, n_folds: int
) -> dict[str, float]:
    """Score what was decoded, with intervals over sessions."""
    reach = float(student_quantile(0.975, np.array([session.max()]))[0])
    if kind == "number":
        away = (true - decoded) ** 2, (true - true.mean()) ** 2
        left, there = (np.bincount(session, each).astype(np.float64) for each in away)
        score, error = estimate_r_squared(left, there)
        ends = score - reach * error, score + reach * error
        return dict(zip(_named("r_squared"), (score, *ends), strict=True))
    classes, label = np.unique(true, return_inverse=True)
    told = np.searchsorted(classes, decoded)
    score, error = estimate_balanced_accuracy(told, label, session, n_folds)
    ends = max(0.0, score - reach * error), min(1.0, score + reach * error)
    found = estimate_accuracy(decoded == true, session, n_folds).tolist()
    names = (*_named("balanced_accuracy"), *_named("accuracy"))
    return dict(zip(names, (score, *ends, *found), strict=True))


def _named(score: str) -> tuple[str, str, str]:
    return score, f"{score}_lower", f"{score}_upper"


def _label(found: dict[str, dict[str, float]], kind: Kind) -> xr.Dataset:
    """Put the subjects' numbers on the dimension `subject`."""
    names = list(next(iter(found.values())))
    result = xr.Dataset(
        {name: ("subject", [each[name] for each in found.values()]) for name in names},
        coords={"subject": list(found)},
    )
    main, text = SCORES[kind]
    result[main].attrs["long_name"] = text
    for end, what in (
        ("null", "mean in the control of the {}"),
        ("null_upper", "95 % quantile in the control of the {}"),
        ("p_value", "one-sided p, against the control, of the {}"),
    ):
        result[f"{main}_{end}"].attrs = {"long_name": what.format(text), "units": "1"}
    return result
