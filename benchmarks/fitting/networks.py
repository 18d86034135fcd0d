"""Time the training of small networks against plain torch, and the fits of all six rats.

python benchmarks/fitting/networks.py
python benchmarks/fitting/networks.py --whole
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pfc_analysis as pfc
from pfc_analysis.fitting.models.fit_all import Fitted, Settings, fit_all
from pfc_analysis.fitting.models.model_list import Model
from pfc_analysis.fitting.networks.compiled.adam import EPSILON, MEAN_DECAY, SQUARE_DECAY
from pfc_analysis.fitting.networks.compiled.cells import Trials
from pfc_analysis.fitting.networks.network_inputs import count_kinds, read_inputs
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.fitting.networks.network_weights import BIASES, draw_weights, list_shapes
from pfc_analysis.fitting.networks.side_by_side import Training
from pfc_analysis.fitting.networks.training_plan import TrainingPlan, plan_training
from pfc_analysis.fitting.selection.folds import assign_folds
from pfc_analysis.fitting.sessions.fit_trials import FitTrials, read_fit_trials

HERE = Path(__file__).resolve().parent
UNITS, FOLDS, SEED = (1, 2, 4), 5, 1
NEVER = 10**9
"""Patience with which no network stops while it is timed."""


class TorchSideBySide:
    """All networks of a plan in torch: GRUs written step by step, all networks in one product.

    Parameters
    ----------
    trials : Trials
        The sessions.
    plan : TrainingPlan
        Which network is trained on which sessions.
    settings : NetworkSettings
        Units, starts, learning rate and penalty.
    starts : list of dict
        Weights before training of each start.
    """

    def __init__(
        self, trials: Trials, plan: TrainingPlan, settings: NetworkSettings, starts: list[Any]
    ) -> None:
        trained = torch.as_tensor(np.tile(plan.trained, (settings.starts, 1)))
        n_sets = len(plan.trained)
        self.weights = {
            name: torch.tensor(
                np.repeat([start[name] for start in starts], n_sets, axis=0).astype(np.float32),
                requires_grad=True,
            )
            for name in starts[0]
        }
        self.lay_out(trials)
        n_choices = trained.float() @ self.predicted.sum(dim=0)
        self.train_weight = trained.float() / n_choices[:, None]
        self.penalty = settings.penalty / n_choices
        self.optimiser = torch.optim.Adam(
            self.weights.values(), settings.learning_rate, (MEAN_DECAY, SQUARE_DECAY), EPSILON
        )

    def lay_out(self, trials: Trials) -> None:
        """Lay the sessions side by side, (trial, session), padded with trials that do nothing."""
        lengths = np.diff(trials.first)
        shape = (int(lengths.max()), lengths.size)
        kind, predicted = np.full(shape, -1), np.zeros(shape, np.float32)
        reward, choice = np.zeros(shape, np.float32), np.zeros(shape, np.int64)
        for s, (begin, end) in enumerate(zip(trials.first[:-1], trials.first[1:], strict=True)):
            kind[: end - begin, s] = trials.kind[begin:end]
            reward[: end - begin, s] = trials.reward[begin:end]
            choice[: end - begin, s] = trials.choice[begin:end]
            predicted[: end - begin, s] = trials.predicted[begin:end]
        self.kind, self.reward = torch.as_tensor(np.maximum(kind, 0)), torch.as_tensor(reward)
        self.seen = torch.as_tensor(kind >= 0)[..., None]
        self.side = torch.as_tensor(np.where(choice == 1, 1.0, -1.0).astype(np.float32))
        self.predicted = torch.as_tensor(predicted)

    def loss(self) -> torch.Tensor:
        """Sum over networks of the mean loss of a choice, with the penalty."""
        w = self.weights
        n = w["recurrent"].shape[-1]
        unit = torch.zeros(len(w["recurrent"]), self.kind.shape[1], n)
        recurrent = w["recurrent"].transpose(1, 2)
        shown = (
            w["input"][:, self.kind] + self.reward[..., None] * w["input_by_reward"][:, self.kind]
        )
        logits = []
        for trial in range(len(self.kind)):
            logits.append(unit @ w["readout"].transpose(1, 2) + w["readout_bias"][:, None])
            recalled, here = unit @ recurrent, shown[:, trial]
            gates = torch.sigmoid(here[..., n:] + recalled[..., n:])
            reset, keep = gates[..., :n], gates[..., n:]
            recalled = recalled[..., :n] + w["recurrent_bias"][:, None]
            candidate = torch.tanh(here[..., :n] + reset * recalled)
            unit = torch.where(self.seen[trial], candidate + keep * (unit - candidate), unit)
        made = torch.nn.functional.logsigmoid(torch.stack(logits, 1)[..., 0] * self.side)
        by_session = -(made * self.predicted).sum(dim=1)
        squares = [w[name].flatten(1).square().sum(1) for name in w if name not in BIASES]
        return (self.train_weight * by_session).sum() + (self.penalty / 2 * sum(squares)).sum()

    def update(self) -> None:
        """Make one update of all networks."""
        self.optimiser.zero_grad()
        self.loss().backward()
        self.optimiser.step()


class TorchOneByOne:
    """One network after the other, each by torch's own layer for GRUs, whose loop is in C++."""

    def __init__(self, trials: Trials, settings: NetworkSettings, n_kinds: int) -> None:
        laid = TorchSideBySide.__new__(TorchSideBySide)
        laid.lay_out(trials)
        n_trials, n_sessions = laid.kind.shape
        one_hot = torch.nn.functional.one_hot(laid.kind, n_kinds).float()
        nothing = torch.zeros(1, n_sessions, 2 * n_kinds)
        shown = torch.cat([one_hot, one_hot * laid.reward[..., None]], dim=-1)
        self.inputs = torch.cat([nothing, shown[: n_trials - 1]])
        self.side, self.predicted = laid.side, laid.predicted
        self.cell = torch.nn.GRU(2 * n_kinds, settings.units)
        self.readout = torch.nn.Linear(settings.units, 1)
        weights = [*self.cell.parameters(), *self.readout.parameters()]
        self.optimiser = torch.optim.Adam(weights, settings.learning_rate)

    def update(self) -> None:
        """Make one update of one network."""
        self.optimiser.zero_grad()
        units, _ = self.cell(self.inputs)
        made = torch.nn.functional.logsigmoid(self.readout(units)[..., 0] * self.side)
        (-(made * self.predicted).sum() / self.predicted.sum()).backward()
        self.optimiser.step()


def measure(update: Callable[[], None], least: int, seconds: float) -> float:
    """CPU-seconds of one update: the mean of at least `least`, for at least some seconds."""
    begin, made = time.process_time(), 0
    while made < least or time.process_time() - begin < seconds:
        update()
        made += 1
    return (time.process_time() - begin) / made


def compare(trials: FitTrials, units: int, check: bool) -> dict[str, float]:
    """CPU-seconds of one update of one network, by way of training."""
    settings = NetworkSettings(units=units, patience=NEVER)
    folds = assign_folds(trials.n_sessions, FOLDS)
    training = [folds != k for k in range(FOLDS)] + [np.ones(folds.size, dtype=bool)]
    plan = plan_training(training, folds, settings)
    n_kinds = count_kinds(trials.questions, trials.n_arms)
    shapes = list_shapes("gru", units, n_kinds, trials.n_arms)
    rng = np.random.default_rng(SEED)
    starts = [draw_weights(shapes, units, rng) for _ in range(settings.starts)]
    inputs = read_inputs(trials)
    ours = Training(inputs, plan, shapes, settings, starts)
    theirs = TorchSideBySide(inputs, plan, settings, starts)
    n_networks = len(plan.trained) * settings.starts
    made = 0

    def update() -> None:
        nonlocal made
        ours.differentiate()
        ours.keep_best(made)
        made += 1
        ours.descend(made)

    if check:
        check_same(update, ours, theirs)
    update()
    found = {"compiled": measure(update, 5, 2.0) / n_networks}
    found["torch side by side"] = measure(theirs.update, 2, 2.0) / n_networks
    one = TorchOneByOne(inputs, settings, n_kinds)
    one.update()
    found["torch one by one"] = measure(one.update, 3, 2.0)
    return found


def check_same(update: Callable[[], None], ours: Training, theirs: TorchSideBySide) -> None:
    """Raise an error unless both make the same three updates, within single precision."""
    for _ in range(3):
        update()
        theirs.update()
    n = len(theirs.train_weight)
    mine = np.concatenate([block.values for block in ours.blocks], axis=1)[:, :n]
    flat = [one.detach().numpy().reshape(n, -1) for one in theirs.weights.values()]
    difference = np.abs(mine.T - np.concatenate(flat, axis=1)).max()
    if difference > 1e-3:  # of weights that three updates moved by .06
        raise RuntimeError(f"the two ways of training differ by {difference} after three updates")


def run_whole(trials: FitTrials, workers: int) -> None:
    """Time all rats, five folds, networks of 1, 2 and 4 units, three starts."""
    wall, cpu = time.perf_counter(), time.process_time()
    averaged = fit_units(trials, workers, average=True)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    single = fit_units(trials, workers, average=False)
    rows: list[dict[str, object]] = []
    for subject, rat in enumerate(trials.subjects):
        for name in (NetworkSettings(units=n).name for n in UNITS):
            row: dict[str, object] = {"rat": rat, "network": name}
            for text, found in (("average", averaged), ("single", single)):
                if (subject, name) in found.held_out:
                    normalised = found.held_out[subject, name].normalised
                    row[f"held out, {text}"] = round(normalised, 4)
            rows.append(row)
            print(*row.values())
    print(f"{wall:.0f} s with {workers} workers, {cpu:.0f} CPU-seconds")
    write("networks_rats.csv", rows)


def fit_units(trials: FitTrials, workers: int, *, average: bool) -> Fitted:
    """Fit networks of all sizes to all rats, as `pfc.fit` does."""
    settings = [NetworkSettings(units=n, average=average) for n in UNITS]
    models = [Model(one.name, one.name, network=one) for one in settings]
    return fit_all(models, trials, Settings(folds=FOLDS, seed=SEED, workers=workers), False)


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write rows to a file beside this one."""
    out = HERE / "results" / name
    out.parent.mkdir(exist_ok=True)
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Print and write what is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="fit all rats, too")
    parser.add_argument("--workers", type=int, default=2, help="of --whole")
    parser.add_argument("--rat", default="M070", help="whose sessions are trained on")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    trials = read_fit_trials(pfc.load_dataset("rat_two_step"), "two_step")
    if asked.whole:
        run_whole(trials, asked.workers)
        return
    rows: list[dict[str, object]] = []
    one = dict(trials.by_subject())[asked.rat]
    for units in UNITS:
        found = compare(one, units, check=True)
        best = min(value for name, value in found.items() if name != "compiled")
        shown = {name: round(value * 1e6, 1) for name, value in found.items()}
        rows.append({"units": units, **shown, "ratio": round(best / found["compiled"], 1)})
        print(f"{units} units, CPU-microseconds a network and update: {shown}")
        print(f"  ratio to the quicker of both {rows[-1]['ratio']}", flush=True)
    write("networks_speed.csv", rows)


if __name__ == "__main__":
    main()
