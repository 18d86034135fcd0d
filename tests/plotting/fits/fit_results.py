"""Results of fits for tests of drawing, with the layout of `pfc.fit`."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.fitting.models.held_out_table import (
    HeldOutTable,
    average_over_subjects,
    count_units,
    find_best,
)

LEARNERS = (
    "mixture_of_agents", "model_based", "model_free_with_eligibility", "model_free", "hybrid",
    "latent_state", "reward_as_cue", "forgetting_q_learning", "asymmetric_q_learning",
    "choice_kernel", "pearce_hall", "kalman_filter", "hidden_markov_observer",
    "win_stay_lose_shift",
)  # fmt: skip
PARAMETERS = ("alpha_model_based", "alpha_model_free", "alpha_habit", "weight_model_based",
              "weight_model_free", "weight_habit", "bias")  # fmt: skip
QUANTITIES = ("stay_common_rewarded", "stay_uncommon_rewarded", "stay_common_unrewarded",
              "stay_uncommon_unrewarded", "planning_index", "model_free_index")  # fmt: skip


def make_result(n_learners=14, units=(1, 2, 4, 8), n_subjects=6, checks=True, seed=3):
    """Simulate log-likelihoods of sessions and lay them out as `pfc.fit` does."""
    rng = np.random.default_rng(seed)
    learners, networks = LEARNERS[:n_learners], [f"gru_{count}" for count in units]
    names = [*learners, *networks]
    subjects = [f"M{64 + 7 * k:03d}" for k in range(n_subjects)]
    table = _simulate(rng, len(learners), units, n_subjects)
    best = find_best(table.total, range(len(learners)))
    reference = best if learners else find_best(table.total, range(len(names)))
    n_sessions = np.bincount(table.subject)
    result = xr.Dataset(
        coords={
            "subject": subjects,
            "model": names,
            "title": ("model", [*(name.replace("_", " ") for name in learners),
                                *(f"GRU, {u} unit{'s' * (u > 1)}" for u in units)]),
            "kind": ("model", ["learner"] * len(learners) + ["network"] * len(networks)),
            "units_of_network": ("model", [*([0] * len(learners)), *units]),
        }
    )  # fmt: skip
    both = ("subject", "model")
    normalised, differences = table.normalised(), table.differences(reference)
    add(result, "heldout", both, normalised)
    add(result, "difference", both, differences)
    *group, population = average_over_subjects(*map(np.log, normalised), n_sessions)
    add(result, "group_heldout", ("model",), np.exp(group))
    *group, _ = average_over_subjects(*differences, n_sessions)
    add(result, "group_difference", ("model",), group)
    result["inference"] = ("model", np.where(population, "population", "these subjects"))
    result["best_learner"] = ("subject", [names[k] if k >= 0 else "" for k in best])
    of_networks = list(range(len(learners), len(names)))
    drawn = count_units(table, of_networks, np.array(units, dtype=int), rng)
    add(result, "n_units", ("subject",), drawn)
    result.attrs = {"experiment": "two_step", "n_arms": 2, "folds": 5}
    _add_parameters(result, learners, rng)
    return _add_checks(result, learners, rng) if checks else result


def add(result, name, dims, values):
    for ending, one in zip(("", "_lower", "_upper"), values, strict=True):
        result[f"{name}{ending}"] = (dims, one)


def _simulate(rng, n_learners, units, n_subjects):
    n_sessions = np.maximum(3, rng.integers(4, 20, n_subjects))
    subject = np.repeat(np.arange(n_subjects), n_sessions)
    n_predicted = rng.integers(200, 500, subject.size)
    level = np.log(rng.uniform(0.54, 0.68, n_subjects))
    steps = [-0.008 * k for k in range(n_learners)]
    steps += [0.02 * (1 - 1.6 / count) for count in units]
    of_model = np.array(steps) + 0.006 * rng.normal(size=(n_subjects, len(steps)))
    mean = level[subject, None] + of_model[subject] + 0.02 * rng.normal(size=(subject.size, 1))
    mean = mean + 0.01 * rng.normal(size=mean.shape)
    return HeldOutTable(mean * n_predicted[:, None], n_predicted, subject, n_subjects)


def _add_parameters(result, learners, rng):
    labels = [(name, one) for name in learners for one in PARAMETERS]
    n = len(labels)
    size = (result.sizes["subject"], n)
    weight = np.array(["weight" in one or one == "bias" for _, one in labels])
    value = np.where(weight, rng.normal(1.5, 1.0, size), rng.uniform(0.1, 0.9, size))
    reach = np.where(weight, 0.4, 0.1) * rng.uniform(0.3, 1.5, size)
    result.coords["estimated"] = [f"{name} {one}" for name, one in labels]
    result.coords["learner"] = ("estimated", [name for name, _ in labels])
    result.coords["parameter"] = ("estimated", [one for _, one in labels])
    for name, one in (("estimate", value), ("lower", value - reach), ("upper", value + reach)):
        result[name] = (("subject", "estimated"), one)


def _add_checks(result, learners, rng):
    n, n_estimated = len(learners), result.sizes["estimated"]
    r = np.clip(rng.normal(0.88, 0.1, n_estimated), -0.3, 0.99)
    add(result, "recovery", ("estimated",), [r, *np.tanh(np.arctanh(r) + [[-0.15], [0.15]])])
    result["recovery"].attrs = {"identifiable_from": 0.9, "n_players": 100}
    result["identifiable"] = ("estimated", (r >= 0.9).astype(int))
    share = np.eye(n) * 12 + rng.exponential(0.15, (n, n))
    share[0, -1] = 9
    share /= share.sum(axis=1, keepdims=True)
    result.coords["generating"] = result.coords["chosen"] = list(learners)
    result["confusion"] = (("generating", "chosen"), share, {"n_simulated": 50})
    apart = np.ones((n, n), dtype=int)
    apart[0, -1] = 0
    result["told_apart"] = (("generating", "chosen"), apart)
    size = (result.sizes["subject"], len(QUANTITIES))
    seen = rng.uniform(0.4, 0.9, size)
    result.coords["predicted"] = list(QUANTITIES)
    result["observed"] = (("subject", "predicted"), seen)
    middle = np.full((size[0], result.sizes["model"], size[1]), np.nan)
    middle[:, [0, -1]] = seen[:, None] + 0.05 * rng.normal(size=(size[0], 2, size[1]))
    dims = ("subject", "model", "predicted")
    add(result, "replicated", dims, [middle, middle - 0.06, middle + 0.06])
    probability = rng.dirichlet(np.r_[np.full(result.sizes["model"] - 1, 0.1), 3.0])
    result["protected_exceedance"] = ("model", probability)
    result["model_frequency"] = ("model", 0.5 * probability + 0.5 / probability.size)
    return result
