r"""Learning the expected utility of arms, with the utility of prospect theory."""

from __future__ import annotations

from typing import Any

import numpy as np

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.memory import ARMS
from pfc_analysis.learners.definition.parameters import fraction, positive


class ProspectLearner(Learner):
    r"""Learns the expected utility of each arm from its outcomes.

    .. math::
        u(r) = \begin{cases} r^\rho & r \ge 0 \\ -\lambda (-r)^\rho & r < 0 \end{cases}, \quad
        U_c \leftarrow U_c + \alpha (u(r) - U_c), \quad P(a) \propto e^{\beta U_a}

    Utilities are 0 at the start of a session. Large gains count less with :math:`\rho < 1`, and
    losses count more than gains with :math:`\lambda > 1`. Probabilities are learned from outcomes,
    so there is no weighting of stated probabilities.

    Notes
    -----
    Fits divide rewards by the largest in size, which changes :math:`\beta` but not :math:`\rho` and
    :math:`\lambda`. Where no reward is below 0, as in the task of Stopper et al., choices say
    nothing about :math:`\lambda`; fit with ``fixed={"loss_aversion": 1.0}`` there.

    References
    ----------
    Kahneman & Tversky (1979), Econometrica 47:263; Tversky & Kahneman (1992), Journal of Risk and
    Uncertainty 5:297 (the defaults of :math:`\rho` and :math:`\lambda`); Ahn, Busemeyer,
    Wagenmakers & Stout (2008), Cognitive Science 32:1376 (prospect utility with a delta rule).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> task = RiskyChoice(schedule="fixed", probability=0.25, safe_reward=0.25, risky_reward=1.0)
    >>> for power in (0.5, 2.0):
    ...     learner = pfc.learners.ProspectLearner(power=power, inverse_temperature=5.0)
    ...     played = pfc.simulate(learner, task, sessions=200, seed=1, subject="one")
    ...     free = played["forced"] == 0
    ...     print(f"risky arm in {float(played['risky_choice'].where(free).mean()):.1f} of choices")
    risky arm in 0.2 of choices
    risky arm in 0.7 of choices
    """

    suits = ("risky_choice",)
    memory = {"utility": (ARMS,)}

    alpha: float = fraction(0.3, "learning rate")
    power: float = positive(0.88, "exponent of the utility", prior_mean=0.0)
    loss_aversion: float = positive(2.25, "weight of losses", prior_mean=0.5)
    inverse_temperature: float = positive(3.0, "inverse temperature")

    @staticmethod
    def start(memory: Any, p: Any) -> None:
        """Utilities are 0."""
        memory.utility[:] = 0.0

    @staticmethod
    def prefer(memory: Any, p: Any, preference: Any) -> None:
        """Prefer arms by their expected utility."""
        preference[:] = p.inverse_temperature * memory.utility

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the utility of the chosen arm towards that of the outcome."""
        seen = 0.0 * p.power
        if trial.reward > 0:
            seen = np.exp(p.power * np.log(trial.reward))
        elif trial.reward < 0:
            seen = -p.loss_aversion * np.exp(p.power * np.log(-trial.reward))
        memory.utility[trial.choice] += p.alpha * (seen - memory.utility[trial.choice])
