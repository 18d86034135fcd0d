"""Which model is the most frequent among subjects like these?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.models.random_streams import stream
from pfc_analysis.fitting.selection.model_frequencies import select_by_subjects

FEWEST_SUBJECTS = 2
"""Subjects with held-out sessions from which frequencies of models are estimated."""


def lay_out_selection(total: FloatArray, models: Sequence[Model], seed: int) -> xr.Dataset:
    """Estimate how frequent models are among subjects, from held-out log-likelihoods.

    A held-out log-likelihood stands for the log-evidence of a model, since it takes the number of
    parameters into account, of learners and networks alike.

    Parameters
    ----------
    total : float array (subject, model)
        Log-likelihood of held-out choices; NaN of subjects that have none.
    models : sequence of Model
        The models.
    seed : int
        Seed of the draws of frequencies.

    Returns
    -------
    xarray.Dataset
        `model_frequency`, `exceedance`, `protected_exceedance` on `model`, and `omnibus_risk`, the
        probability that all models are equally frequent (`select_by_subjects`). Empty with fewer
        than two models or two subjects.
    """
    known = total[np.isfinite(total).all(axis=1)]
    if len(models) < 2 or len(known) < FEWEST_SUBJECTS:
        return xr.Dataset()
    names = [model.name for model in models]
    found = select_by_subjects(known, names, stream(seed, "frequencies"))
    return xr.Dataset(
        {
            "model_frequency": ("model", found.frequency, {"units": "1"}),
            "exceedance": ("model", found.exceedance, {"units": "1"}),
            "protected_exceedance": ("model", found.protected_exceedance, {"units": "1"}),
            "omnibus_risk": ((), found.omnibus_risk, {"units": "1"}),
        },
        coords={"model": names},
    )
