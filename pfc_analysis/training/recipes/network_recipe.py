"""Settings of the network, as a recipe states them."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from pfc_analysis.training.interface.habit_log import HabitSettings
from pfc_analysis.training.recipes.recipe_types import STRICT, Positive, Share, Units


@dataclass(frozen=True, config=STRICT)
class NetworkRecipe:
    """Settings of the network: its size, and its feedback input.

    Parameters
    ----------
    units : int
        Number of LSTM units (published: 48); of each LSTM in networks that have two.
    feedback : {"reward", "rpe"}
        What the network reads as feedback. "reward": one LSTM reads the last reward. "rpe": the
        policy has its own LSTM, which reads the prediction error in place of reward
        (`pfc_analysis.training.networks.feedback`; published: "rpe" in simulation 6).
    feedback_scale : float
        Factor by which rewards and prediction errors are multiplied before the network reads them.
    filters, kernels, strides : tuple of int
        Number of filters, kernel size and stride of each convolution, for tasks that show pictures
        (published: 16 and 32, 8 and 4, 4 and 2).
    features : int
        Units of the layer between the last convolution and the LSTM, for tasks that show pictures
        (published: 256).
    memory : {"episodic"}, optional
        "episodic": the network has a memory of its own cell states, which a fifth gate reinstates
        (`pfc_analysis.training.networks.episodic_network`; Ritter et al. 2018). For tasks that name
        a context. By default, there is none.
    reinstatement : float, optional
        Only with a memory: factor from 0 to 1 (the default) by which the reinstatement gate is
        multiplied, in training and in testing. With 0, the gate is held at 0: a lesion of the
        memory from the start.
    architecture : {"predictive"}, optional
        "predictive": a recurrent network that learns to predict what it sees next, and an
        actor-critic that reads observation and units (`pfc_analysis.training.predictive`; after
        Blanco-Pozo et al. 2024). Left out: the network of Wang et al. 2018.
    habit : {"model_free"}, optional
        "model_free": a slow model-free learner, whose values outlive sessions, chooses beside the
        network (`pfc_analysis.training.networks.habit_network`; not in the paper). By default,
        there is none.
    habit_rate, habit_weight : float, optional
        Only with a habit: its learning rate per trial, and by what its values are multiplied before
        they are added to the network's logits (defaults 0.02 and 5, settings of this toolkit).
    """

    units: Units = 48
    feedback: Literal["reward", "rpe"] = field(default="reward", repr=False)
    feedback_scale: Positive = field(default=1.0, repr=False)
    filters: tuple[Units, ...] = field(default=(), repr=False)
    kernels: tuple[Units, ...] = field(default=(), repr=False)
    strides: tuple[Units, ...] = field(default=(), repr=False)
    features: Units | None = field(default=None, repr=False)
    memory: Literal["episodic"] | None = field(default=None, repr=False)
    reinstatement: Share | None = field(default=None, repr=False)
    architecture: Literal["predictive"] | None = field(default=None, repr=False)
    habit: Literal["model_free"] | None = field(default=None, repr=False)
    habit_rate: Share | None = field(default=None, repr=False)
    habit_weight: Positive | None = field(default=None, repr=False)

    @property
    def has_memory(self) -> bool:
        """Whether the network has an episodic memory."""
        return self.memory == "episodic"

    @property
    def reinstatement_gain(self) -> float | None:
        """The factor `reinstatement`; None without a memory."""
        if not self.has_memory:
            return None
        return 1.0 if self.reinstatement is None else self.reinstatement

    @property
    def habit_settings(self) -> HabitSettings | None:
        """Rate and weight of the habit learner; None without one."""
        if self.habit is None:
            return None
        rate, weight = self.habit_rate, self.habit_weight
        return HabitSettings(0.02 if rate is None else rate, 5.0 if weight is None else weight)
