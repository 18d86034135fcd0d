"""Random-effects Bayesian model selection: how many subjects each model describes best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError

MOST_STEPS = 1000
ENOUGH = 1e-8
"""Steps end when no count changes by more than this."""

BLOCK = 100_000
"""Draws of frequencies that are compared at a time, which limits memory."""


@dataclass(frozen=True)
class ModelFrequencies:
    """How frequent each model is in the population that subjects come from.

    Attributes
    ----------
    models : tuple of str
        Names.
    counts : float array (model,)
        Parameters of the Dirichlet posterior of the frequencies.
    responsibility : float array (subject, model)
        Probability that a subject's choices come from a model.
    exceedance : float array (model,)
        Probability that a model is more frequent than every other, if frequencies differ at all.
    protected_exceedance : float array (model,)
        The same, with the chance that all are equally frequent taken into account.
    omnibus_risk : float
        Probability that all models are equally frequent, given equal prior odds.
    """

    models: tuple[str, ...]
    counts: FloatArray
    responsibility: FloatArray
    exceedance: FloatArray
    protected_exceedance: FloatArray
    omnibus_risk: float

    @property
    def frequency(self) -> FloatArray:
        """Expected frequency of each model; float array (model,)."""
        return np.asarray(self.counts / self.counts.sum(), dtype=np.float64)


def select_by_subjects(
    log_evidence: npt.ArrayLike,
    models: Sequence[str],
    rng: np.random.Generator,
    *,
    n_draws: int = 1_000_000,
) -> ModelFrequencies:
    r"""Estimate how frequent models are among subjects, each of whom follows one of them.

    Frequencies have a uniform Dirichlet prior, and subjects' models are drawn from them. The
    posterior is approximated by variational Bayes. With probability

    .. math::
        \mathrm{BOR} = \frac{1}{1 + \exp(F_1 - F_0)}

    all models are equally frequent, where F1 is the variational free energy, and F0 the
    log-evidence of equal frequencies.

    Parameters
    ----------
    log_evidence : float array (subject, model)
        Log-evidence of every model: ``-0.5 * compute_bic(fit)``, the log-likelihood of held-out
        sessions, or `HierarchicalFit.subject_log_evidence`.
    models : sequence of str
        Names of the models.
    rng : numpy.random.Generator
        Draws frequencies for the exceedance probabilities of more than two models; those of two are
        computed exactly.
    n_draws : int
        Number of draws.

    Raises
    ------
    AnalysisError
        If a number is not finite, the shape does not fit, or there are fewer than two models.

    References
    ----------
    Stephan et al. (2009), NeuroImage 46:1004 (frequencies and exceedance); Rigoux et al. (2014),
    NeuroImage 84:971 (omnibus risk and protected exceedance, equations 4 to 7).

    Examples
    --------
    >>> import numpy as np
    >>> from pfc_analysis.fitting.selection.model_frequencies import select_by_subjects
    >>> evidence = np.array([[-50.0, -60.0], [-40.0, -48.0], [-55.0, -52.0], [-45.0, -51.0]])
    >>> found = select_by_subjects(evidence, ["A", "B"], np.random.default_rng(1))
    >>> print(found.frequency.round(2), found.exceedance.round(2))
    [0.69 0.31] [0.84 0.16]
    """
    evidence = _check(log_evidence, models)
    counts, responsibility = _estimate_counts(evidence)
    free_energy = _free_energy(evidence, counts, responsibility)
    null = float(np.sum(_log_mean(evidence)))
    risk = float(1.0 / (1.0 + np.exp(np.clip(free_energy - null, -700.0, 700.0))))
    exceedance = _exceed(counts, rng, n_draws)
    return ModelFrequencies(
        models=tuple(models),
        counts=counts,
        responsibility=responsibility,
        exceedance=exceedance,
        protected_exceedance=(1.0 - risk) * exceedance + risk / len(models),
        omnibus_risk=risk,
    )


def _check(log_evidence: npt.ArrayLike, models: Sequence[str]) -> FloatArray:
    evidence = np.asarray(log_evidence, dtype=np.float64)
    if evidence.ndim != 2 or evidence.shape[0] < 1 or evidence.shape[1] != len(models):
        raise AnalysisError(
            f"log_evidence: found the shape {evidence.shape}, expected one row a subject and one "
            f"column for each of {len(models)} models"
        )
    if len(models) < 2:
        raise AnalysisError(f"models: found {len(models)}, expected at least 2 to choose among")
    if not np.all(np.isfinite(evidence)):
        subject, model = np.argwhere(~np.isfinite(evidence))[0]
        raise AnalysisError(
            f"log_evidence: found {evidence[subject, model]} for subject {subject} and model "
            f"{models[model]!r}, expected finite numbers; leave the subject or the model out"
        )
    return evidence


def _estimate_counts(evidence: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Alternate between subjects' models and the counts of the frequencies' posterior."""
    from scipy.special import digamma, softmax

    counts = np.ones(evidence.shape[1])
    for _ in range(MOST_STEPS):
        responsibility = softmax(evidence + digamma(counts), axis=1)
        before, counts = counts, 1.0 + responsibility.sum(axis=0)
        if np.abs(counts - before).max() < ENOUGH:
            break
    return counts, np.asarray(responsibility, dtype=np.float64)


def _free_energy(evidence: FloatArray, counts: FloatArray, responsibility: FloatArray) -> float:
    """Compute the variational bound of the log-evidence (Rigoux et al. 2014, appendix A)."""
    from scipy.special import digamma, gammaln, xlogy

    size = counts.size
    expected = digamma(counts) - digamma(counts.sum())
    joint = np.sum(responsibility * (evidence + expected)) + gammaln(size)
    entropy_of_models = -np.sum(xlogy(responsibility, responsibility))
    entropy_of_frequencies = (
        np.sum(gammaln(counts)) - gammaln(counts.sum()) - np.sum((counts - 1.0) * expected)
    )
    return float(joint + entropy_of_models + entropy_of_frequencies)


def _log_mean(evidence: FloatArray) -> FloatArray:
    """Compute the log-evidence of each subject if all models are equally frequent; (subject,)."""
    from scipy.special import logsumexp

    return np.asarray(logsumexp(evidence, axis=1) - np.log(evidence.shape[1]), dtype=np.float64)


def _exceed(counts: FloatArray, rng: np.random.Generator, n_draws: int) -> FloatArray:
    """Compute the probability that each frequency is the largest; (model,)."""
    from scipy.stats import beta

    if counts.size == 2:
        first = float(beta.sf(0.5, *counts))
        return np.array([first, 1.0 - first])
    won = np.zeros(counts.size)
    for begin in range(0, n_draws, BLOCK):
        drawn = rng.standard_gamma(counts, size=(min(BLOCK, n_draws - begin), counts.size))
        won += np.bincount(drawn.argmax(axis=1), minlength=counts.size)
    return np.asarray(won / n_draws, dtype=np.float64)
