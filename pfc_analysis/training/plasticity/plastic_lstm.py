"""An LSTM of which every session has its own weights: play, backpropagate, learn (numpy)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pfc_analysis.tasks.contract import Array
from pfc_analysis.training.engine.kernels import rmsprop_step
from pfc_analysis.training.engine.packing import PackedLSTM
from pfc_analysis.training.predictive.predictive_packing import PackedPredictive


class Rates(NamedTuple):
    """Settings of learning, as in `OptimisationRecipe`.

    Attributes
    ----------
    rate : float
        Learning rate of RMSprop.
    decay, epsilon : float
        Decay and epsilon of RMSprop.
    gradient_norm : float
        Largest norm of the gradient of a session, over all its weights.
    actor_critic : float
        Learning rate of the readout of predictive networks, as a share of the learning rate.
    """

    rate: float
    decay: float
    epsilon: float
    gradient_norm: float
    actor_critic: float = 1.0


@dataclass
class PlasticLSTM:
    """The weights of an LSTM and its readouts, one copy for each session.

    Attributes
    ----------
    weights : dict of ndarray, shape (session, row, column)
        "gates" and "readout" (`PackedLSTM`), and "prediction" of predictive networks.
    mean_square : dict of ndarray
        RMSprop's running mean of squared gradients, likewise.
    learns : ndarray of bool, shape (row, action + 1)
        Where the readout has weights.
    n_units : int
        Number of units.
    """

    weights: dict[str, Array]
    mean_square: dict[str, Array]
    learns: Array
    n_units: int
    gradients: dict[str, Array] = field(default_factory=dict)

    @property
    def is_predictive(self) -> bool:
        """Whether the units learn from errors of prediction, and not from the readout."""
        return "prediction" in self.weights

    def advance(self, joined: Array, cell: Array) -> tuple[Array, Array]:
        """Advance by one step.

        Parameters
        ----------
        joined : ndarray, shape (session, row)
            Last output of the units, inputs, 1.
        cell : ndarray, shape (session, unit)
            Last cell state.

        Returns
        -------
        hidden, cell : ndarray, shape (session, unit)
        """
        gates = activate(multiply(joined, self.weights["gates"]))
        n = self.n_units
        cell = gates[:, n : 2 * n] * cell + gates[:, :n] * gates[:, 3 * n :]
        return gates[:, 2 * n : 3 * n] * np.tanh(cell), cell

    def see(self, hidden: Array, joined: Array) -> Array:
        """Return what the readout reads, (..., row): units, the inputs of the step, 1."""
        seen = joined.copy()
        seen[..., : self.n_units] = hidden
        return seen

    def read_out(self, hidden: Array, joined: Array) -> Array:
        """Return logits and value, (session, action + 1)."""
        return multiply(self.see(hidden, joined), self.weights["readout"])

    def backpropagate(
        self, joined: Array, hidden: Array, cell: Array, d_outputs: Array, d_predicted: Array | None
    ) -> None:
        """Compute the gradient of some steps, each session by its own weights.

        Parameters
        ----------
        joined, hidden : ndarray, shapes (step, session, row) and (step, session, unit)
            What the LSTM read at each step, and its output after it.
        cell : ndarray, shape (step + 1, session, unit)
            Cell states before the first step, and after each.
        d_outputs : ndarray, shape (step, session, action + 1)
            Gradient of the loss by logits and value.
        d_predicted : ndarray, shape (step, session, action * (observation + 1)), or None
            Gradient by predictions, of predictive networks.
        """
        seen = self.see(hidden, joined)
        self.gradients["readout"] = outer(seen, d_outputs) * self.learns
        head, d_head = self.weights["readout"], d_outputs
        if d_predicted is not None:
            head, d_head = self.weights["prediction"], d_predicted
            self.gradients["prediction"] = outer(seen, d_predicted) * self.predicts
        back = head[:, : self.n_units].transpose(0, 2, 1)
        d_hidden = np.stack([multiply(each, back) for each in d_head])
        self.gradients["gates"] = outer(joined, self._differentiate_gates(joined, cell, d_hidden))

    @property
    def predicts(self) -> Array:
        """Where the readout of predictions has weights: in the rows of units and of the bias."""
        rows = np.arange(self.weights["prediction"].shape[1])
        return ((rows < self.n_units) | (rows == rows[-1]))[:, None]

    def _differentiate_gates(self, joined: Array, cell: Array, d_hidden: Array) -> Array:
        """Return the gradient by the weighted inputs of the gates, (step, session, 4 * unit)."""
        n, weights = self.n_units, self.weights["gates"]
        back = weights[:, :n].transpose(0, 2, 1)
        found, later, d_cell = [], np.zeros_like(cell[0]), np.zeros_like(cell[0])
        for k in reversed(range(len(joined))):
            gates = activate(multiply(joined[k], weights))
            write, keep, show, candidate = np.split(gates, 4, axis=1)
            shown, by_output = np.tanh(cell[k + 1]), d_hidden[k] + later
            through = d_cell + by_output * show * (1 - shown**2)
            d_gates = np.concatenate(
                (
                    through * candidate * write * (1 - write),
                    through * cell[k] * keep * (1 - keep),
                    by_output * shown * show * (1 - show),
                    through * write * (1 - candidate**2),
                ),
                axis=1,
            )
            found.append(d_gates)
            later, d_cell = multiply(d_gates, back), through * keep
        return np.stack(found[::-1])


def make_plastic(packed: PackedLSTM, n_sessions: int) -> PlasticLSTM:
    """Copy the packed weights of an LSTM for each session; mean squares are 0 at first."""
    n_units = packed.start.shape[1]
    matrices = {"gates": packed.gates, "readout": packed.readout}
    rows = np.arange(len(packed.gates))
    readable = (rows < n_units) | (rows == rows[-1])
    if isinstance(packed, PackedPredictive):
        matrices["prediction"] = packed.prediction
        readable[packed.seen] = True
    columns = np.zeros(packed.readout.shape[1], np.bool_)
    for own in packed.heads.values():
        columns[own] = True
    weights = {name: np.repeat(matrix[None], n_sessions, 0) for name, matrix in matrices.items()}
    squares = {name: np.zeros_like(each) for name, each in weights.items()}
    return PlasticLSTM(weights, squares, readable[:, None] & columns, n_units)


def learn(lstms: tuple[PlasticLSTM, ...], active: Array, rates: Rates) -> None:
    """Change the weights of each session by one step of RMSprop with its own gradient.

    Parameters
    ----------
    lstms : tuple of PlasticLSTM
        The LSTMs of one network, whose gradients were computed.
    active : ndarray of bool, shape (session,)
        Sessions that are not over; the weights of others are changed no more.
    rates : Rates
        Settings; gradients are scaled down to `gradient_norm` in place.
    """
    gradients = [each for lstm in lstms for each in lstm.gradients.values()]
    norm = np.sqrt(sum((each**2).sum((1, 2), dtype=np.float64) for each in gradients))
    shrink = np.where(active, rates.gradient_norm / np.maximum(norm, rates.gradient_norm), 0.0)
    numbers = np.float32(rates.decay), np.float32(rates.epsilon)
    for lstm in lstms:
        for name, gradient in lstm.gradients.items():
            gradient *= shrink.astype(np.float32)[:, None, None]
            share = rates.actor_critic if lstm.is_predictive and name == "readout" else 1.0
            rate = np.float32(rates.rate * share)
            rmsprop_step(lstm.weights[name], lstm.mean_square[name], gradient, *numbers, rate)


def multiply(rows: Array, matrices: Array) -> Array:
    """Multiply each session's row, (session, row), by its own matrix, (session, row, column)."""
    product: Array = np.matmul(rows[:, None], matrices)[:, 0]
    return product


def outer(rows: Array, columns: Array) -> Array:
    """Sum the outer products of steps, (step, session, row) and (..., column), by session."""
    product: Array = np.matmul(rows.transpose(1, 2, 0), columns.transpose(1, 0, 2))
    return product


def activate(gates: Array) -> Array:
    """Apply the logistic function to three gates and tanh to the candidate, (session, 4 * unit)."""
    n = gates.shape[1] // 4
    opening = 0.5 + 0.5 * np.tanh(0.5 * gates[:, : 3 * n])
    activated: Array = np.concatenate((opening, np.tanh(gates[:, 3 * n :])), axis=1)
    return activated
