"""Do units represent how volatile the world is? Decode volatility from them.

A ridge regression from hidden states to the true regime, or to the hazard of reversal, is fitted to
sessions of the training distribution, separately for each replica, and applied to other sessions.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.volatility.volatile_states import (
    Target,
    read_states,
    read_target,
    require_variation,
    split_subjects,
)
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.row_blocks import as_slice, iterate_rows, read_rows
from pfc_analysis.analysis.statistics.ridge_moments import fit_ridge, predict_held_out, sum_by_fold
from pfc_analysis.analysis.trials.unit_design import find_unit_coords


@labelled
def fit_volatility_decoder(
    recording: xr.Dataset, target: Target = "regime", *, step: str | None = None, n_folds: int = 5
) -> xr.Dataset:
    """Fit a decoder of volatility for every subject.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden` on (`trial`, `unit`) or (`trial`, `step`, `unit`), and the target on `trial`, with
        coordinates `subject` and `session`; of the training distribution.
    target : {"regime", "volatility"}
        What is decoded: 0 in stable and 1 in volatile phases; or the hazard of reversal.
    step : str, optional
        Step of the trial at which states are read; not needed where there is only one.
    n_folds : int
        Number of parts of a subject's sessions for choosing the penalty, at least 2.

    Returns
    -------
    xarray.Dataset
        `weight` on (`subject`, `unit`), in units of the target per unit of activity; on `subject`:
        `intercept`, `penalty` (in units of the mean variance of units; chosen by
        cross-validation over sessions), `n_trials`, `n_sessions`. Attributes: `target`, `step`,
        `n_folds`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a subject has fewer sessions than folds or its target does not vary, states are not
        finite, or a setting is unknown.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 3b; their method of decoding is not
    published.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("volatility", sessions=12, task={"schedule": "training"})
    >>> decoder = pfc.analysis.fit_volatility_decoder(recording, target="regime")
    >>> decoder["weight"].dims
    ('subject', 'unit')
    >>> decoder.attrs["target"]
    'regime'
    """
    states, truth = read_states(recording, step), read_target(recording, target)
    fits, counts = {}, []
    for name, rows, session in split_subjects(states, n_folds):
        activity = read_rows(states.isel(trial=as_slice(rows)))
        require_variation(truth[rows], target, name)
        fits[name] = fit_ridge(sum_by_fold(activity, truth[rows], session % n_folds, n_folds))
        counts.append((rows.size, int(session.max()) + 1))
    result = xr.Dataset(
        {
            "weight": (("subject", "unit"), np.stack([fit.weight for fit in fits.values()])),
            "intercept": ("subject", [fit.intercept for fit in fits.values()]),
            "penalty": ("subject", [fit.penalty for fit in fits.values()]),
            "n_trials": ("subject", [count[0] for count in counts]),
            "n_sessions": ("subject", [count[1] for count in counts]),
        },
        coords={"subject": list(fits)} | find_unit_coords(states),
    )
    result.attrs = {"target": target, "step": step or "", "n_folds": int(n_folds)}
    return result


@labelled
def decode_volatility(recording: xr.Dataset, decoder: xr.Dataset) -> xr.DataArray:
    """Decode volatility from hidden states.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden`, with coordinate `subject`, of the decoder's subjects and units; for instance the
        test schedules.
    decoder : xarray.Dataset
        As of `fit_volatility_decoder`.

    Returns
    -------
    xarray.DataArray
        `decoded_volatility` on `trial`, in the target's units (not confined to their range).

    Raises
    ------
    MissingVariableError
        If `hidden` is missing.
    AnalysisError
        If the recording has subjects or units that the decoder has not.

    Examples
    --------
    A decoder is fitted to sessions of training, and read in the sessions of the test:

    >>> import pfc_analysis as pfc
    >>> training = pfc.record("volatility", sessions=12, task={"schedule": "training"})
    >>> decoder = pfc.analysis.fit_volatility_decoder(training, target="regime")
    >>> test = pfc.record("volatility", sessions=4, task={"schedule": "stable_first"})
    >>> decoded = pfc.analysis.decode_volatility(test, decoder)
    >>> trial = test["trial_in_session"]
    >>> for name, half in {"stable": trial < 100, "volatile": trial >= 100}.items():
    ...     print(f"{name}: {float(decoded.where(half).mean()):.1f}")
    stable: 0.4
    volatile: 0.7

    The target is 0 in stable phases and 1 in volatile ones; the decoded value is higher in these.
    """
    require_result(decoder, ("weight", "intercept"), "decoder", "fit_volatility_decoder")
    states = read_states(recording, str(decoder.attrs["step"]) or None)
    subject = states["subject"].values.astype(str)
    known = [str(name) for name in decoder["subject"].values]
    unknown = sorted(set(subject) - set(known))
    if unknown:
        raise AnalysisError(
            f"subject: found {listed(unknown)}, expected those of the decoder ({listed(known)}); "
            "units of different replicas do not correspond, so fit a decoder for each"
        )
    if not np.array_equal(states["unit"].values, decoder["unit"].values):
        raise AnalysisError(
            f"unit: found {states.sizes['unit']} units, expected the {decoder.sizes['unit']} of "
            "the decoder, in their order"
        )
    decoded = np.empty(subject.size)
    for k, name in enumerate(known):
        rows = np.flatnonzero(subject == name)
        weight, intercept = decoder["weight"].values[k], decoder["intercept"].values[k]
        activity = read_rows(states.isel(trial=as_slice(rows)))
        parts = [block @ weight + intercept for _, block in iterate_rows(activity)]
        decoded[rows] = np.concatenate(parts)
    target = str(decoder.attrs["target"])
    return xr.DataArray(
        decoded,
        {n: ("trial", c.values) for n, c in states.coords.items() if c.dims == ("trial",)},
        ("trial",),
        "decoded_volatility",
        attrs={"long_name": f"decoded {target}", "target": target},
    )


@labelled
def compute_decoding_score(
    recording: xr.Dataset,
    target: Target = "regime",
    *,
    decoder: xr.Dataset | None = None,
    step: str | None = None,
    n_folds: int = 5,
) -> xr.Dataset:
    """Correlate decoded with true volatility, over sessions that the decoder has not seen.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `fit_volatility_decoder`.
    target : {"regime", "volatility"}
        What is decoded.
    decoder : xarray.Dataset, optional
        A decoder fitted on other sessions, to score here. By default one is fitted to all folds
        but one in turn, its penalty chosen within them, and applied to that one.
    step : str, optional
        Step of the trial; that of the decoder where one is given.
    n_folds : int
        Parts of a subject's sessions, at least 3.

    Returns
    -------
    xarray.Dataset
        On `subject`: `correlation` over all trials, with `_lower` and `_upper` (95 %, jackknife of
        sessions on Fisher's z, Student's t), `n_trials`, `n_sessions`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        As `fit_volatility_decoder` and `decode_volatility`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("volatility", sessions=12, task={"schedule": "training"})
    >>> score = pfc.analysis.compute_decoding_score(recording, target="regime")
    >>> print(f"mean correlation over agents {float(score['correlation'].mean()):.1f}")
    mean correlation over agents 0.2

    The correlation of decoded with true volatility in sessions that the decoder was not fitted to.
    """
    truth = read_target(recording, target)
    if decoder is not None:
        step = str(decoder.attrs["step"]) or None
    states = read_states(recording, step)
    ready = None if decoder is None else decode_volatility(recording, decoder).values
    if ready is None and n_folds < 3:
        raise AnalysisError(
            f"n_folds: found {n_folds}, expected at least 3: one to predict, two or more to choose "
            "the penalty in"
        )
    scores, names = [], []
    for name, rows, session in split_subjects(states, 2 if ready is not None else n_folds):
        require_variation(truth[rows], target, name)
        if ready is not None:
            decoded = ready[rows]
        else:
            activity = read_rows(states.isel(trial=as_slice(rows)))
            decoded = predict_held_out(activity, truth[rows], session % n_folds, n_folds)
        scores.append((*correlate_sessions(decoded, truth[rows], session), rows.size))
        names.append(name)
    columns = ("correlation", "correlation_lower", "correlation_upper", "n_sessions", "n_trials")
    result = xr.Dataset(
        {column: ("subject", [s[k] for s in scores]) for k, column in enumerate(columns)},
        coords={"subject": names},
    )
    result.attrs = {"target": target, "interval": "95 %, jackknife of sessions on Fisher's z"}
    return result


def correlate_sessions(
    one: FloatArray, other: FloatArray, session: IntArray
) -> tuple[float, float, float, int]:
    """Compute Pearson's correlation over all trials, with a jackknife interval over sessions.

    Parameters
    ----------
    one, other : float arrays (trial,)
    session : integer array (trial,)
        From 0; all numbers up to the largest occur, at least two.

    Returns
    -------
    correlation, lower, upper : float
        The interval is 95 %.
    n_sessions : int
    """
    from scipy.stats import t

    one, other = one - one.mean(), other - other.mean()
    products = (np.ones_like(one), one, other, one**2, other**2, one * other)
    sums = np.stack([np.bincount(session, weights=each) for each in products])

    def correlate(total: FloatArray) -> FloatArray:
        n, x, y, xx, yy, xy = total
        spread = (xx - x * x / n) * (yy - y * y / n)
        return np.asarray((xy - x * y / n) / np.sqrt(spread))

    total = sums.sum(axis=1)
    found = float(correlate(total))
    n_sessions = sums.shape[1]
    left_out = np.arctanh(correlate(total[:, None] - sums))
    variance = (n_sessions - 1) * left_out.var()
    reach = float(t.ppf(0.975, n_sessions - 1) * np.sqrt(variance))
    z = np.arctanh(found)
    return found, float(np.tanh(z - reach)), float(np.tanh(z + reach)), n_sessions
