"""Information criteria: the log-likelihood of a fit less a price for its parameters."""

from __future__ import annotations

import numpy as np

from pfc_analysis.fitting.estimation.subject_fit import SubjectFit


def compute_aic(fit: SubjectFit) -> float:
    r"""Compute Akaike's information criterion, :math:`2 k - 2 \log L`; lower is better.

    Parameters
    ----------
    fit : SubjectFit
        Of maximum likelihood; k is the number of free parameters.

    References
    ----------
    Akaike (1974), IEEE Transactions on Automatic Control 19:716.
    """
    return 2.0 * len(fit.free) - 2.0 * fit.log_likelihood


def compute_bic(fit: SubjectFit) -> float:
    r"""Compute the Bayesian information criterion, :math:`k \log n - 2 \log L`; lower is better.

    Parameters
    ----------
    fit : SubjectFit
        Of maximum likelihood; n is the number of predicted choices. ``-0.5 * compute_bic(fit)``
        approximates the log-evidence that `select_by_subjects` takes.

    References
    ----------
    Schwarz (1978), Annals of Statistics 6:461.
    """
    return len(fit.free) * float(np.log(fit.n_trials)) - 2.0 * fit.log_likelihood
