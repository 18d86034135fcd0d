"""Predict choices from past rewards and choices, with weights that were already fitted."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.reward_history import build_reward_design
from pfc_analysis.analysis.errors import MissingVariableError, listed
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials


@labelled
def predict_choice(recording: xr.Dataset, fit: xr.Dataset) -> xr.DataArray:
    """Predict each choice from its history, with the weights of `fit_reward_history`.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `fit_reward_history`; not necessarily the one that the weights were fitted to.
    fit : xarray.Dataset
        Result of `fit_reward_history`; its settings say how forced trials and automatic water
        enter the history.

    Returns
    -------
    xarray.DataArray
        On `trial`, with the recording's coordinates: probability of the right arm. NaN where the
        choice is not valid. Missing history is 0.

    Raises
    ------
    MissingVariableError
        If a variable is missing, or the fit has no weights for a subject.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=20, seed=1, subject="observer")
    >>> fit = pfc.analysis.fit_reward_history(recording, n_lags=5)
    >>> right = pfc.analysis.predict_choice(recording, fit)
    >>> went_right = recording["choice"] == 1
    >>> bool(right.where(went_right).mean() > right.where(~went_right).mean())
    True

    The predicted probability of the right arm is higher where the right arm was chosen.
    """
    from scipy.special import expit

    require_result(fit, ("lag",), "fit", "fit_reward_history")
    arms = read_arm_trials(recording)
    missing = [name for name in arms.trials.subjects if name not in fit["subject"].values]
    if missing:
        raise MissingVariableError(
            f"subject: the fit has no weights for {listed(missing)}; it has those of "
            f"{listed(fit['subject'].values)}"
        )
    history = (fit.sizes["lag"], fit.attrs["forced_trials"], fit.attrs["automatic_trials"])
    log_odds = np.empty(arms.trials.choice.size)
    for name, rows, own in arms.by_subject():
        of_subject = fit.sel(subject=name)
        names = ("intercept", "reward_weight", "choice_weight")
        weight = np.concatenate([np.atleast_1d(of_subject[each].values) for each in names])
        log_odds[rows] = build_reward_design(own, *history) @ weight
    probability = np.where(arms.trials.valid, expit(log_odds), np.nan)
    coords = {n: recording[n].variable for n in ("subject", "session", "trial_in_session")}
    return xr.DataArray(
        probability,
        coords,
        dims="trial",
        name="probability_right",
        attrs={"long_name": "probability of choosing the right arm", "units": "1"},
    )
