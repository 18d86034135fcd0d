"""Which task variables may units code at the start of a trial? The last action, reward, and value.

These are the factors of Wang et al. (2018), Fig. 2e, after Tsutsui et al. (2016).
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
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import find_previous, read_trials, read_variable

CRITIC = "critic"


@labelled
def build_trial_factors(
    recording: xr.Dataset, step: str | None = "fixation", value: str | xr.DataArray = CRITIC
) -> xr.Dataset:
    """Build the factors that unit activity is correlated with.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` on `trial`, with coordinates `subject`,
        `session` and `trial_in_session`; `invalid` and `forced` (0 or 1) where it has them; and
        `value` on `trial`, or on (`trial`, `step`), where the critic's is wanted.
    step : str, optional
        Step at which the critic's value is read; not needed where `value` has no steps.
    value : "critic" or xarray.DataArray
        The critic's estimate V(o_t) at `step`; or any value on `trial`, in any units, for instance
        the value of the upcoming action in a model of the choices.

    Returns
    -------
    xarray.Dataset
        On `trial`, with the recording's coordinates; NaN where there is none:

        - `last_action`: of the trial before, 1 right, -1 left. NaN on the first trial of a
          session, after an invalid trial, and after a trial that is missing from the recording.
        - `last_reward`: 1 if that trial's reward was above 0, else 0.
        - `last_action_x_last_reward`: product of the two, each minus its mean over the subject's
          trials in which all other factors are defined.
        - `value`.
        - `upcoming_action`: 1 right, -1 left. NaN where the trial is invalid or forced, since the
          subject made no choice of its own.

        Attributes: `step` (empty where there is none), `n_trials` (in which all factors are
        defined), `n_trials_recorded`, `n_trials_forced`, `n_trials_invalid`.

    Raises
    ------
    MissingVariableError
        If a variable or coordinate is missing.
    AnalysisError
        If the recording has no such step, the value is not on `trial`, or as `read_trials`.
    EmptySelectionError
        If there is no trial in which all factors are defined.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 2e. Tsutsui et al. (2016), Nature
    Communications 7:12554.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2)
    >>> factors = pfc.analysis.build_trial_factors(recording, step="fixation")
    >>> list(factors.data_vars)
    ['last_action', 'last_reward', 'last_action_x_last_reward', 'value', 'upcoming_action']
    >>> print(factors["last_action"].values[:6])
    [nan -1. -1. -1. -1. -1.]

    The first trial of a session has no trial before it, so its last action is NaN.
    """
    trials = read_trials(recording)
    before = find_previous(trials)
    known = (before >= 0) & trials.valid[before]
    side = np.where(trials.choice == 1, 1.0, -1.0)
    action = np.where(known, side[before], np.nan)
    reward = np.where(known, trials.reward[before] > 0, np.nan)
    upcoming = np.where(trials.predicted, side, np.nan)
    worth = _read_value(recording, step, value)
    used = known & trials.predicted & np.isfinite(worth)
    if not used.any():
        raise EmptySelectionError(
            f"trial: found none of {used.size} with a valid trial before it, a free and valid "
            "choice of its own and a value, expected at least one; see the variables 'choice', "
            "'invalid', 'forced' and 'value'"
        )
    centred = _centre(action, used, trials.subject) * _centre(reward, used, trials.subject)
    found = {
        "last_action": (action, "last action (1 right, -1 left)"),
        "last_reward": (reward, "last reward (1 rewarded, 0 not)"),
        "last_action_x_last_reward": (centred, "last action x last reward, each about its mean"),
        "value": (worth, "value"),
        "upcoming_action": (upcoming, "upcoming action (1 right, -1 left)"),
    }
    coords = ("subject", "session", "trial_in_session")
    result = xr.Dataset(
        {name: ("trial", values, {"long_name": text}) for name, (values, text) in found.items()},
        coords={name: ("trial", recording[name].values) for name in coords},
    )
    result.attrs = {"step": step or "", "n_trials": int(used.sum())} | trials.counts()
    return result


def select_step(array: xr.DataArray, step: str | None) -> xr.DataArray:
    """Select a step of the trial by name; an array without steps is returned as it is.

    Raises
    ------
    AnalysisError
        If there are steps and none of this name.
    """
    if "step" not in array.dims:
        return array
    steps = [str(name) for name in array["step"].values]
    if step not in steps:
        raise AnalysisError(
            f"step: found {step!r}, expected one of the steps of {str(array.name)!r}: "
            f"{listed(steps)}. For activity after an event, such as 'outcome', use "
            "pfc.analysis.align_units(recording, event)"
        )
    return array.isel(step=steps.index(step), drop=True)


def _read_value(recording: xr.Dataset, step: str | None, value: str | xr.DataArray) -> FloatArray:
    """Read the value on trial; NaN where it is not finite."""
    if isinstance(value, str):
        if value != CRITIC:
            raise AnalysisError(
                f"value: found {value!r}, expected {CRITIC!r} or an xarray.DataArray on 'trial'"
            )
        if "value" not in recording:
            raise MissingVariableError(
                f"value: the recording has no such variable; it has {listed(recording.variables)}. "
                "Expected the critic's estimate on 'trial' and 'step'; for an animal, pass "
                "value=, an xarray.DataArray on 'trial', from a model of its choices"
            )
        read_variable(recording, "value")
        value = select_step(recording["value"], step)
    if value.dims != ("trial",) or value.sizes["trial"] != recording.sizes["trial"]:
        raise AnalysisError(
            f"value: found dimensions {listed(value.dims)} of shape {value.shape}, expected "
            f"'trial' with {recording.sizes['trial']} trials"
        )
    numbers = value.values.astype(np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _centre(values: FloatArray, used: np.ndarray, subject: IntArray) -> FloatArray:
    """Subtract the mean over each subject's used trials."""
    count = np.bincount(subject[used], minlength=int(subject.max()) + 1)
    total = np.bincount(subject[used], weights=values[used], minlength=count.size)
    return values - (total / np.maximum(count, 1))[subject]
