"""Which set of features is the best, if any? The rule, written once."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.given_types import checks_types

UNDECIDED = "undecided"


@checks_types
def name_best_features(comparison: xr.Dataset, score: str = "components") -> str:
    """Name the set of features that predicts responses better than every rival.

    A set is named if the 95 % interval of its difference from each rival, the base among them, lies
    above 0. Otherwise the base is named if no set's gain has an interval above 0: then nothing
    beyond the base was found. In all other cases the comparison is undecided.

    Parameters
    ----------
    comparison : xarray.Dataset
        Of `compare_encoding_models`.
    score : {"components", "units"}
        Which share of variance is compared.

    Returns
    -------
    str
        Name of a set, of the base, or "undecided".

    Raises
    ------
    MissingVariableError
        If it is not such a comparison.
    AnalysisError
        If there is no such score.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> events = pfc.analysis.build_event_features(one)
    >>> sets = [
    ...     pfc.analysis.build_lag_features(one),
    ...     pfc.analysis.build_state_features(one, one, 5, step="fixation"),
    ... ]
    >>> found = pfc.analysis.compare_encoding_models(
    ...     one["hidden"].sel(step="fixation"), events, sets, n_folds=4
    ... )
    >>> pfc.analysis.name_best_features(found)
    'agent'

    The states of the network predict the units of the same network better than past events do.
    """
    require_result(
        comparison, ("difference_lower", "gain_lower"), "comparison", "compare_encoding_models"
    )
    scores = [str(each) for each in comparison["score"].values]
    if score not in scores:
        raise AnalysisError(f"score: found {score!r}, expected one of {', '.join(scores)}")
    one = comparison.sel(score=score)
    for name in one["features"].values:
        rivals = [rival for rival in one["rival"].values if rival != name]
        if (one["difference_lower"].sel(features=name, rival=rivals) > 0).all():
            return str(name)
    if (one["gain_lower"] > 0).any():
        return UNDECIDED
    return str(one["rival"].values[0])
