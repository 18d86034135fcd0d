r"""Learning more, or less, from better than from worse outcomes than expected."""

from __future__ import annotations

from typing import Any

from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.learners.definition.parameters import fraction, positive, real, setting
from pfc_analysis.learners.two_step.model_based import ModelBased
from pfc_analysis.learners.two_step.model_free_direct import ModelFreeDirect


class ModelBasedAsymmetric(Learner):
    r"""`ModelBased` with one learning rate for good surprises and one for bad ones.

    .. math::
        \delta = r - V(s), \qquad V(s) \leftarrow V(s) + \begin{cases}
        \alpha_+ \delta & \delta > 0 \\ \alpha_- \delta & \text{otherwise} \end{cases}

    where s is the state visited. Choices are those of `ModelBased`, and so are the prediction
    errors.

    References
    ----------
    Niv, Edlund, Dayan & O'Doherty (2012), Journal of Neuroscience 32:551; Lefebvre et al. (2017),
    Nature Human Behaviour 1:0067, both for values of choices. That second-stage values have two
    rates is a setting of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelBasedAsymmetric(alpha_positive=0.6, alpha_negative=0.3)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="planner")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.65 rewards a trial
    """

    suits = ("two_step",)
    memory = ModelBased.memory

    alpha_positive: float = fraction(0.5, "learning rate of rewards above the value")
    alpha_negative: float = fraction(0.5, "learning rate of rewards below the value")
    inverse_temperature: float = positive(5.0, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    common_probability: float = setting(0.8, "probability of a common transition", low=0, high=1)
    initial_value: float = setting(0.5, "value of both states at the start of a session")

    start = ModelBased.start
    expect = ModelBased.expect
    prefer = ModelBased.prefer
    surprise = ModelBased.surprise

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the state visited, at a rate that the sign of the error chooses."""
        error = trial.reward - memory.state_value[trial.second_state]
        alpha = p.alpha_positive if error.real > 0 else p.alpha_negative
        memory.state_value[trial.second_state] += alpha * error
        memory.last = trial.choice


class ModelFreeAsymmetric(Learner):
    r"""`ModelFreeDirect` with one learning rate for good surprises and one for bad ones.

    .. math::
        \delta = r - Q(c), \qquad Q(c) \leftarrow Q(c) + \begin{cases}
        \alpha_+ \delta & \delta > 0 \\ \alpha_- \delta & \text{otherwise} \end{cases}

    where c is the choice. Choices are those of `ModelFreeDirect`, and so are the prediction errors.

    References
    ----------
    Niv, Edlund, Dayan & O'Doherty (2012), Journal of Neuroscience 32:551; Lefebvre et al. (2017),
    Nature Human Behaviour 1:0067. Perseveration looks like a larger rate of good surprises in fits
    that leave it out (Katahira 2018, Journal of Mathematical Psychology 87:31).

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> learner = pfc.learners.ModelFreeAsymmetric(alpha_positive=0.5, alpha_negative=0.2)
    >>> recording = pfc.simulate(learner, TwoStep(), sessions=50, seed=1, subject="repeater")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.60 rewards a trial
    """

    suits = ("two_step",)
    memory = ModelFreeDirect.memory

    alpha_positive: float = fraction(0.334, "learning rate of rewards above the value")
    alpha_negative: float = fraction(0.334, "learning rate of rewards below the value")
    inverse_temperature: float = positive(3.22, "inverse temperature")
    perseveration: float = real(0.0, "weight of the last choice")
    bias: float = real(0.0, "bias to choice 1 (right)")
    initial_value: float = setting(0.5, "value of both choices at the start of a session")

    start = ModelFreeDirect.start
    expect = ModelFreeDirect.expect
    prefer = ModelFreeDirect.prefer
    surprise = ModelFreeDirect.surprise

    @staticmethod
    def update(memory: Any, p: Any, trial: Any) -> None:
        """Move the value of the choice, at a rate that the sign of the error chooses."""
        error = trial.reward - memory.action_value[trial.choice]
        alpha = p.alpha_positive if error.real > 0 else p.alpha_negative
        memory.action_value[trial.choice] += alpha * error
        memory.last = trial.choice
