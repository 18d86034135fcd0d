"""Which features tell what units do, and which of them better than others? Nested ridge models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import (
    EVERYTHING,
    WITHOUT,
)
from pfc_analysis.analysis.neurons.encoding.encoding_rows import (
    Blocks,
    EncodingRows,
    read_encoding_rows,
)
from pfc_analysis.analysis.neurons.encoding.encoding_table import tabulate
from pfc_analysis.analysis.neurons.encoding.model_errors import Drift, Removal, compute_errors
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled

FEWEST_FOLDS = 3


@labelled
def compare_encoding_models(
    responses: xr.DataArray,
    base: FeatureSet,
    features: Sequence[FeatureSet],
    *,
    block: Blocks = None,
    drift: Drift = "block",
    n_cosines: int = 3,
    n_folds: int = 10,
    n_components: int = 20,
    nested: bool = True,
    units: bool = True,
) -> xr.Dataset:
    r"""Compare sets of features by how well they predict the responses of units.

    Ridge regressions of all units predict blocks of trials that were held out. Every model has the
    features of the base, such as the events of the last trial; each set is added to it alone, all
    are added together, and each is left out of all.

    Parameters
    ----------
    responses : xarray.DataArray
        Of neurons, or of an agent's units (one step or window), on (`trial`, `unit`), or one trace
        on `trial`; with coordinates `session` (and `subject`) on `trial`. Units that were recorded
        in the same trials: a unit that is NaN in all trials is left out, a trial in which another
        is NaN too.
    base : FeatureSet
        What every model has.
    features : sequence of FeatureSet
        The sets that are compared, on the same trials. Of a set with several replicas, each is
        fitted by itself and shares are averaged; sets with several have the same number.
    block : str, int or labels on `trial`, optional
        Trials that are held out together: a coordinate of the responses, such as "block"; labels;
        or a number of trials, into pieces of which sessions are cut. Default: sessions.
    drift : {"block", "trend", "none"}
        How slow drift is taken out: by the mean of each block, or by a slow trend of each session,
        fitted to the training blocks (see `pfc_analysis.analysis.neurons.encoding.drift_removal`).
        "none" takes out the mean over training blocks only.
    n_cosines : int
        Cosines of the trend of a session.
    n_folds : int
        Parts of the blocks, dealt out in turn; each is predicted from the others, within which the
        penalty of each unit is chosen. At least 3, at most the number of blocks.
    n_components : int
        Principal components of the population that are predicted as well, found in the training
        blocks. At most the number of units, which is taken where it is smaller.
    nested : bool
        Whether models with all sets are fitted, for unique and shared variance; about two thirds of
        the time.
    units : bool
        Whether single units are scored, besides the population's components.

    Returns
    -------
    xarray.Dataset
        Shares of variance (1 is all, below 0 is worse than the trend alone), averaged over
        replicas. On `score`: "components" (share of the summed variance of the population's
        components) and, where `units`, "units" (mean over units). Each with `_lower` and `_upper`,
        a 95 % interval over blocks and replicas (see
        `pfc_analysis.analysis.neurons.encoding.encoding_estimates`).

        - `r_squared` (`score`, `model`): of the base, of the base with each set and, where nested,
          of "everything" and "everything but" each set.
        - `gain` (`score`, `features`): what the set adds to the base.
        - `difference` (`score`, `features`, `rival`): gain of the set minus that of a rival; the
          rival named as the base has gain 0.
        - `unique`, `shared` (`score`, `features`), where nested: what is lost without the set from
          everything, and the gain minus that.
        - `partial_r_squared`: the share of the error of "everything but" the set that the set
          takes away (coefficient of partial determination).
        - `unit_r_squared` (`model`, `unit`), `unit_gain`, `unit_unique`, `unit_partial_r_squared`
          (`features`, `unit`),
          where `units`.
        - `replica_r_squared` (`score`, `model`, `replica`): without interval.

        Attributes: settings, `n_trials`, `n_trials_left_out`, `n_blocks`, `n_units`, `n_replicas`.

    Raises
    ------
    MissingVariableError
        If there are no labels of sessions or blocks.
    AnalysisError
        If a setting is out of range; sets, responses and trials do not agree; units are constant;
        or blocks are too few.

    Notes
    -----
    The base and the trend have no penalty, so that a set that tells nothing, whose weights are
    shrunk to 0, leaves the predictions of the base as they are; only directions of the base that
    hardly vary in the training blocks (an eigenvalue below 1e-4 of the largest) are left out. In
    models with several sets, their
    penalties keep the ratio of those that suit each set alone (a coarse form of banded ridge
    regression: Nunez-Elizalde et al. 2019). Penalties (15 from .001 to 10,000, in units of the
    features' variance), the default of 10 folds, of 20 components and of 3 cosines are settings of
    ours. Responses are taken as they are: of counts, the square root has a more even variance.

    References
    ----------
    Hoerl & Kennard (1970), Technometrics 12:55. Nunez-Elizalde, Huth & Gallant (2019), NeuroImage
    197:482. Musall et al. (2019), Nature Neuroscience 22:1677,
    on unique variance.

    Examples
    --------
    What do the units of one agent carry at the start of a trial, beyond the last trial: the values
    of a model-based or those of a model-free learner?

    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> events = pfc.analysis.build_event_features(one)
    >>> planner = pfc.analysis.build_learner_features(pfc.learners.ModelBased(), one)
    >>> habit = pfc.analysis.build_learner_features(pfc.learners.ModelFreeDirect(), one)
    >>> found = pfc.analysis.compare_encoding_models(
    ...     one["hidden"].sel(step="fixation"), events, [planner, habit], n_folds=4
    ... )
    >>> gain = found["gain"].sel(score="units")
    >>> bool(gain.sel(features="ModelBased") > gain.sel(features="ModelFreeDirect"))
    True
    """
    sets = [base, *features]
    _check_settings(features, drift, n_cosines, n_folds, n_components)
    rows = read_encoding_rows(responses, sets, block)
    fold = _deal_out(rows, drift, n_folds)
    models = _list_models(rows, nested)
    # Products of this size are slower in several threads where other processes need the cores.
    with threadpool_limits(1, user_api="blas"):
        errors = compute_errors(rows, fold, models, Removal(drift, n_cosines), n_components, units)
    result = tabulate(errors, rows, list(models))
    result.attrs = _describe(rows, fold, n_components) | {
        "base": base.name, "drift": drift, "n_cosines": n_cosines if drift == "trend" else 0,
    }  # fmt: skip
    return result


def _check_settings(
    features: Sequence[FeatureSet], drift: str, n_cosines: int, n_folds: int, n_components: int
) -> None:
    if not features:
        raise AnalysisError("features: found none, expected one set of features or more")
    if drift not in get_args(Drift):
        raise AnalysisError(f"drift: found {drift!r}, expected {listed(get_args(Drift))}")
    for name, value, fewest in (
        ("n_cosines", n_cosines, 0),
        ("n_folds", n_folds, FEWEST_FOLDS),
        ("n_components", n_components, 1),
    ):
        if not isinstance(value, (int, np.integer)) or value < fewest:
            raise AnalysisError(
                f"{name}: found {value!r}, expected a whole number of at least {fewest}"
            )


def _deal_out(rows: EncodingRows, drift: str, n_folds: int) -> IntArray:
    """Deal out blocks to folds in turn; integer array (trial,)."""
    n_blocks = int(rows.block[-1]) + 1
    if n_blocks < n_folds:
        raise AnalysisError(
            f"block: found {n_blocks} block(s) of trials, expected at least n_folds, {n_folds}; "
            "name shorter blocks, such as block=40 (pieces of 40 trials), or lower n_folds"
            + (
                f". {rows.n_left_out} trials that lack a response of a unit, or a feature, were "
                "left out"
                if rows.n_left_out
                else ""
            )
        )
    fold = rows.block % n_folds
    if drift == "trend":
        for session in range(int(rows.session[-1]) + 1):
            n = np.unique(fold[rows.session == session]).size
            if n < FEWEST_FOLDS:
                raise AnalysisError(
                    f"drift: found 'trend' and a session with blocks in {n} fold(s), expected at "
                    f"least {FEWEST_FOLDS}: a trend cannot be fitted to a session that is held "
                    "out. Use drift='block', or shorter blocks"
                )
    return fold


def _list_models(rows: EncodingRows, nested: bool) -> dict[str, list[str]]:
    """List the models by name, with the names of their sets besides the base."""
    base, *others = [one.name for one in rows.sets]
    models: dict[str, list[str]] = {base: []} | {name: [name] for name in others}
    if nested:
        models[EVERYTHING] = others
        for name in others:
            models[WITHOUT.format(name)] = [each for each in others if each != name]
    return models


def _describe(rows: EncodingRows, fold: IntArray, n_components: int) -> dict[str, Any]:
    """Attributes of the result."""
    return {
        "n_trials": len(rows.responses),
        "n_trials_left_out": rows.n_left_out,
        "n_blocks": int(rows.block[-1]) + 1,
        "n_folds": int(fold.max()) + 1,
        "n_units": rows.responses.shape[1],
        "n_components": min(n_components, rows.responses.shape[1]),
        "n_replicas": len(rows.replicas),
        "interval": "95 %, jackknife over blocks and scatter of replicas, Student's t",
    }
