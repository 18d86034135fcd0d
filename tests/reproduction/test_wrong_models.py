"""Claims can fail: wrong models break those for which `figures/claims/README.md` names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pfc_analysis.analysis.choices.history_regression import fit_choice_history
from pfc_analysis.analysis.choices.run_lengths import compute_run_lengths
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.learners.baiting_learners import SurePayoff
from pfc_analysis.analysis.learners.bandit_learners import UpperConfidenceBound
from pfc_analysis.analysis.learners.episodic_learner import EpisodicLearner
from pfc_analysis.analysis.learners.hazard_observer import FixedHazard
from pfc_analysis.analysis.learners.learner_replay import run_learner
from pfc_analysis.analysis.learners.what_where_observer import WHERE, WhatWhereObserver
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.analysis.signals.prediction_error import regress_prediction_error
from pfc_analysis.learners import ModelFreeChained, ModelFreeDirect, RewardAsCue
from pfc_analysis.paths import content_folder
from pfc_analysis.recording.published import read_published
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.rpe_input import RandomChoice
from pfc_analysis.reproduction.animals.monkey_behaviour import measure_behaviour
from pfc_analysis.reproduction.claims import check_figure
from pfc_analysis.reproduction.measured_numbers import read_claims
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.tables.matching_numbers import add_matching
from pfc_analysis.reproduction.tables.memory_numbers import add_choices, measure_memory
from pfc_analysis.reproduction.tables.monkey_numbers import add_behaviour
from pfc_analysis.reproduction.tables.volatility_numbers import add_learning_rates
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards
from pfc_analysis.tasks.volatility import VolatileBandit
from pfc_analysis.tasks.what_where import WhatWhere

from .wrong_habits import WRONG_HABITS

WHOLE = Matching(range="whole", shortest=100)
ORDERS = ("stable_first", "volatile_first")
TWO_STEP = ("agents", "agents (rats' task)")
Measure = Callable[[Numbers], None]


REPLICAS = 3


def play(learner, task, sessions: int) -> xr.Dataset:
    """Some replicas of a wrong model, so that their mean has an interval."""
    played = [
        simulate(learner, task, sessions=sessions, seed=7 + k, subject=f"wrong_{k}")
        for k in range(REPLICAS)
    ]
    return xr.concat(played, dim="trial", data_vars="minimal", coords="minimal", compat="override")


def random_bandit(numbers: Numbers) -> None:
    task = Bandit(arms="fixed", left=0.25, right=0.75)
    for source in ("agents, independent", "agents, correlated"):
        numbers.add("d", source, "regret", compute_regret(play(RandomChoice(), task, 200)))


def confident_bandit(numbers: Numbers) -> None:
    task = Bandit(arms="fixed", left=0.25, right=0.75)
    regret = compute_regret(play(UpperConfidenceBound(), task, 200))
    for source in ("agents, independent", "agents, correlated"):
        numbers.add("d", source, "regret", regret)


def random_matching(numbers: Numbers) -> None:
    add_matching(numbers, "agents", play(RandomChoice(), WHOLE, 300))


def sure_matching(numbers: Numbers) -> None:
    """Residuals less those of the observer, about -0.04 (Figure 2)."""
    replicas = []
    for seed in range(REPLICAS):
        settings = {"sessions": 300, "seed": seed, "subject": f"wrong_{seed}"}
        bases = simulate(RandomChoice(), WHOLE, **settings)  # the same seed draws the same bases
        left = bases["base_probability"].isel(arm=0).groupby(bases["session"]).first().values
        replicas.append(simulate(SurePayoff(tuple(left)), WHOLE, **settings))
    recording = xr.concat(
        replicas, dim="trial", data_vars="minimal", coords="minimal", compat="override"
    )
    found = add_matching(numbers, "agents", recording)
    apart = found.residuals[[f"signed_residual{end}" for end in ("", "_lower", "_upper")]] + 0.04
    numbers.add("d", "agents", "signed_residual_held_out_minus_observer", apart, "signed_residual")


def random_foraging(numbers: Numbers) -> None:
    runs = compute_run_lengths(play(RandomChoice(), WHOLE, 100))
    numbers.add("a", "agents", "mean_length", runs)


def alternating_foraging(numbers: Numbers) -> None:
    runs = compute_run_lengths(play(Alternating(), WHOLE, 100))
    numbers.add("a", "agents", "mean_length", runs)


def fixed_hazard(numbers: Numbers) -> None:
    played = {order: play(FixedHazard(), VolatileBandit(order), 100) for order in ORDERS}
    add_learning_rates(numbers, "d", "agents", played)


def stay(numbers: Numbers, learner) -> xr.Dataset:
    played = play(learner, TwoStep(), 150)
    for source in TWO_STEP:
        numbers.add("b c", source, "stay_probability", compute_stay_probability(played))
    history = fit_choice_history(played, ridge=1.0)
    numbers.add("d e", "agents", "history_weight", history, "coefficient")
    drop = -history[["planning_weight"]].diff("lag")
    numbers.add("e", "agents", "planning_weight_drop", drop, "planning_weight")
    numbers.add("a", "agents", "planning_index_after_lag_1", history)
    numbers.add("a", "agents", "planning_weight", history)
    return played


def model_free(numbers: Numbers) -> None:
    """Choices of Q(1), and prediction errors of SARSA(1) along them."""
    played = stay(numbers, ModelFreeDirect(0.5, 5.0))
    error = run_learner(ModelFreeChained(0.5, eligibility=1.0), played)["prediction_error"]
    errors = regress_prediction_error(
        played.assign(rpe=error), np.random.default_rng(0), n_bootstrap=20
    )
    numbers.add("f g", "agents", "rpe_r_squared", errors.sel(selection="both"), "r2")
    by_event = errors.sel(selection=["second_state", "outcome"])
    numbers.add("f g", "agents", "rpe_r_squared_by_event", by_event, "r2")


def random_two_step(numbers: Numbers) -> None:
    played = stay(numbers, RandomChoice2())
    earned = compute_reward_share(compute_performance(played), 0.5, 0.75)
    for source in TWO_STEP:
        numbers.add("", source, "reward_share", earned)


def reward_as_cue(numbers: Numbers) -> None:
    stay(numbers, RewardAsCue())


def behave(numbers: Numbers, questions: str, player, task) -> None:
    found = measure_behaviour(questions, play(player, task, 100))
    add_behaviour(numbers, {"agents": found})


def random_what_where(numbers: Numbers) -> None:
    behave(numbers, "what_where", RandomChoice(), WhatWhere())


def always_what(numbers: Numbers) -> None:
    behave(numbers, "what_where", AlwaysWhat(), WhatWhere())


def habit(numbers: Numbers) -> None:
    behave(numbers, "two_step_three_rewards", Habit(), TwoStepThreeRewards())


def forgetful(numbers: Numbers) -> None:
    """Two groups of learners without memory."""
    found = {}
    for source in ("agents with memory", "agents without memory"):
        learner = EpisodicLearner(incremental_model_based=6.0)
        found[source] = measure_memory(play(learner, EpisodicTwoStep(), 60), 1, 1.0)
    add_choices(numbers, found)


class AlwaysWhat(WhatWhereObserver):
    """Knows that the image matters, whatever the block."""

    def begin(self, n_sessions):
        state = super().begin(n_sessions)
        state["belief"][:, WHERE] = 0.0
        state["belief"] /= state["belief"].sum(axis=(1, 2, 3), keepdims=True)
        return state


class Habit:
    """Repeats a first picture that paid more than half, else takes the other."""

    def begin(self, n_sessions):
        return {"last": np.zeros(n_sessions, int), "stays": np.ones(n_sessions, bool)}

    def action_probability(self, state, observation):
        stage, offered = np.divmod(np.maximum(observation - 1, 0), 3)
        first = np.where(state["stays"], state["last"], 1 - state["last"])
        second = np.where(stage == 0, first, 0.5)
        second = np.where(offered == 0, second, offered - 1)
        either = np.stack([np.zeros_like(second), 1.0 - second, second], axis=1)
        return np.where((observation == 0)[:, None], [1.0, 0.0, 0.0], either)

    def observe(self, state, observation, action, reward):
        first = (observation >= 1) & (observation <= 3) & (action >= 1)
        state["last"] = np.where(first, action - 1, state["last"])
        over = (observation >= 4) & (action >= 1)
        state["stays"] = np.where(over, reward >= 0.5, state["stays"])


class Alternating(RandomChoice):
    """Left, right, left, right."""

    def choice_probability(self, state):
        return np.stack([state == 0, state == 1], axis=1).astype(float)

    def learn(self, state, choice, reward):
        state[:] = 1 - choice


class RandomChoice2(RandomChoice):
    """For tasks of two steps."""

    def action_value(self, state):
        return np.zeros((state.size, 2))


WRONG: dict[tuple[str, str], Measure] = {
    ("fig1_bandits", "a random player"): random_bandit,
    ("fig1_bandits", "UCB"): confident_bandit,
    ("fig2_matching", "a random player"): random_matching,
    ("fig2_matching", "a player who knows the base probabilities"): sure_matching,
    ("fig3_volatility", "a fixed hazard"): fixed_hazard,
    ("figs4_foraging", "a random player"): random_foraging,
    ("figs4_foraging", "an alternating player"): alternating_foraging,
    ("fig5_two_step", "a random player"): random_two_step,
    ("fig5_two_step", "a model-free learner"): model_free,
    ("figs6_alternatives", "a reward-as-cue learner"): reward_as_cue,
    ("fige1_memory", "a learner that follows the last trial alone"): forgetful,
    ("fign1_monkeys", "a random player"): random_what_where,
    ("fign1_monkeys", "a player who takes every block for a what block"): always_what,
    ("fign1_monkeys", "a player who repeats a first choice that paid"): habit,
    **WRONG_HABITS,
}
"""By figure and the name of the wrong model in `figures/claims/README.md`."""

ROW = re.compile(r"\| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|")


def read_table() -> pd.DataFrame:
    """The table of `figures/claims/README.md`: a row for each kind of claim about a figure."""
    text = (content_folder("figures") / "claims" / "README.md").read_text()
    rows = [[cell.strip() for cell in row] for row in ROW.findall(text)]
    return pd.DataFrame(rows, columns=["figure", "claims", "wrong", "gives"]).iloc[1:]


def names(claims: str) -> list[tuple[str, str]]:
    """Quantity and condition of the claims in a cell; the condition may be empty for all."""
    found = re.findall(r"`([^`:]+)(?:: ([^`]+))?`", claims)
    return [(quantity, condition) for quantity, condition in found]


def test_a_wrong_model_is_named_for_every_claim():
    table = read_table()
    missing = []
    for path in sorted((content_folder("figures") / "claims").glob("*.csv")):
        claims = read_claims(path.stem)
        assert claims is not None
        cells = table[table["figure"] == path.stem]["claims"]
        named = [pair for cell in cells for pair in names(cell)]
        for _, claim in claims.iterrows():
            if not any(
                claim["quantity"] == quantity and condition in ("", claim["condition"])
                for quantity, condition in named
            ):
                missing.append((path.stem, claim["quantity"], claim["condition"]))
    assert not missing


def break_claims(stem: str, wrong: str) -> Mapping[tuple[str, str], list[bool]]:
    """Measure a wrong model; whether the claims hold that the README says it breaks."""
    numbers = Numbers(read_published("wang_2018"), figure="none")
    WRONG[stem, wrong](numbers)
    measured = numbers.table()
    table = read_table()
    tested = table["wrong"].str.startswith(wrong) & table["wrong"].str.endswith("(tested)")
    rows = table[(table["figure"] == stem) & tested]
    named = [pair for cell in rows["claims"] for pair in names(cell)]
    claims, found = read_claims(stem), {}
    assert claims is not None
    for quantity, condition in named:
        own = claims[(claims["quantity"] == quantity) & claims["source"].str.startswith("agents")]
        own = own[own["condition"] == condition] if condition else own
        assert len(own), (quantity, condition)
        checked = check_figure("x", measured, own)
        checked = checked[checked["holds"].notna()]
        holds = checked["holds"].astype(bool)
        if (stem, wrong) in WRONG_HABITS:
            # Few replicas have wide intervals: their mean must be out of bounds, too.
            below = checked["measured"] < checked["at_least"]
            holds |= ~(below | (checked["measured"] > checked["at_most"]))
        found[quantity, condition] = holds.tolist()
    assert found
    return found


@pytest.mark.parametrize(("stem", "wrong"), list(WRONG))
def test_the_wrong_model_breaks_the_claims(stem, wrong):
    for claim, holds in break_claims(stem, wrong).items():
        assert not all(holds), claim
