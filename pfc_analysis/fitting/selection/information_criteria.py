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

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
    >>> from pfc_analysis.fitting.selection.information_criteria import compute_aic
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=3.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=20, seed=1, subject="one")
    >>> trials, rng = read_fit_trials(played, "bandit"), np.random.default_rng(1)
    >>> right = fit_maximum(pfc.learners.QLearning, trials, rng)
    >>> wrong = fit_maximum(pfc.learners.ChoiceKernel, trials, rng)
    >>> compute_aic(right) < compute_aic(wrong)
    True
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

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
    >>> from pfc_analysis.fitting.selection.information_criteria import compute_bic
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=3.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=20, seed=1, subject="one")
    >>> trials, rng = read_fit_trials(played, "bandit"), np.random.default_rng(1)
    >>> right = fit_maximum(pfc.learners.QLearning, trials, rng)
    >>> wrong = fit_maximum(pfc.learners.ChoiceKernel, trials, rng)
    >>> compute_bic(right) < compute_bic(wrong)
    True
    """
    return len(fit.free) * float(np.log(fit.n_trials)) - 2.0 * fit.log_likelihood
