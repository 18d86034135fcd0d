"""Results of fits for tests of drawing, with the layout of `pfc.fit`."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import xarray as xr

from pfc_analysis.fitting.models.held_out_table import HeldOutTable
from pfc_analysis.fitting.models.lay_out_fit import lay_out_held_out
from pfc_analysis.fitting.models.model_list import Model, title_of
from pfc_analysis.fitting.networks.network_settings import NetworkSettings
from pfc_analysis.learners.definition.learner_class import Learner
from pfc_analysis.packed_parts import pack
from pfc_analysis.plotting.fits.model_rows import find_main_learner

from ..portraits.portrait_results import make_curves, make_fixed_points

LEARNERS = (
    "mixture_of_agents", "model_based", "model_free_with_eligibility", "model_free", "hybrid",
    "latent_state", "reward_as_cue", "forgetting_q_learning", "asymmetric_q_learning",
    "choice_kernel", "pearce_hall", "kalman_filter", "hidden_markov_observer",
    "win_stay_lose_shift",
)  # fmt: skip
PARAMETERS = ("alpha_model_based", "alpha_model_free", "alpha_habit", "weight_model_based",
              "weight_model_free", "weight_habit", "bias")  # fmt: skip
MEASURES = ("stay after common_rewarded", "stay after uncommon_rewarded",
            "stay after common_unrewarded", "stay after uncommon_unrewarded",
            "stay: model_based_index", "lag 1: common_rewarded", "lags: planning_index",
            "better option", "better option, +1 trials from reversal", "reward")  # fmt: skip
SPREAD = np.array([-0.15, 0.15])


def make_result(n_learners=14, units=(1, 2, 4, 8), n_subjects=6, checks=True, seed=3):
    """Simulate log-likelihoods of sessions, and lay them out by `lay_out_held_out`."""
    rng = np.random.default_rng(seed)
    learners = LEARNERS[:n_learners]
    models = [Model(name, title_of(name), learner=Learner) for name in learners]
    models += [
        Model(f"gru_{one}", f"GRU, {one} unit{'s' * (one > 1)}", network=NetworkSettings(one))
        for one in units
    ]
    table = _simulate(rng, len(learners), units, n_subjects)
    trials = SimpleNamespace(
        subjects=[f"M{64 + 7 * k:03d}" for k in range(n_subjects)],
        subject=table.subject,
        session=np.arange(table.subject.size),
        n_predicted=table.n_predicted,
    )
    fitted = SimpleNamespace(tabulate=lambda models, trials: table, held_out={})
    result = lay_out_held_out(models, trials, fitted, seed)
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
    """Add the parts of `check_fits`, packed as there, and model selection."""
    parts = [pack(_make_predictions(result, learners, rng), "predictions")]
    if (result["units_of_network"] == 1).any():
        parts += make_portraits([str(name) for name in result["subject"].values])
    if learners:
        main = find_main_learner(result)
        parts.append(pack(_make_recovery(rng), f"recovery_{main}"))
        parts.append(pack(_make_confusion(learners, rng), "confusion"))
    attrs = result.attrs
    result = xr.merge([result, *parts])
    result.attrs = attrs
    probability = rng.dirichlet(np.r_[np.full(result.sizes["model"] - 1, 0.1), 3.0])
    result["protected_exceedance"] = ("model", probability)
    result["model_frequency"] = ("model", 0.5 * probability + 0.5 / probability.size)
    return result


def make_portraits(subjects):
    """Portraits of networks of one unit, stacked and packed as `portrait_parts` does."""
    curves = [
        (one := make_curves((0, 1)))
        .assign(change=one["change"] * (1 + 0.2 * k))
        .reset_coords(["choice", "second_state", "reward", "log_odds"])
        for k in range(len(subjects))
    ]
    joined = xr.concat(curves, xr.IndexVariable("subject", subjects), data_vars="different",
                       coords="minimal", compat="equals")  # fmt: skip
    fixed = [
        make_fixed_points().assign_coords(owner=("fixed_point", [name] * 3)) for name in subjects
    ]
    return [pack(joined, "curves"), pack(xr.concat(fixed, "fixed_point"), "curves_fixed")]


def _make_recovery(rng):
    r = np.clip(rng.normal(0.88, 0.1, (1, len(PARAMETERS))), 0.3, 0.99)
    r = 1 - (1 - r) * np.array([[1.0], [0.6], [0.4]])
    part = xr.Dataset(coords={"repeat": [1, 2, 4], "parameter": list(PARAMETERS)})
    add(part, "r", ("repeat", "parameter"), [r, *np.tanh(np.arctanh(r) + SPREAD[:, None, None])])
    part["identifiable"] = ("parameter", (r[0] >= 0.9).astype(int))
    part.attrs = {"identifiable_from": 0.9, "n_players": 100, "learner": "", "notes": []}
    return part


def _make_confusion(learners, rng):
    n, dims = len(learners), ("generating", "chosen")
    count = np.stack([rng.multinomial(50, 0.9 * row + 0.1 / n) for row in np.eye(n)])
    if n > 1:
        count[0], count[0, [0, -1]] = 0, [30, 20]
    part = xr.Dataset(coords={"generating": list(learners), "chosen": list(learners)})
    part["count"], part["share"] = (dims, count), (dims, count / 50)
    part["confused"] = (dims, ((count > 5) & ~np.eye(n, dtype=bool)).astype(int))
    part.attrs = {"criterion": "bic", "confused_from": 0.1}
    return part


def _make_predictions(result, learners, rng):
    models = [str(result["model"].values[k]) for k in (0, -1)]
    part = xr.Dataset(
        coords={"learner": models, "subject": result["subject"], "measure": list(MEASURES)}
    )
    size = (len(models), result.sizes["subject"], len(MEASURES))
    seen = rng.uniform(0.4, 0.9, size[1:])
    middle = seen + 0.05 * rng.normal(size=size)
    part["observed"] = (("subject", "measure"), seen)
    for name, reach in (("mean", 0), ("lower", -0.06), ("upper", 0.06)):
        part[name] = (("learner", "subject", "measure"), middle + reach)
    part.attrs = {"n_replicas": 100}
    return part
