r"""How slowly does a state forget, by the kind of trial or by the regime?

Around a state of a session, a small difference d between two states becomes J d with the next
trial, where J is the Jacobian of the trial. Along an eigenvector of J it is multiplied by the
eigenvalue, so that after one trial the share :math:`|\lambda|` is left:

.. math:: r = -\log |\lambda|, \qquad \tau = 1 / r

is the rate of decay per trial and the time constant in trials (Maheswaranathan et al. 2019). Rates,
not time constants, are averaged: an eigenvalue of size 1 has an infinite time constant, and one
larger than 1 a negative rate.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.dynamics.fixed_point_search import sort_eigenvalues
from pfc_analysis.analysis.dynamics.trial_maps import StateMaps, draw_rows
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.result_labels import labelled


@labelled
def compute_time_constants(
    maps: StateMaps,
    by: str = "kind",
    *,
    n_modes: int = 3,
    n_states: int = 100,
    generator: np.random.Generator | int = 0,
) -> xr.Dataset:
    """Compute how slowly small differences of the state decay, by kind of trial or by regime.

    Parameters
    ----------
    maps : StateMaps
        How trials move states (`pfc_analysis.state_maps`).
    by : str
        Groups of trials: "kind", or a variable on trial such as "regime" or "better_state".
    n_modes : int
        Slowest modes to tell apart.
    n_states : int
        Trials of each subject and group, drawn at random, at whose states the eigenvalues are
        computed; the Jacobian is that of the trial as it was.
    generator : numpy.random.Generator or int
        Draws the trials; a number is the seed.

    Returns
    -------
    xarray.Dataset
        On (subject, group, mode), from the slowest mode: ``decay_rate``, the mean over trials of
        minus the logarithm of the eigenvalue's size, per trial; ``time_constant``, one over it, in
        trials, infinite where the mean rate is not above 0; ``not_decaying``, the share of trials
        in which the mode does not decay. ``n_trials`` (subject, group). A subject without trials of
        a group has NaN. Intervals over subjects: ``compute_subject_mean(found["decay_rate"])``.

    Raises
    ------
    AnalysisError
        If there is no such variable, or a setting is out of range.

    References
    ----------
    Maheswaranathan, Williams, Golub, Ganguli & Sussillo (2019), NeurIPS 32, for time constants of
    linearised networks. Trials as steps, and the mean over recorded states, are settings of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> maps = pfc.state_maps("two_step", recording)
    >>> found = pfc.analysis.compute_time_constants(maps, by="better_state", n_states=10)
    >>> found["group"].values.tolist()
    ['better_state left', 'better_state right']
    >>> dict(found["decay_rate"].sizes)
    {'subject': 8, 'group': 2, 'mode': 3}
    """
    size = next(iter(maps.maps[maps.subjects[0]].values())).size
    if not 1 <= n_modes <= size or n_states < 1:
        raise AnalysisError(
            f"n_modes, n_states: found {n_modes} and {n_states}, expected at least 1, and at most "
            f"{size} modes, the numbers in a state"
        )
    rng = as_generator(generator, "generator")
    names, group = maps.group_trials(by)
    shape = (len(maps.subjects), len(names))
    rate, staying = np.full((2, *shape, n_modes), np.nan)
    count = np.zeros(shape, np.int64)
    for i, subject in enumerate(maps.subjects):
        rows = maps.rows_of(subject)
        for k in range(len(names)):
            own = rows[group[rows] == k]
            if own.size:
                drawn = draw_rows(own, n_states, rng)
                rates = _measure_rates(maps.jacobians(subject, drawn), n_modes)
                rate[i, k], staying[i, k] = rates.mean(axis=0), (rates <= 0).mean(axis=0)
                count[i, k] = drawn.size
    if not count.any():
        raise AnalysisError(f"by: no trial has a value of {by!r}")
    return _lay_out(maps.subjects, names, rate, staying).assign(
        n_trials=(("subject", "group"), count)
    )


def _measure_rates(jacobian: FloatArray, n_modes: int) -> FloatArray:
    """Rates of decay, (trial, mode), slowest first."""
    size = np.abs(sort_eigenvalues(jacobian)[:, :n_modes])
    # An eigenvalue of 0 forgets everything in one trial; the least number keeps the mean finite.
    return np.asarray(-np.log(np.maximum(size, np.finfo(np.float64).tiny)))


def _lay_out(
    subjects: list[str], names: list[str], rate: FloatArray, staying: FloatArray
) -> xr.Dataset:
    dims = ("subject", "group", "mode")
    constant = np.where(rate > 0, 1.0 / np.where(rate > 0, rate, 1.0), np.inf)
    constant[np.isnan(rate)] = np.nan
    described = {
        "decay_rate": (rate, "rate at which a difference of states decays", "1/trial"),
        "time_constant": (constant, "time constant of a difference of states", "trial"),
        "not_decaying": (staying, "share of trials in which the mode does not decay", "1"),
    }
    return xr.Dataset(
        {
            name: (dims, values, {"long_name": meaning, "units": units})
            for name, (values, meaning, units) in described.items()
        },
        {"subject": subjects, "group": names, "mode": np.arange(1, rate.shape[2] + 1)},
    )
