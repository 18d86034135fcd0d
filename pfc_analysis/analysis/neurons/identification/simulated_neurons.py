r"""Neurons whose origin is known: counts that follow given features, with noise and drift.

The count of neuron u in trial t is Poisson with rate

.. math:: \lambda_{tu} = m_u \exp\big(\sum_k a_{ku} d_{ktu} + g_{tu} + c_t^T b_u - h_u\big)

where :math:`d_{ku}` is a random mixture of the features of set k, of unit variance over trials;
:math:`g_u` a slow drift; c noise that neurons share; and :math:`h_u` makes the mean over trials
:math:`m_u`. Means are lognormal over neurons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import read_variable

LARGEST_RATE, FEWEST_TRIALS = 1e9, 2

N_WAVES, POINTS = 50, 10
"""Waves of a slow drift, and points in each time in which it forgets itself."""


@dataclass(frozen=True)
class NeuronSettings:
    """How simulated neurons fire; all are settings of ours, to be matched to a recording.

    Parameters
    ----------
    n_units : int
        Neurons.
    mean_count : float
        Median over neurons of the mean count in a window.
    spread : float
        Standard deviation over neurons of the logarithm of the mean count.
    tuned : float
        Share of neurons that follow each set of features, drawn for each set separately.
    drift : float
        Standard deviation over trials of a neuron's slow change of log rate.
    drift_trials : float
        Trials after which the drift has forgotten itself (its correlation is Gaussian, with this
        standard deviation).
    shared_noise : float
        Standard deviation of the change of log rate that neurons share from trial to trial.
    n_shared : int
        Dimensions of the shared noise.

    Raises
    ------
    AnalysisError
        If a setting is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> pfc.analysis.NeuronSettings(n_units=50).mean_count
    1.0
    """

    n_units: int = 600
    mean_count: float = 1.0
    spread: float = 1.0
    tuned: float = 0.5
    drift: float = 0.3
    drift_trials: float = 200.0
    shared_noise: float = 0.2
    n_shared: int = 3

    def __post_init__(self) -> None:
        """Check the ranges."""
        above = {"n_units": 1, "mean_count": 1e-9, "drift_trials": 1e-9, "n_shared": 1}
        for field in fields(self):
            value, lowest = getattr(self, field.name), above.get(field.name, 0)
            if not (np.isfinite(value) and value >= lowest):
                raise AnalysisError(
                    f"NeuronSettings.{field.name}: found {value!r}, expected a number of at least "
                    f"{lowest:g}"
                )
        for name in ("n_units", "n_shared"):
            if not isinstance(getattr(self, name), (int, np.integer)):
                raise AnalysisError(
                    f"NeuronSettings.{name}: found {getattr(self, name)!r}, expected a whole number"
                )
        if self.tuned > 1:
            raise AnalysisError(f"NeuronSettings.tuned: found {self.tuned}, expected at most 1")


@labelled
def simulate_neurons(
    recording: xr.Dataset,
    drives: Mapping[str, tuple[FeatureSet, float]],
    generator: np.random.Generator | int,
    settings: NeuronSettings | None = None,
) -> xr.DataArray:
    """Simulate the counts of neurons that follow given features along a recording's trials.

    Parameters
    ----------
    recording : xarray.Dataset
        Whose trials they are, with coordinates `subject`, `session` and `trial_in_session`.
    drives : mapping of str to (FeatureSet, float)
        What neurons follow: by name, features with one replica, and the standard deviation over
        trials of the change of log rate of a neuron that follows them. Empty for neurons that
        follow nothing. Where features are NaN, the drive is 0.
    generator : numpy.random.Generator or int
        The same seed gives the same counts.
    settings : NeuronSettings, optional
        Default: those of `NeuronSettings`.

    Returns
    -------
    xarray.DataArray
        `spike_count` on (`trial`, `unit`), with the recording's coordinates on `trial`; on `unit`,
        for each drive, `weight_<name>`: 1 where the neuron follows it, else 0. Neurons that fire in
        fewer than two trials are simulated again with a higher rate.

    Raises
    ------
    MissingVariableError
        If a coordinate is missing.
    AnalysisError
        If trials do not agree, features have several replicas, or a strength is below 0.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> events = pfc.analysis.build_event_features(recording)
    >>> settings = pfc.analysis.NeuronSettings(n_units=20)
    >>> counts = pfc.analysis.simulate_neurons(recording, {"events": (events, 0.5)}, 1, settings)
    >>> counts.dims, counts.sizes["unit"]
    (('trial', 'unit'), 20)
    """
    rng = as_generator(generator, "generator")
    settings = settings or NeuronSettings()
    coords = {
        name: ("trial", read_variable(recording, name))
        for name in ("subject", "session", "trial_in_session")
    }
    if "block" in recording:
        coords["block"] = ("trial", read_variable(recording, "block"))
    n_trials, n_units = recording.sizes["trial"], settings.n_units
    if n_trials < FEWEST_TRIALS:
        raise AnalysisError(
            f"recording: found {n_trials} trial(s), expected at least {FEWEST_TRIALS}: each neuron "
            "fires in two or more"
        )
    log_rate = _draw_noise(rng, n_trials, settings)
    follows = {}
    for name, drive in drives.items():
        features, strength = _read_drive(name, drive)
        _check_drive(name, features, strength, n_trials)
        tuned = rng.random(n_units) < settings.tuned
        log_rate += strength * tuned * _mix(rng, features.values[0], n_units)
        follows[f"weight_{name}"] = ("unit", tuned.astype(np.int8))
    mean = settings.mean_count * np.exp(settings.spread * rng.standard_normal(n_units))
    return xr.DataArray(
        _draw_counts(rng, log_rate, mean),
        dims=("trial", "unit"),
        coords=coords | {"unit": np.arange(n_units)} | follows,
        name="spike_count",
        attrs={"long_name": "simulated spike count", "units": "1"},
    )


def _read_drive(name: str, drive: Any) -> tuple[FeatureSet, float]:
    if not (isinstance(drive, tuple) and len(drive) == 2 and isinstance(drive[0], FeatureSet)):
        raise AnalysisError(
            f"drives[{name!r}]: found {drive!r}, expected a pair of a FeatureSet and a strength, "
            "such as (features, 0.3)"
        )
    return drive


def _check_drive(name: str, features: FeatureSet, strength: float, n_trials: int) -> None:
    if len(features.replicas) != 1 or features.n_trials != n_trials or not strength >= 0:
        raise AnalysisError(
            f"drives[{name!r}]: found {len(features.replicas)} replica(s), {features.n_trials} "
            f"trials and strength {strength!r}, expected one replica (.select_replicas), "
            f"{n_trials} trials and a strength of at least 0"
        )
    if not np.isfinite(features.values).any(axis=1).all():
        raise AnalysisError(
            f"drives[{name!r}]: found a feature without a number in any trial, expected numbers; "
            "are these features of another recording?"
        )


def _mix(rng: np.random.Generator, values: FloatArray, n_units: int) -> FloatArray:
    """Mix features (trial, feature) for each neuron, (trial, unit) with unit variance."""
    filled = np.nan_to_num(values - np.nanmean(values, axis=0))
    spread = filled.std(axis=0)
    scaled = filled / np.where(spread > 0, spread, np.inf)
    mixed = scaled @ rng.standard_normal((values.shape[1], n_units))
    found = mixed.std(axis=0)
    return np.asarray(mixed / np.where(found > 0, found, np.inf))


def _draw_noise(rng: np.random.Generator, n_trials: int, settings: NeuronSettings) -> FloatArray:
    """Draw each neuron's drift and the noise that neurons share, (trial, unit) in log rate."""
    n = settings.n_units
    drift = settings.drift * draw_slow(rng, n_trials, n, settings.drift_trials)
    shared = rng.standard_normal((n_trials, settings.n_shared))
    weight = rng.standard_normal((settings.n_shared, n)) / np.sqrt(settings.n_shared)
    return np.asarray(drift + settings.shared_noise * (shared @ weight))


def draw_slow(rng: np.random.Generator, n_trials: int, n_series: int, scale: float) -> FloatArray:
    """Draw Gaussian series (trial, series) of unit variance with a Gaussian correlation in time.

    The sum of random waves whose frequencies are normal (Bochner's theorem), at ten points in each
    `scale` of trials, with straight lines between them.
    """
    step = scale / POINTS
    points = np.arange(int(np.ceil((n_trials - 1) / step)) + 2)
    frequency = rng.standard_normal((N_WAVES, n_series)) / POINTS
    phase = rng.uniform(0, 2 * np.pi, (N_WAVES, n_series))
    total = np.zeros((points.size, n_series))
    for own, start in zip(frequency, phase, strict=True):
        total += np.cos(points[:, None] * own + start)
    total *= np.sqrt(2 / N_WAVES)
    before, rest = np.divmod(np.arange(n_trials) / step, 1)
    first = before.astype(np.int64)
    return np.asarray(total[first] * (1 - rest[:, None]) + total[first + 1] * rest[:, None])


def _draw_counts(rng: np.random.Generator, log_rate: FloatArray, mean: FloatArray) -> FloatArray:
    """Draw counts whose mean over trials is given."""
    rate = np.exp(log_rate - log_rate.max(axis=0))
    rate *= mean / rate.mean(axis=0)
    _check_rate(rate)
    counts = rng.poisson(rate).astype(np.float64)
    while (silent := np.flatnonzero(np.count_nonzero(counts, axis=0) < 2)).size:
        rate[:, silent] *= 2
        _check_rate(rate)
        counts[:, silent] = rng.poisson(rate[:, silent])
    return counts


def _check_rate(rate: FloatArray) -> None:
    if not (rate <= LARGEST_RATE).all():
        raise AnalysisError(
            f"settings, drives: found a mean count of {np.nanmax(rate):.3g} in a trial, expected "
            f"at most {LARGEST_RATE:g}; lower mean_count, or the strengths of the drives (changes "
            "of log rate)"
        )
