r"""A learner of the episodic two-step task with known incremental and episodic influences.

What a past trial says for the right choice is :math:`s_i (R_i - 1/2)`, where :math:`R_i` is its
reward and :math:`s_i` is 1 or -1 for the side of its second state (model-based) or of its choice
(model-free). The log-odds of choosing right weigh what the last trials said, as a running mean with
learning rate :math:`\alpha`, and what the cued trial said. With :math:`\alpha = 1` the last trial
alone counts, and the weights are those of the regression of `fit_memory_indices`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.learner import check_fraction

EpisodicState = dict[str, np.ndarray]
"""`recent` (session, system), `memory` (session, barcode, system), `shown`, the barcode of the
step, and `choice`, of the trial so far (session,). Systems are model-based and model-free."""


@dataclass(frozen=True)
class EpisodicLearner:
    """Player of the episodic two-step task that weighs recent trials and remembered ones.

    It plays the task without its fixation step, and remembers every barcode without error.

    Parameters
    ----------
    incremental_model_based, incremental_model_free : float
        Weights of what the last trials said, in log-odds.
    episodic_model_based, episodic_model_free : float
        Weights of what the cued trial said.
    alpha : float
        Learning rate of the running means over the last trials, above 0 to 1.
    barcode_bits : int
        Bits of a barcode, 1 to 16.

    Raises
    ------
    AnalysisError
        If a setting is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
    >>> learner = pfc.analysis.EpisodicLearner(incremental_model_based=1, episodic_model_based=3)
    >>> recording = pfc.simulate(learner, EpisodicTwoStep(), sessions=50, seed=1, subject="one")
    >>> fit = pfc.analysis.fit_memory_indices(recording)
    >>> for name in ("incremental_model_based", "episodic_model_based"):
    ...     low, high = (fit[f"{name}_{end}"].item() for end in ("lower", "upper"))
    ...     print(f"{name}: {fit[name].item():.1f} ({low:.1f} to {high:.1f})")
    incremental_model_based: 1.1 (0.8 to 1.5)
    episodic_model_based: 2.9 (2.6 to 3.2)
    """

    incremental_model_based: float = 0.0
    incremental_model_free: float = 0.0
    episodic_model_based: float = 0.0
    episodic_model_free: float = 0.0
    alpha: float = 1.0
    barcode_bits: int = 10

    def __post_init__(self) -> None:
        check_fraction(self, "alpha")
        weights = np.concatenate([self.incremental, self.episodic])
        if not np.all(np.isfinite(weights)):
            raise AnalysisError(f"EpisodicLearner: found weights {weights}, expected finite ones")
        if self.alpha == 0 or not 1 <= self.barcode_bits <= 16:
            raise AnalysisError(
                f"EpisodicLearner: found alpha {self.alpha:g} and barcode_bits "
                f"{self.barcode_bits}, expected alpha above 0 and 1 to 16 bits"
            )

    @property
    def incremental(self) -> FloatArray:
        """Weights of the last trials, model-based and model-free."""
        return np.array([self.incremental_model_based, self.incremental_model_free], float)

    @property
    def episodic(self) -> FloatArray:
        """Weights of the cued trial, model-based and model-free."""
        return np.array([self.episodic_model_based, self.episodic_model_free], float)

    def begin(self, n_sessions: int) -> EpisodicState:
        """State before the first trial of every session."""
        return {
            "recent": np.zeros((n_sessions, 2)),
            "memory": np.zeros((n_sessions, 2**self.barcode_bits, 2), np.float32),
            "shown": np.zeros(n_sessions, np.int64),
            "choice": np.zeros(n_sessions, np.int64),
        }

    def see_cues(self, state: EpisodicState, cues: FloatArray) -> None:
        """Take up the barcode that each session shows; float array (session, bit)."""
        if cues.shape[1] != self.barcode_bits:
            raise AnalysisError(
                f"EpisodicLearner: found barcodes of {cues.shape[1]} bits in the task, expected "
                f"{self.barcode_bits}; pass barcode_bits={cues.shape[1]}"
            )
        state["shown"][:] = cues.astype(np.int64) @ (1 << np.arange(self.barcode_bits))

    def action_probability(self, state: EpisodicState, observation: IntArray) -> FloatArray:
        """Compute the probability of left and right; float array (session, 2).

        `observation` is 0 at stage 1, 1 and 2 in the second states, 3 at the outcome.
        """
        # No trial was stored under 0, which is no barcode.
        told = state["memory"][np.arange(observation.size), state["shown"]] @ self.episodic
        log_odds = np.where(observation == 0, state["recent"] @ self.incremental + told, 0.0)
        right = 1.0 / (1.0 + np.exp(-log_odds))
        return np.stack([1.0 - right, right], axis=1)

    def observe(
        self, state: EpisodicState, observation: IntArray, action: IntArray, reward: FloatArray
    ) -> None:
        """Learn from a step of every session, in place; action -1 where a session is over."""
        chose = (observation == 0) & (action >= 0)
        state["choice"][chose] = action[chose]
        rows = np.flatnonzero((observation > 0) & (observation < 3) & (action >= 0))
        sides = 2.0 * np.stack([observation - 1, state["choice"]], axis=1)[rows] - 1.0
        said = sides * (reward[rows, None] - 0.5)
        state["recent"][rows] += self.alpha * (said - state["recent"][rows])
        state["memory"][rows, state["shown"][rows]] = said
