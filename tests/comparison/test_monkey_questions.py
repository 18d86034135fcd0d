"""Questions of the monkeys' tasks, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

import pfc_analysis as pfc
from pfc_analysis import compare_recordings
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.three_rewards_observer import ThreeRewardsObserver
from pfc_analysis.comparison.questions.what_where_questions import KINDS
from pfc_analysis.plotting.comparison_panels import draw_lag_weights
from pfc_analysis.plotting.style import new_figure
from pfc_analysis.reporting.comparison_caption import describe_figure
from pfc_analysis.reporting.comparison_panel_plan import plan_curves
from pfc_analysis.tasks.two_step_three_rewards import TwoStepThreeRewards
from pfc_analysis.tasks.what_where import WhatWhere


class Sticky:
    """Repeats the last option that paid in 80 % of the trials."""

    def begin(self, n_sessions):
        return np.full(n_sessions, 0.5)

    def choice_probability(self, state):
        return np.stack([1 - state, state], axis=1)

    def learn(self, state, choice, reward):
        state[:] = np.where(reward > 0, 0.2 + 0.6 * choice, state)


class Doubtful(ThreeRewardsObserver):
    """An observer that makes mistakes, so that regressions have an estimate."""

    def action_probability(self, state, observation):
        sure = super().action_probability(state, observation)
        free = np.isin(observation, (1, 4, 7))[:, None]
        return np.where(free, 0.7 * sure + 0.3 * np.array([0.0, 0.5, 0.5]), sure)


def ask(recording, questions):
    """Answers of one group, by quantity: value."""
    groups = {"agents": recording, "monkeys": recording}
    result = compare_recordings(questions, groups, 0, 100)
    return result["group_value"].sel(group="monkeys").to_series()


@pytest.fixture(scope="module")
def blocks():
    return pfc.simulate(Sticky(), WhatWhere(), sessions=120, seed=4, subject="one")


@pytest.fixture(scope="module")
def two_step():
    return pfc.simulate(Doubtful(), TwoStepThreeRewards(), sessions=40, seed=4, subject="one")


def test_what_where_counts_windows_curves_and_stays(blocks):
    found = ask(blocks, "what_where")

    def by_block(name):
        return blocks[name].values.reshape(120, 80)

    correct, what = by_block("correct") == 1, by_block("block_kind")[:, 0] == 0
    assert found["correct_share what, trials 10 to 30"] == pytest.approx(
        correct[what, 10:30].mean()
    )
    assert found["correct_share where, trials 60 to 80"] == pytest.approx(
        correct[~what, 60:].mean()
    )
    at = by_block("reversal").argmax(axis=1)
    after = [correct[b, at[b] + 5 : at[b] + 10] for b in np.flatnonzero(what)]
    label = "correct_share what, 5 to 9 after the reversal"
    assert found[label] == pytest.approx(np.concatenate(after).mean())
    before = [correct[b, 25 : min(30, at[b])] for b in np.flatnonzero(~what)]
    assert found["correct_share where, 25 to 29 after the start"] == pytest.approx(
        np.concatenate(before).mean()
    )
    assert found["reward"] == pytest.approx(blocks["reward"].values.mean())
    won = by_block("reward")[:, :-1] == 1
    for name, variable in (("image", "chosen_option"), ("side", "choice")):
        chosen = by_block(variable)
        same = (chosen[:, 1:] == chosen[:, :-1])[what]
        label = f"{name}_stay_probability what, win"
        assert found[label] == pytest.approx(same[won[what]].mean())
        label = f"{name}_stay_probability what, loss"
        assert found[label] == pytest.approx(same[~won[what]].mean())


def test_blocks_of_one_session_are_kept_apart(blocks):
    """As monkeys play them: many blocks in a session; the answers are those of single blocks."""
    size = blocks.sizes["trial"]
    joined = blocks.assign_coords(
        session=("trial", np.zeros(size, int)), trial_in_session=("trial", np.arange(size))
    )
    np.testing.assert_allclose(ask(joined, "what_where"), ask(blocks, "what_where"))


def test_blocks_of_unknown_kind_are_left_out(blocks):
    kind = blocks["block_kind"].values.copy()
    kind[: 60 * 80] = -1
    doubtful = blocks.assign(block_kind=("trial", kind))
    rest = blocks.isel(trial=slice(60 * 80, None))
    np.testing.assert_allclose(ask(doubtful, "what_where"), ask(rest, "what_where"))
    groups = {"agents": blocks, "monkeys": doubtful}
    result = compare_recordings("what_where", groups, 0, 100)
    assert result["subject_n_used"].values.tolist() == [9600, 4800]
    note = result.attrs["note"]
    assert (
        "In monkeys, blocks whose kind is not known (block_kind -1) are left out: block 0" in note
    )
    assert "session 2 of one (80 trials) and 57 more." in note


def test_learning_curves_are_along_trials_of_the_block(blocks):
    groups = {"agents": blocks, "monkeys": blocks}
    result = compare_recordings("what_where", groups, 0, 100)
    panels = plan_curves(result)
    assert [panel.title for panel in panels] == [
        f"{kind}, {where}" for where in ("from the start", "around the reversal") for kind in KINDS
    ]
    for panel, counted in zip(panels, ["block began"] * 2 + ["reversal"] * 2, strict=True):
        axes = draw_lag_weights(new_figure(4.0, 3.0).subplots(), result, panel.quantities)
        assert axes.get_xlabel() == f"trials since the {counted}"
        ticks = [2, 7, 12, 17, 22, 27] if counted == "block began" else [-8, 2, 12, 22]
        assert axes.get_xticks().tolist() == ticks
    said = " ".join(describe_figure(result))
    assert "correct share by trials since the block began; correct share by trials since" in said


def test_stays_by_level_and_transition(two_step):
    found = ask(two_step, "two_step_three_rewards")

    def by_session(name):
        return two_step[name].values.reshape(40, 100)

    choice, reward, common = (by_session(n) for n in ("choice", "reward", "common_transition"))
    stays, free = choice[:, 1:] == choice[:, :-1], by_session("forced")[:, 1:] == 0
    shares = {}
    for kind, transition in (("common", 1), ("rare", 0)):
        for level, paid in (("high", 1.0), ("medium", 0.5), ("low", 0.0)):
            rows = free & (common[:, :-1] == transition) & (reward[:, :-1] == paid)
            shares[kind, level] = stays[rows].mean()
            label = f"stay_probability {kind}, {level}"
            assert found[label] == pytest.approx(shares[kind, level])
    planning = shares["common", "high"] - shares["common", "low"]
    planning += shares["rare", "low"] - shares["rare", "high"]
    assert found["stay_model_based_index"] == pytest.approx(planning / 2)
    assert planning > 0.8
    second = by_session("second_choice")
    same_state = by_session("second_state")[:, 1:] == by_session("second_state")[:, :-1]
    rows = same_state & (reward[:, :-1] == 1.0) & (by_session("second_choice_forced")[:, 1:] == 0)
    again = second[:, 1:] == second[:, :-1]
    assert found["second_stay_probability high"] == pytest.approx(again[rows].mean())


def test_the_regression_is_that_of_statsmodels(two_step):
    found = ask(two_step, "two_step_three_rewards")
    choice = 2 * two_step["choice"].values.reshape(40, 100) - 1
    reward = 2 * two_step["reward"].values.reshape(40, 100) - 1
    transition = 2 * two_step["common_transition"].values.reshape(40, 100) - 1
    columns = [np.ones((40, 95))]
    for lag in range(1, 6):
        c, r, t = (values[:, 5 - lag : 100 - lag] for values in (choice, reward, transition))
        columns += [c * t * r, c * r, c, c * t]
    free = two_step["forced"].values.reshape(40, 100)[:, 5:] == 0
    design = np.stack(columns, axis=-1)[free]
    fit = sm.Logit(choice[:, 5:][free] > 0, design).fit(disp=0).params
    assert found["planning_weight lag 1"] == pytest.approx(fit[1], rel=1e-5)
    assert found["transition_weight lag 5"] == pytest.approx(fit[20], abs=1e-5)
    assert found["planning_index"] == pytest.approx(fit[1::4].sum(), rel=1e-5)
    assert found["model_free_index"] == pytest.approx(fit[2::4].sum(), abs=1e-5)


def test_other_rewards_are_refused(two_step):
    coarse = two_step.assign(reward=(two_step["reward"] > 0).astype(float))
    with pytest.raises(AnalysisError, match=r"reward: found 2 different reward\(s\) in valid tri"):
        ask(coarse, "two_step_three_rewards")
