"""The compiled engine of predictive networks: the mathematics of `predictive_network`, but faster.

The recurrent network is trained by errors of prediction alone. The actor-critic is trained by
reward prediction errors, and no gradient passes from it to the recurrent network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine import gradient_kernels
from pfc_analysis.training.engine.block import Block
from pfc_analysis.training.engine.compiled_engine import Engine
from pfc_analysis.training.engine.kernels import LSTM
from pfc_analysis.training.engine.packing import PackedGradient
from pfc_analysis.training.interface.activity import ActivityCallback
from pfc_analysis.training.interface.outcome import LossCosts, Outcome, make_outcome
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights
from pfc_analysis.training.predictive.predictive_kernels import differentiate_predictions
from pfc_analysis.training.predictive.predictive_packing import (
    PackedPredictive,
    PredictiveGradient,
)
from pfc_analysis.training.predictive.predictive_weights import check_predictable

Array = np.ndarray[Any, Any]

ACTOR_CRITIC_SUMS = 6
"""Number of sums of `gradient_kernels.differentiate_losses`; that of predictions follows."""


class PredictiveBlock(Block):
    """Sessions played side by side by a predictive network; parameters are those of `Block`."""

    def differentiate(self, costs: Array, gradients: Sequence[PackedGradient], sums: Array) -> None:
        """Add the gradient of the losses of the sessions played, and the sums that describe them.

        Parameters
        ----------
        costs, gradients : ndarray, sequence of PredictiveGradient
            As in `Block.differentiate`.
        sums : ndarray
            Those of `Block.differentiate`, then the loss of predictions.
        """
        (lstm,), steps = self.lstms, slice(self.n_steps)
        packed = cast("PackedPredictive", self.weights[0])
        gradient = cast("PredictiveGradient", gradients[0])
        gradient_kernels.differentiate_losses(
            self.n_steps, costs, self.played, self._d_outputs, sums[:ACTOR_CRITIC_SUMS]
        )
        gradient.add_readout(lstm, self._d_outputs[steps])
        after = lstm.joined[1 : self.n_steps + 1]
        predicted = (after.reshape(-1, after.shape[2]) @ packed.prediction).reshape(
            *after.shape[:2], -1
        )
        scale = np.float32(self.feedback.scale)
        differentiate_predictions(
            self.n_steps, scale, self.played, predicted, sums[ACTOR_CRITIC_SUMS:]
        )
        gradient_kernels.differentiate_block(
            self.n_steps,
            predicted,
            packed.back,
            packed.prediction_back,
            lstm,
            gradient.gates,
            gradient.prediction,
            gradient.start,
        )


class PredictiveEngine(Engine):
    """The compiled engine of predictive networks. Parameters are those of `EngineProtocol`."""

    def __init__(
        self, weights: Weights, task: Task, n_sessions: int, feedback: Feedback = REWARD
    ) -> None:
        check_predictable(task)
        super().__init__(weights, task, n_sessions, feedback)

    def _open_block(
        self, n_sessions: int, differentiable: bool = True, lstms: tuple[LSTM, ...] = ()
    ) -> Block:
        parts = self.task, self._weights, self.feedback, n_sessions, differentiable, lstms
        return PredictiveBlock(*parts)

    def differentiate(
        self, rng: np.random.Generator, costs: LossCosts, callback: ActivityCallback | None = None
    ) -> Outcome:
        """Play and differentiate one block of sessions after another, by compiled code."""
        gradient = PredictiveGradient(cast("PackedPredictive", self._weights[0]))
        sums, trials = np.zeros(ACTOR_CRITIC_SUMS + 1), 0
        for block in self._play(rng, keep_records=callback is not None):
            block.differentiate(np.array(costs, np.float32), [gradient], sums)
            trials += block.n_trials
            if callback is not None:
                callback(block.activity())
        *losses, steps, reward, n_negative, predicted = sums.tolist()
        gradient.write(self.gradients, steps)
        policy_loss, value_loss, entropy, prediction = (x / steps for x in (*losses, predicted))
        loss = costs.total(policy_loss, value_loss, entropy) + prediction
        counts = int(steps), trials
        return make_outcome(self.task, counts, (reward, n_negative), (loss, value_loss, entropy))
