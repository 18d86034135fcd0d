"""Learning rates and coding of volatility, of agents and observers, as numbers of Figure 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.analysis.learners.hazard_observer import HazardObserver, compute_hazard_belief
from pfc_analysis.analysis.learning.learning_rate import (
    compute_learning_rate,
    compute_step_learning_rate,
)
from pfc_analysis.analysis.learning.regret import compute_regret, compute_share_of_best
from pfc_analysis.analysis.learning.schedule_means import (
    compute_schedule_mean,
    compute_switch_rise,
    find_first_side,
)
from pfc_analysis.analysis.learning.schedule_phases import REGIMES
from pfc_analysis.analysis.neurons.volatility.volatility_decoding import (
    compute_decoding_score,
    decode_volatility,
    fit_volatility_decoder,
)
from pfc_analysis.analysis.neurons.volatility.volatility_tracking import compute_volatility_tracking
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.volatility_observer import OBSERVER, build_observer
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.volatility import VolatileBandit

SHARES = {
    "share_tracking": "share_significant_bonferroni",
    "share_tracking_uncorrected": "share_significant",
}
"""Quantities of the table, and the variables of `compute_volatility_tracking` that hold them."""


def add_reward(
    numbers: Numbers,
    training: xr.Dataset,
    observer: HazardObserver,
    task: VolatileBandit,
    seed: int,
) -> None:
    """Tabulate regret in the training process, and the share earned of what can be earned.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows, of "agents", the observer and "chance".
    training : xarray.Dataset
        Recording of agents in the process that they were trained on.
    observer : HazardObserver
        The ideal observer of that process.
    task : VolatileBandit
        That process.
    seed : int
        Seed of the simulated sessions.
    """
    players = {OBSERVER: observer, "chance": build_observer(task, inverse_temperature=0.0)}
    regret = {"agents": compute_regret(training)} | {
        name: compute_regret(simulate(player, task, sessions=2000, seed=seed, subject=name))
        for name, player in players.items()
    }
    last = {name: result.isel(trial_in_session=-1, drop=True) for name, result in regret.items()}
    for name, result in last.items():
        numbers.add("", name, "regret", result)
    chance, best = (last[name]["regret"].item() for name in ("chance", OBSERVER))
    numbers.add("", "agents", "reward_share", compute_share_of_best(last["agents"], chance, best))


def add_learning_rates(
    numbers: Numbers, panel: str, source: str, played: Mapping[str, xr.Dataset]
) -> xr.Dataset:
    """Fit learning rates in the four phases, and tabulate them and their difference.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    panel, source : str
        Entries of those columns.
    played : mapping of str to xarray.Dataset
        Recordings by order of the phases, such as "stable_first".

    Returns
    -------
    xarray.Dataset
        `learning_rate` and its interval on (`subject`, `phase`); phases are labelled such as
        "stable_1", with the number of the order.
    """
    found, differences = [], []
    for group, recording in enumerate(played.values(), start=1):
        rate = compute_learning_rate(recording)
        names = ["learning_rate", "learning_rate_lower", "learning_rate_upper"]
        labels = [f"{phase}_{group}" for phase in rate["phase"].values]
        found.append(rate[names].assign_coords(phase=labels))
        of = {phase: rate["learning_rate"].sel(phase=phase, drop=True) for phase in REGIMES}
        differences.append(of["volatile"] - of["stable"])
    rates = xr.concat(found, dim="phase")
    difference = xr.concat(differences, xr.Variable("order", list(played)))
    numbers.add(panel, source, "learning_rate", rates)
    numbers.add(panel, source, "learning_rate_rise", difference.to_dataset(name="rise"), "rise")
    return rates


def add_volatility_rise(
    numbers: Numbers,
    played: xr.Dataset,
    training: xr.Dataset,
    observer: HazardObserver,
    stepped: int,
) -> dict[str, xr.Dataset]:
    """Average choices, learning rate and decoded volatility trial by trial, over sessions.

    Parameters
    ----------
    numbers : Numbers
        Gets the rise of volatility at the switch of phases, in panel b.
    played : xarray.Dataset
        Recording of agents in one order of the phases.
    training : xarray.Dataset
        Recording in which the decoder of volatility is fitted.
    observer : HazardObserver
        The ideal observer, which sees the same choices and rewards.
    stepped : int
        Sessions of every replica in which the learning rate is computed, which takes long.

    Returns
    -------
    dict of str to xarray.Dataset
        `mean`, `lower` and `upper` on `trial_in_session`: "agents" (share of choices of the arm
        that is better first), "decoded", the observer's belief, and "learning rate".
    """
    decoded = decode_volatility(played, fit_volatility_decoder(training))
    belief = compute_hazard_belief(played, observer)["regime"]
    for source, known in (("agents", decoded), (OBSERVER, belief)):
        rise = compute_switch_rise(known, played)
        numbers.add("b", source, "volatility_rise", rise, "rise")
    chosen = (played["choice"] == find_first_side(played)).astype(float)
    means = {
        "agents": compute_schedule_mean(chosen),
        "decoded": compute_schedule_mean(decoded),
        OBSERVER: compute_schedule_mean(belief),
    }
    some = played.isel(trial=(played["session"] < stepped).values)
    rate = compute_step_learning_rate(some)
    curves = {name: summarise_subjects(mean, "mean") for name, mean in means.items()}
    return curves | {"learning rate": summarise_subjects(rate, "learning_rate")}


def add_decoding(numbers: Numbers, training: xr.Dataset, observer: HazardObserver) -> xr.Dataset:
    """Score how well the regime is decoded from units, and how well the observer infers it.

    Parameters
    ----------
    numbers : Numbers
        Gets both, in panel e.
    training : xarray.Dataset
        Recording of agents in the process that they were trained on.
    observer : HazardObserver
        The ideal observer, which sees the same choices and rewards.

    Returns
    -------
    xarray.Dataset
        `correlation` with the true regime on (`reader`, `subject`).
    """
    belief = compute_hazard_belief(training, observer)["regime"]
    watched = training[["regime"]].assign(hidden=belief.expand_dims(unit=["belief"], axis=1))
    found = {
        "agents": compute_decoding_score(training),
        OBSERVER: compute_decoding_score(watched),
    }
    for source, score in found.items():
        numbers.add("e", source, "decoding_correlation", score, "correlation")
    return xr.concat(
        [score[["correlation"]] for score in found.values()],
        xr.Variable("reader", ["decoded\nfrom units", "observer,\nsame choices"]),
    )


def add_tracking(numbers: Numbers, training: xr.Dataset, sessions: Sequence[int]) -> xr.Dataset:
    """Compute which share of units tracks the regime, in more and more sessions.

    Parameters
    ----------
    numbers : Numbers
        Gets the shares, in panel f.
    training : xarray.Dataset
        Recording of agents in the process that they were trained on.
    sessions : sequence of int
        Numbers of sessions of every replica to use, in ascending order.

    Returns
    -------
    xarray.Dataset
        The variables of `SHARES` on (`trials`, `subject`), the trials in the regression.
    """
    found = []
    for most in sessions:
        some = training.isel(trial=(training["session"] < most).values)
        found.append(compute_volatility_tracking(some)[[*SHARES.values(), "n_trials"]])
    trials = [int(one["n_trials"].values.max()) for one in found]
    shares = xr.concat(found, xr.Variable("trials", trials))
    for quantity, variable in SHARES.items():
        numbers.add("f", "agents", quantity, found[-1], variable)
        numbers.add("f", "agents", f"{quantity}_by_trials", shares, variable)
    return shares
