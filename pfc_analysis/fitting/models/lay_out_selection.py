"""Which model is the most frequent among subjects like these?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.selection.model_frequencies import select_by_subjects

FEWEST_MODELS = FEWEST_SUBJECTS = 2
"""Models and subjects from which frequencies of models are estimated."""


HELD_OUT, BIC = "held-out log-likelihood", "BIC"
"""What stands for the log-evidence of a model."""


def lay_out_selection(
    total: FloatArray, bic: FloatArray, models: Sequence[Model], seed: int
) -> xr.Dataset:
    """Estimate how frequent models are among subjects.

    A held-out log-likelihood stands for the log-evidence of a model, since it takes the number of
    parameters into account, of learners and networks alike. Where fewer than two subjects have one,
    minus half the BIC stands for it, and only learners are compared.

    Parameters
    ----------
    total : float array (subject, model)
        Log-likelihood of held-out choices; NaN of subjects that have none.
    bic : float array (subject, model)
        Bayesian information criterion; NaN of networks.
    models : sequence of Model
        The models.
    seed : int
        Seed of the draws of frequencies.

    Returns
    -------
    xarray.Dataset
        `model_frequency`, `exceedance`, `protected_exceedance` on `model`, and `omnibus_risk`, the
        probability that all models are equally frequent (`select_by_subjects`); attribute
        `evidence` of `model_frequency`, what stands for the log-evidence. On `subject`:
        `best_by_bic`, the learner with the lowest BIC. With fewer than two models or two subjects,
        only the last.
    """
    names = [model.name for model in models]
    result = _find_lowest(bic, names)
    evidence, compared, kind = total, names, HELD_OUT
    known = evidence[np.isfinite(evidence).all(axis=1)]
    if len(known) < FEWEST_SUBJECTS:
        columns = [k for k, model in enumerate(models) if model.learner is not None]
        known, kind = -0.5 * bic[:, columns], BIC
        compared = [names[k] for k in columns]
    if len(compared) < FEWEST_MODELS or len(known) < FEWEST_SUBJECTS:
        return result
    found = select_by_subjects(known, compared, stream(seed, "frequencies"))
    frequencies = xr.Dataset(
        {
            "model_frequency": ("model", found.frequency, {"units": "1", "evidence": kind}),
            "exceedance": ("model", found.exceedance, {"units": "1"}),
            "protected_exceedance": ("model", found.protected_exceedance, {"units": "1"}),
            "omnibus_risk": ((), found.omnibus_risk, {"units": "1"}),
        },
        coords={"model": compared},
    )
    return result.merge(frequencies.reindex(model=names))


def _find_lowest(bic: FloatArray, names: Sequence[str]) -> xr.Dataset:
    """Name the learner with the lowest BIC of each subject; "" where there is none."""
    filled = np.where(np.isfinite(bic), bic, np.inf)
    best = [names[k] if np.isfinite(row[k]) else "" for row in filled for k in [row.argmin()]]
    return xr.Dataset({"best_by_bic": ("subject", np.array(best, dtype=str))})
