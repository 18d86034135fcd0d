"""How well does a policy predict the choices of the animal in whose place an agent was put?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, number_labels
from pfc_analysis.analysis.errors import EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.session_sums import estimate_ratio
from pfc_analysis.analysis.trials.arm_trials import read_automatic_reward
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    check_values,
    read_flag,
    read_trials,
    read_variable,
)

NAMES = tuple(
    f"{name}{end}"
    for name in ("likelihood_per_trial", "preferred_share")
    for end in ("", "_lower", "_upper")
)


@labelled
def compute_choice_likelihood(recording: xr.Dataset) -> xr.Dataset:
    r"""Compute the normalised likelihood of choices under a policy.

    It is the geometric mean of the policy's probabilities of the choices that were made,

    .. math:: \exp\Big(\frac{1}{N} \sum_i \ln \frac{p_i(c_i)}{\sum_a p_i(a)}\Big),

    over N free, valid choices c without stimulation and without automatic reward, those that fits
    predict. The sum over a is over the choices that the animal could make: actions of an agent that
    are no choice, such as fixating, are left out of it. A policy that chooses at random has 0.5
    between two choices.

    Parameters
    ----------
    recording : xarray.Dataset
        Of `pfc_analysis.replay`: `choice`, `reward`, `choice_probability` (`trial`, `arm`);
        `forced`, `stimulated` and `automatic_reward` where it has them; the coordinates
        `replayed_subject` and `replayed_session`, without which those of the recording count.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `replayed_subject`): `likelihood_per_trial`; `preferred_share`, the share of
        choices that the policy gave the largest probability (one half where two were equal); both
        with `_lower` and `_upper` (95 %, Student's t over sessions, of the likelihood on the
        logarithm, with the variance of a ratio of session totals; NaN for fewer than two sessions);
        `log_likelihood` (natural logarithm, summed), `n_trials` and `n_sessions`. NaN where a
        subject has no such choice.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no choice is left.
    AnalysisError
        If a value is out of range.

    References
    ----------
    Ito & Doya (2009), J Neurosci 29:9861 (normalised likelihood).

    Examples
    --------
    Agents in the place of a learner that plans, and of one that does not:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> def play(learner):
    ...     animal = pfc.simulate(learner, TwoStep(), sessions=5, seed=1, subject="learner")
    ...     lived = pfc.replay("two_step", animal, units=False)
    ...     return pfc.analysis.compute_choice_likelihood(lived)
    >>> planning = play(pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0))
    >>> other = play(pfc.learners.ModelFreeDirect(alpha=0.5, inverse_temperature=5.0))
    >>> better = planning["likelihood_per_trial"] > other["likelihood_per_trial"]
    >>> int(better.sum()), "of", better.sizes["subject"], "agents predict the planner better"
    (8, 'of', 8, 'agents predict the planner better')
    """
    trials = read_trials(recording, two_arms=False)
    counted = trials.predicted & ~read_automatic_reward(recording) & ~_stimulated(recording)
    log_probability, preferred = _read_probability(recording, trials, counted)
    whose, session = (
        read_variable(recording, f"replayed_{name}" if f"replayed_{name}" in recording else name)
        for name in ("subject", "session")
    )
    names, animal = number_labels(np.asarray(whose).astype(str))
    shape = (len(trials.subjects), names.size)
    found = {name: np.full(shape, np.nan) for name in (*NAMES, "log_likelihood")}
    counts = {name: np.zeros(shape, np.int64) for name in ("n_trials", "n_sessions")}
    for place in np.ndindex(shape):
        own = counted & (trials.subject == place[0]) & (animal == place[1])
        if own.any():
            likelihood, n_sessions = _estimate_mean(log_probability[own], session[own])
            share, _ = _estimate_mean(preferred[own], session[own])
            for name, value in zip(NAMES, [*np.exp(likelihood), *share], strict=True):
                found[name][place] = value
            found["log_likelihood"][place] = log_probability[own].sum()
            counts["n_trials"][place], counts["n_sessions"][place] = own.sum(), n_sessions
    dims = ("subject", "replayed_subject")
    result = xr.Dataset(
        {name: (dims, values) for name, values in (found | counts).items()},
        coords={"subject": list(trials.subjects), "replayed_subject": names},
    )
    result.attrs |= trials.counts() | {"interval": "95 %, Student's t over sessions"}
    return result


def _stimulated(recording: xr.Dataset) -> BoolArray:
    return read_flag(recording, "stimulated")


def _read_probability(
    recording: xr.Dataset, trials: ChoiceTrials, counted: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Read how the policy saw each choice; float arrays (trial,), of no meaning where none counts.

    Returns
    -------
    log_probability
        Logarithm of its probability among the arms.
    preferred
        1 if it was the most probable arm, shared among arms that are equal, or 0.
    """
    probability = read_variable(recording, "choice_probability").astype(np.float64)
    n_arms = probability.shape[1]
    fits = ~counted | (trials.choice < n_arms)
    check_values("choice", trials.choice, fits, f"one of the {n_arms} arms of choice_probability")
    own = np.take_along_axis(probability, np.clip(trials.choice, 0, n_arms - 1)[:, None], 1)[:, 0]
    good = ~counted | ((own > 0) & np.isfinite(probability).all(axis=1))
    check_values("choice_probability", own, good, "a probability above 0 of the choice made")
    if not counted.any():
        raise EmptySelectionError(
            f"choice: none of {counted.size} choices is free, valid and without stimulation or "
            "automatic reward; expected at least one"
        )
    share = np.divide(own, probability.sum(axis=1), np.ones_like(own), where=counted)
    largest = probability.max(axis=1, keepdims=True)
    ties = np.maximum((probability == largest).sum(axis=1), 1)
    return np.log(share), (own == largest[:, 0]) / ties


def _estimate_mean(values: FloatArray, session: np.ndarray) -> tuple[FloatArray, int]:
    """Return the mean with the ends of its interval, and the number of sessions."""
    _, cluster = number_labels(session)
    n_sessions = int(cluster.max()) + 1
    sums = np.bincount(cluster, values, n_sessions)[:, None].astype(np.float64)
    sizes = np.bincount(cluster, minlength=n_sessions)[:, None].astype(np.float64)
    return np.concatenate(estimate_ratio(sums, sizes)), n_sessions
