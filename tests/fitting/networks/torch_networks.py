"""Networks of one cell in plain torch: what the compiled ones are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

ORDER = {"gru": (1, 2, 0), "lstm": (0, 1, 3, 2), "vanilla": (0,)}
"""Place of torch's gates among ours: reset, update, candidate; input, forget, candidate, output."""


class TorchNetwork(torch.nn.Module):
    """The same network, by torch's own cells.

    Parameters
    ----------
    cell : {"gru", "lstm", "vanilla"}
        Kind of cell.
    weights : mapping
        Weights of one network by name, without a dimension of networks.
    """

    def __init__(self, cell: str, weights: dict[str, np.ndarray[Any, Any]]) -> None:
        super().__init__()
        n_kinds, n_rows = weights["input"].shape
        n = weights["recurrent"].shape[1]
        made = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "vanilla": torch.nn.RNN}[cell]
        self.cell = made(2 * n_kinds, n).double()
        self.readout = torch.nn.Linear(n, len(weights["readout"])).double()
        rows = np.concatenate([np.arange(n) + gate * n for gate in ORDER[cell]])
        both = np.concatenate([weights["input"], weights["input_by_reward"]])
        bias = np.zeros(n_rows)
        bias[: len(weights["recurrent_bias"])] = weights["recurrent_bias"]
        self.rows = rows
        with torch.no_grad():
            self.cell.weight_ih_l0.copy_(torch.as_tensor(both.T[rows]))
            self.cell.weight_hh_l0.copy_(torch.as_tensor(weights["recurrent"][rows]))
            self.cell.bias_ih_l0.zero_()
            self.cell.bias_hh_l0.copy_(torch.as_tensor(bias[rows]))
            self.readout.weight.copy_(torch.as_tensor(weights["readout"]))
            self.readout.bias.copy_(torch.as_tensor(weights["readout_bias"]))

    def gradient(self) -> dict[str, np.ndarray[Any, Any]]:
        """Gradient by the weights of the compiled network, by name."""
        back = np.argsort(self.rows)
        both = self.cell.weight_ih_l0.grad.numpy()[back].T
        half = len(both) // 2
        return {
            "input": both[:half],
            "input_by_reward": both[half:],
            "recurrent": self.cell.weight_hh_l0.grad.numpy()[back],
            "recurrent_bias": self.cell.bias_hh_l0.grad.numpy()[back],
            "readout": self.readout.weight.grad.numpy(),
            "readout_bias": self.readout.bias.grad.numpy(),
        }

    def logits(self, kind: np.ndarray[Any, Any], reward: np.ndarray[Any, Any]) -> torch.Tensor:
        """Logits before every trial of one session, (trial, logit); invalid trials are skipped."""
        n_kinds = self.cell.weight_ih_l0.shape[1] // 2
        shown = np.flatnonzero(kind >= 0)
        nothing = torch.zeros(1, self.cell.hidden_size, dtype=torch.float64)
        if shown.size == 0:
            return self.readout(nothing.repeat(len(kind), 1))
        inputs = np.zeros((len(shown), 2 * n_kinds))
        inputs[np.arange(len(shown)), kind[shown]] = 1
        inputs[np.arange(len(shown)), n_kinds + kind[shown]] = reward[shown]
        units, _ = self.cell(torch.as_tensor(inputs))
        before = torch.cat([nothing, units])
        seen = np.cumsum(kind >= 0) - (kind >= 0)
        return self.readout(before[seen])


def total_loss(network: TorchNetwork, trials: Any, train_weight: Any) -> torch.Tensor:
    """Weighted sum over sessions of the negative log-likelihood of predicted choices."""
    total = torch.zeros((), dtype=torch.float64)
    for session, weight in enumerate(train_weight):
        here = slice(trials.first[session], trials.first[session + 1])
        logits = network.logits(trials.kind[here], trials.reward[here])
        every = torch.cat([torch.zeros(len(logits), 1, dtype=torch.float64), logits], dim=1)
        chosen = torch.log_softmax(every, dim=1)[
            torch.arange(len(every)), torch.as_tensor(trials.choice[here])
        ]
        total = total - float(weight) * (chosen * torch.as_tensor(trials.predicted[here])).sum()
    return total
