"""The compiled engine for networks with an episodic memory."""

from __future__ import annotations

from pfc_analysis.tasks.contract import Task
from pfc_analysis.training.engine.compiled_engine import Engine
from pfc_analysis.training.engine.episodic.memory_block import MemoryBlock
from pfc_analysis.training.engine.kernels import LSTM
from pfc_analysis.training.interface.memory_log import require_context
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights


class MemoryEngine(Engine):
    """The compiled engine for networks with an episodic memory.

    `networks.episodic_network` defines what it computes; tests compare the two.

    Parameters
    ----------
    weights, task, n_sessions, feedback
        As in `EngineProtocol`. The task names a context.
    reinstatement : float
        By what the reinstatement gate is multiplied; with 0 nothing is reinstated.

    Raises
    ------
    ValueError
        If the task names no context.
    """

    def __init__(
        self,
        weights: Weights,
        task: Task,
        n_sessions: int,
        feedback: Feedback = REWARD,
        reinstatement: float = 1.0,
    ) -> None:
        require_context(task)
        super().__init__(weights, task, n_sessions, feedback)
        self.reinstatement = reinstatement

    def _open_block(
        self, n_sessions: int, differentiable: bool = True, lstms: tuple[LSTM, ...] = ()
    ) -> MemoryBlock:
        parts = self.task, self._weights, self.feedback, n_sessions, differentiable, lstms
        return MemoryBlock(*parts, reinstatement=self.reinstatement)
