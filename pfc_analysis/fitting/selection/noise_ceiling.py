"""The best that any model can do: the log-likelihood of choices under what generated them."""

from __future__ import annotations

import numpy as np

from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.selection.held_out import HeldOut
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.learner_class import Learner


def compute_ceiling(generator: Learner, trials: FitTrials) -> HeldOut:
    """Compute the log-likelihood of simulated choices under the learner that made them.

    No model can be expected to predict these choices better, because choices are drawn from the
    learner's probabilities; a fit to the same trials can exceed it by chance, and one to held-out
    trials only by luck. For animals there is no such ceiling: what made their choices is unknown,
    and the same history hardly ever occurs twice, so the share of choices that is noise cannot be
    measured. A network fitted to their choices is a lower bound of the ceiling, no ceiling.

    Parameters
    ----------
    generator : Learner
        The learner, with the parameters that it played with.
    trials : FitTrials
        What it played.

    Returns
    -------
    HeldOut
        As of a model whose parameters were known before.

    Raises
    ------
    LearnerError
        If the learner does not suit the task.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.fitting.selection.noise_ceiling import compute_ceiling
    >>> from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> learner = pfc.learners.QLearning(alpha=0.3, inverse_temperature=5.0)
    >>> played = pfc.simulate(learner, Bandit(), sessions=10, seed=1, subject="one")
    >>> ceiling = compute_ceiling(learner, read_fit_trials(played, "bandit"))
    >>> bool(0.5 < ceiling.normalised < 1)
    True
    """
    likelihood = LearnerLikelihood(type(generator), trials)
    place = [float(one.unconstrain(getattr(generator, one.name))) for one in likelihood.free]
    found = likelihood.values_by_session(np.array(place))
    return HeldOut(found, trials.n_predicted, note="")
