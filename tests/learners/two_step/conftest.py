"""Trials of the two-step task that no learner made, and learners with values far from defaults."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis import learners
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.memory import TRIAL

# Weights of the last choice and of choice 1, as all learners but the mixture have them.
STAY = {"perseveration": 0.6, "bias": -0.3}
RATES = {"alpha_positive": 0.6, "alpha_negative": 0.2}
BOTH = {"inverse_temperature": 2.5, **STAY}
PLANS = {"common_probability": 0.7, "initial_value": 0.4}

LEARNERS = [
    learners.ModelBased(alpha=0.4, **BOTH, **PLANS),
    learners.ModelBasedForgetting(alpha=0.4, forgetting=0.2, **BOTH, **PLANS),
    learners.ModelBasedAsymmetric(**RATES, **BOTH, **PLANS),
    learners.ModelFreeDirect(alpha=0.3, **BOTH, initial_value=0.2),
    learners.ModelFreeForgetting(alpha=0.3, forgetting=0.1, **BOTH, initial_value=0.2),
    learners.ModelFreeAsymmetric(**RATES, **BOTH),
    learners.ModelFreeChained(alpha=0.3, eligibility=0.7, **BOTH, initial_value=0.2),
    learners.Hybrid(
        alpha_first=0.3, alpha_second=0.6, eligibility=0.4, weight_model_based=0.7, **BOTH, **PLANS
    ),
    learners.HybridOneRate(alpha=0.4, eligibility=0.4, weight_model_based=0.7, **BOTH, **PLANS),
    learners.MixtureOfAgents(
        alpha=0.6,
        alpha_habit=0.2,
        weight_model_based=2.0,
        weight_model_free=-0.7,
        weight_second_state=0.4,
        weight_habit=1.5,
        bias=0.3,
    ),
    learners.RewardAsCue(alpha=0.2, **BOTH),
    learners.LatentState(
        reversal_probability=0.1, lapse=0.1, **BOTH, better_pays=0.85, worse_pays=0.3
    ),
]


def build_trials(reward, seed: int = 0, n_sessions: int = 4, n_trials: int = 40) -> FitTrials:
    """Random choices, states and rewards (drawn from `reward`), some trials forced or broken off.

    Drawn without a learner, so that a wrong learner cannot make its own likelihood look right.
    """
    rng = np.random.default_rng(seed)
    n = n_sessions * n_trials
    records = np.zeros(n, TRIAL)
    records["choice"] = rng.integers(0, 2, n)
    records["second_state"] = rng.integers(0, 2, n)
    records["reward"] = rng.choice(reward, n)
    records["rewarded"] = records["reward"] > 0
    broken, forced = rng.random(n) < 0.1, rng.random(n) < 0.2
    records["learned"], records["predicted"] = ~broken, ~broken & ~forced
    for name in ("choice", "second_state"):
        records[name][broken] = -1
    return FitTrials(
        questions="two_step",
        subjects=("one",),
        subject=np.zeros(n_sessions, np.int64),
        session=np.arange(n_sessions),
        first=np.arange(0, n + 1, n_trials),
        records=records,
        rows=np.arange(n),
        n_arms=2,
        reward_scale=1.0,
    )


@pytest.fixture
def make_trials():
    return build_trials


@pytest.fixture(params=LEARNERS, ids=lambda one: type(one).__name__)
def two_step_learner(request):
    return request.param
