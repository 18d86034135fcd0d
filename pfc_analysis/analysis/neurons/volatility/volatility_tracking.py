"""Which units track volatility, given action, reward and value? (Wang et al. 2018, Fig. 3)"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import list_names
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors
from pfc_analysis.analysis.neurons.volatility.volatile_states import (
    Target,
    read_states,
    read_target,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval
from pfc_analysis.analysis.statistics.multiple_tests import correct_p_values
from pfc_analysis.analysis.trials.choice_trials import read_variable

FACTORS = ("last_action", "last_reward", "last_action_x_last_reward", "value")


@labelled
def compute_volatility_tracking(
    recording: xr.Dataset,
    target: Target = "regime",
    *,
    step: str | None = None,
    level: float = 0.05,
) -> xr.Dataset:
    """Regress every unit on volatility, the last action and reward, their product, and value.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden` and `value` on (`trial`, `step`, ...), `choice`, `reward` and the target on
        `trial`, with coordinates `subject`, `session` and `trial_in_session`.
    target : {"regime", "volatility"}
        0 in stable and 1 in volatile phases; or the hazard of reversal.
    step : str, optional
        Step of the trial at which units and value are read; not needed where there is only one.
    level : float
        Level of significance, above 0 and below 1.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `unit`), of the term for volatility: `coefficient` (activity per unit of the
        target), `lower`, `upper` (95 %), `p_value` (two-sided, errors clustered by session,
        uncorrected), `significant` and `significant_bonferroni` (0 or 1). On `subject`:
        `share_significant` and `share_significant_bonferroni` of units, each with `_lower` and
        `_upper` (95 %, Wilson's, as if units were drawn one by one), `n_trials` that entered, and
        `n_sessions`. The shares grow with the number of trials, so report that number with them.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a setting is out of range, or as `regress_units`.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860: 37 % of units (s.e.m. 1 %); their criterion is
    not published.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("volatility", sessions=12, task={"schedule": "training"})
    >>> tracking = pfc.analysis.compute_volatility_tracking(recording)
    >>> tracking["coefficient"].dims
    ('subject', 'unit')
    >>> bool(tracking["share_significant"].mean() > 0.05)
    True

    More units follow volatility than the 5 % expected by chance.
    """
    if not 0 < level < 1:
        raise AnalysisError(f"level: found {level}, expected a number above 0 and below 1")
    states = read_states(recording, step)
    if step is None and "step" in recording["hidden"].dims:
        step = str(recording["hidden"]["step"].values[0])
    truth = read_target(recording, target)
    factors = build_trial_factors(recording, step)[list(FACTORS)]
    predictors = factors.assign({target: ("trial", truth)}).reset_coords(drop=True)
    whole = np.isfinite(predictors.to_array().values).all(axis=0)
    subject = read_variable(recording, "subject").astype(str)
    names = list_names(subject)
    found = []
    for name in names:
        rows = np.flatnonzero(whole & (subject == name))
        fit = regress_units(
            states.isel(trial=rows), predictors.isel(trial=rows), covariance="cluster"
        )
        found.append(_summarise(fit.sel(predictor=target, drop=True), level))
    result = xr.concat(found, dim="subject").assign_coords(subject=names)
    result.attrs = {"target": target, "level": float(level), "interval": "95 %"}
    return result


def _summarise(fit: xr.Dataset, level: float) -> xr.Dataset:
    """Summarise one subject's units, and compute the share that is significant."""
    corrected = correct_p_values(fit["p_value"], "bonferroni", alpha=level)["significant"]
    result = fit[["coefficient", "lower", "upper", "p_value"]]
    result["significant"] = (fit["p_value"] <= level).astype(np.int8)
    result["significant_bonferroni"] = corrected.astype(np.int8)
    n_units = np.array([float(fit.sizes["unit"])])
    for suffix in ("", "_bonferroni"):
        share = np.array([float(result[f"significant{suffix}"].mean())])
        lower, upper = wilson_interval(share, n_units)
        result[f"share_significant{suffix}"] = float(share[0])
        result[f"share_significant{suffix}_lower"] = float(lower[0])
        result[f"share_significant{suffix}_upper"] = float(upper[0])
    result["n_trials"] = fit.attrs["n_trials"]
    result["n_sessions"] = fit.attrs["n_sessions"]
    return result
