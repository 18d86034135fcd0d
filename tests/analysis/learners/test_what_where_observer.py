"""The ideal observer of the what/where task, against enumeration of hypotheses and of policies."""

from itertools import product

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.what_where_observer import (
    WhatWhereObserver,
    compute_what_where_belief,
)
from pfc_analysis.tasks.what_where import WhatWhere

TASK = WhatWhere(trials=9, earliest=3, latest=6)
OBSERVER = WhatWhereObserver(earliest=3, latest=6)
HYPOTHESES = list(product((0, 1), (0, 1), range(3, 7)))
"""Kind of block, better image or side at first, trials before the reversal."""


def chance(hypothesis, trial, image, side, better_pays=0.7):
    """Probability of reward if a hypothesis holds."""
    kind, first, reversal = hypothesis
    better = first if trial < reversal else 1 - first
    return better_pays if (image, side)[kind] == better else 1 - better_pays


class Random(WhatWhereObserver):
    """Chooses sides at random, so that every history occurs."""

    def action_probability(self, state, observation):
        sides = np.tile([0.0, 0.5, 0.5], (len(observation), 1))
        return np.where((observation == 0)[:, None], [1.0, 0.0, 0.0], sides)


@pytest.fixture(scope="module")
def recording():
    return pfc.simulate(Random(), TASK, sessions=40, seed=2, subject="random")


def table(recording, name):
    return recording[name].values.reshape(40, TASK.trials)


def test_beliefs_equal_enumeration_of_all_hypotheses(recording):
    found = compute_what_where_belief(recording, OBSERVER)
    image, side, reward, on_left = (
        table(recording, name) for name in ("chosen_option", "choice", "reward", "option_on_left")
    )
    for s in range(40):
        weight = np.ones(len(HYPOTHESES))
        for t in range(TASK.trials):
            i, p = s * TASK.trials + t, weight / weight.sum()
            later = [first if t < r else 1 - first for _, first, r in HYPOTHESES]
            what = np.array([kind == 0 for kind, _, _ in HYPOTHESES])
            image_b = (p * what * later).sum() / p[what].sum()
            assert found["belief_what"][i] == pytest.approx(p[what].sum())
            assert found["belief_image_b"][i] == pytest.approx(image_b)
            assert found["belief_right"][i] == pytest.approx(
                (p * ~what * later).sum() / p[~what].sum()
            )
            for which in (0, 1):
                shown = on_left[s, t] if which == 0 else 1 - on_left[s, t]
                pays = [chance(h, t, shown, which) for h in HYPOTHESES]
                assert found["expected_reward"][i, which] == pytest.approx((p * pays).sum())
            pays = np.array([chance(h, t, image[s, t], side[s, t]) for h in HYPOTHESES])
            weight = weight * (pays if reward[s, t] > 0 else 1 - pays)


def best_value(weight, trial, n, greedy):
    """Reward that follows from the better choice of each trial, or from the best plan."""
    if trial == n:
        return 0.0
    total = 0.0
    for on_left in (0, 1):
        values = []
        for side in (0, 1):
            image = on_left if side == 0 else 1 - on_left
            pays = np.array([chance(h, trial, image, side) for h in HYPOTHESES])
            now, later = (weight * pays).sum(), 0.0
            for likelihood in (pays, 1 - pays):
                later += best_value(weight * likelihood, trial + 1, n, greedy)
            values.append((now, now + later))
        best = max(values) if greedy else max(values, key=lambda value: value[1])
        total += best[1] / 2
    return total


def test_the_better_choice_of_each_trial_is_the_best_plan():
    prior = np.full(len(HYPOTHESES), 1 / len(HYPOTHESES))
    greedy, best = (best_value(prior, 1, 5, way) for way in (True, False))
    assert greedy == pytest.approx(best, rel=1e-12)
    assert best > 4 * 0.5


def test_it_earns_what_it_expects():
    """Mean reward equals the mean of the larger expectation: the belief is calibrated."""
    played = pfc.simulate(WhatWhereObserver(), WhatWhere(), sessions=400, seed=3, subject="ideal")
    belief = compute_what_where_belief(played)
    expected = belief["expected_reward"].max("side").mean().item()
    error = played["reward"].values.reshape(400, -1).mean(axis=1).std() / 20
    assert played["reward"].mean().item() == pytest.approx(expected, abs=4 * error)
    best = belief["expected_reward"].argmax("side").values
    tied = np.ptp(belief["expected_reward"].values, axis=1) < 1e-9
    assert (played["choice"].values == best)[~tied].all()


def test_agents_cannot_do_better(recording):
    assert recording["reward"].mean() < 0.6
    ceiling = pfc.simulate(OBSERVER, TASK, sessions=4000, seed=1, subject="ideal")
    prior = np.full(len(HYPOTHESES), 1 / len(HYPOTHESES))
    expected = best_value(prior, 0, 4, True) / 4
    first = ceiling["reward"].values.reshape(4000, -1)[:, :4].mean(axis=1)
    assert first.mean() == pytest.approx(expected, abs=4 * first.std() / np.sqrt(4000))


def test_each_block_begins_anew_and_missing_trials_teach_nothing(recording):
    whole = compute_what_where_belief(recording, OBSERVER)
    one = recording.assign_coords(
        session=("trial", np.zeros(360, int)), trial_in_session=("trial", np.arange(360))
    )
    joined = compute_what_where_belief(one, OBSERVER)
    np.testing.assert_array_equal(joined["belief_what"], whole["belief_what"])
    ignored = recording.copy(deep=True)
    ignored["choice"][4], ignored["chosen_option"][4] = -1, -1
    kept = recording["trial"] if "trial" in recording.coords else np.arange(360)
    rows = np.flatnonzero(np.asarray(kept) != 4)
    with_gap = compute_what_where_belief(recording.isel(trial=rows), OBSERVER)
    marked = compute_what_where_belief(ignored, OBSERVER)["belief_what"][rows]
    np.testing.assert_allclose(with_gap["belief_what"], marked)
    assert (with_gap["belief_what"][5] != whole["belief_what"][6]).item()


def test_trials_counted_from_one_are_refused(recording):
    later = recording.assign(trial_in_block=recording["trial_in_block"] + 1)
    with pytest.raises(AnalysisError, match=r"trial_in_block: found numbers from 1 on, expected"):
        compute_what_where_belief(later)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"reward_probability": 1.1}, r"WhatWhereObserver.reward_probability: found 1.1"),
        ({"earliest": 50}, r"found earliest 50 and latest 49, expected numbers of trials"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(AnalysisError, match=message):
        WhatWhereObserver(**settings)
