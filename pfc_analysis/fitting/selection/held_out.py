"""How well choices of held-out sessions were predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class HeldOut:
    """Log-likelihood of sessions, each predicted by a model fitted to other sessions.

    Attributes
    ----------
    log_likelihood : float array (session,)
        Natural logarithm, summed over the predicted choices of each session.
    n_predicted : int array (session,)
        Number of predicted choices of each session.
    note : str
        What to know before the numbers are used, in plain sentences; empty if nothing.

    Examples
    --------
    Chance, at two choices, in sessions of 10 and 30 trials:

    >>> import numpy as np
    >>> from pfc_analysis.fitting.selection.held_out import HeldOut
    >>> chance = HeldOut(np.log(0.5) * np.array([10, 30]), np.array([10, 30]), note="")
    >>> print(f"{chance.normalised:.2f}")
    0.50
    """

    log_likelihood: FloatArray
    n_predicted: IntArray
    note: str

    @property
    def total(self) -> float:
        """Log-likelihood of all sessions."""
        return float(self.log_likelihood.sum())

    @property
    def normalised(self) -> float:
        """Geometric mean of the probabilities of the predicted choices: exp(mean log p)."""
        return float(np.exp(self.total / self.n_predicted.sum()))
