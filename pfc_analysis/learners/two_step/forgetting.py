r"""Forgetting what was not chosen or not visited."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting
from pfc_analysis.learners.two_step.model_based import ModelBased
from pfc_analysis.learners.two_step.model_free_direct import ModelFreeDirect


class ModelBasedForgetting(Learner):
    r"""`ModelBased` that forgets the value of the state that it did not visit.

    .. math::
        V(s) \leftarrow V(s) + \alpha (r - V(s)), \qquad
        V(\bar s) \leftarrow V(\bar s) + \phi (v_0 - V(\bar s))

    where s is the state visited, :math:`\bar s` the other one and :math:`v_0` the value at the
    start of a session. Choices are those of `ModelBased`, and so are the prediction errors.

    References
    ----------
    Ito & Doya (2009), Journal of Neuroscience 29:9861; Akam et al. (2021), Neuron 109:149. They
    forget towards 0; that values return to where they started is a setting of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> for rate in (0.0, 0.5):
    ...     learner = pfc.learners.ModelBasedForgetting(forgetting=rate)
    ...     recording = pfc.simulate(learner, TwoStep(), sessions=100, seed=1, subject="planner")
    ...     print(f"forgetting {rate}: {float(recording['reward'].mean()):.2f} rewards a trial")
    forgetting 0.0: 0.66 rewards a trial
    forgetting 0.5: 0.61 rewards a trial

    Forgetting costs rewards here: values that lie closer to each other make choices more random.
    """

    suits = ("two_step",)
    memory = ModelBased.memory

    alpha: float = fraction(0.5, "learning rate")
    forgetting: float = fraction(0.3, "rate of forgetting the other state")
    inverse_temperature: float = positive(5.0, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    common_probability: float = setting(0.8, "probability of a common transition", low=0, high=1)
    initial_value: float = setting(0.5, "value of both states at first, and of what is forgotten")

    start = ModelBased.start
    expect = ModelBased.expect
    prefer = ModelBased.prefer
    surprise = ModelBased.surprise

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn the state visited, and forget the other one."""
        state, value = trial.second_state, memory.state_value
        value[state] += p.alpha * (trial.reward - value[state])
        value[1 - state] += p.forgetting * (p.initial_value - value[1 - state])
        memory.last = trial.choice


class ModelFreeForgetting(Learner):
    r"""`ModelFreeDirect` that forgets the value of the choice that it did not make.

    .. math::
        Q(c) \leftarrow Q(c) + \alpha (r - Q(c)), \qquad
        Q(\bar c) \leftarrow Q(\bar c) + \phi (q_0 - Q(\bar c))

    where c is the choice, :math:`\bar c` the other one and :math:`q_0` the value at the start of a
    session. Choices are those of `ModelFreeDirect`, and so are the prediction errors.

    References
    ----------
    Barraclough, Conroy & Lee (2004), Nature Neuroscience 7:404; Ito & Doya (2009), Journal of
    Neuroscience 29:9861. They forget towards 0; that values return to where they started is a
    setting of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeForgetting(alpha=0.4, forgetting=0.4)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="forgets")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.58 rewards a trial
    """

    suits = ("two_step",)
    memory = ModelFreeDirect.memory

    alpha: float = fraction(0.334, "learning rate")
    forgetting: float = fraction(0.3, "rate of forgetting the other choice")
    inverse_temperature: float = positive(3.22, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    initial_value: float = setting(0.5, "value of both choices at first, and of what is forgotten")

    start = ModelFreeDirect.start
    expect = ModelFreeDirect.expect
    prefer = ModelFreeDirect.prefer
    surprise = ModelFreeDirect.surprise

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Learn the choice made, and forget the other one."""
        arm, value = trial.choice, memory.action_value
        value[arm] += p.alpha * (trial.reward - value[arm])
        value[1 - arm] += p.forgetting * (p.initial_value - value[1 - arm])
        memory.last = arm
