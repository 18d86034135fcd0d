"""Stimulation in the two-step task, against learners for whom it is known what stimulation does."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, SeparationError
from pfc_analysis.analysis.learners.two_step_observer import IdealObserver
from pfc_analysis.analysis.signals.stimulation import (
    compute_stimulation_effect,
    regress_stimulation,
)
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.learners import ModelBased, ModelFreeDirect
from pfc_analysis.reproduction.numbers import tabulate_result


@dataclass
class Stimulated:
    """A learner stimulated in a share of trials, who takes stimulation for `gain` rewards."""

    learner: object
    seed: int
    gain: float = 0.0
    share: float = 0.25
    most: float = np.inf
    given: list = field(default_factory=list)

    def begin(self, n_sessions):
        self.rng = np.random.default_rng(self.seed + 1000)
        self.given.clear()
        return self.learner.begin(n_sessions)

    def choice_probability(self, state):
        return self.learner.choice_probability(state)

    def learn(self, state, choice, second_state, reward):
        self.given.append((self.rng.random(choice.size) < self.share).astype(int))
        felt = np.minimum(reward + self.gain * self.given[-1], self.most)
        return self.learner.learn(state, choice, second_state, felt)


class Reinforced(Stimulated):
    """Learns from reward as `learner` does; stimulation adds `gain` to the log-odds of staying."""

    def begin(self, n_sessions):
        self.push = np.zeros(n_sessions)
        return super().begin(n_sessions)

    def choice_probability(self, state):
        right = self.learner.choice_probability(state)[:, 1]
        right = 1 / (1 + np.exp(-(np.log(right / (1 - right)) + self.push)))
        return np.stack([1 - right, right], axis=1)

    def learn(self, state, choice, second_state, reward):
        self.given.append((self.rng.random(choice.size) < self.share).astype(int))
        self.push = self.gain * (2 * choice - 1) * self.given[-1]
        return self.learner.learn(state, choice, second_state, reward)


@pytest.fixture(scope="module")
def play_stimulated(play):
    def play_one(kind, learner, n_sessions=200, n_trials=100, *, seed=0, **settings):
        subject = kind(learner, seed, **settings)
        recording = play(subject, n_sessions, n_trials, seed=seed)
        stimulated = np.stack(subject.given, axis=1).ravel()
        return recording.assign(stimulated=("trial", stimulated))

    return play_one


def frame_of(recording, refractory=0):
    """The trials before and what followed, written as one would in pandas."""
    names = ["choice", "reward", "common_transition", "second_state", "better_state", "stimulated"]
    frame = recording[names].to_dataframe()
    by_session = frame.groupby("session")
    table = pd.DataFrame({"session": frame["session"], "choice": frame["choice"]})
    for lag in (1, 2):
        before = by_session[names].shift(lag)
        table[f"side{lag}"] = before["choice"]
        table[f"o{lag}"] = before["reward"] - 0.5
        table[f"t{lag}"] = before["common_transition"] - 0.5
        table[f"s{lag}"] = before["stimulated"]
        # Choice i commonly leads to state i.
        table[f"c{lag}"] = (before["choice"] == before["better_state"]) - 0.5
        table[f"b{lag}"] = (before["second_state"] == before["better_state"]) - 0.5
    table["stay"] = (table["choice"] == table["side1"]).astype(float)
    for lag in range(2, refractory + 2):
        table = table[by_session["stimulated"].shift(lag).reindex(table.index).fillna(0) == 0]
    return table[table["side1"].notna()]


def design_of(table, lag):
    o, t, c, b = (table[f"{name}{lag}"] for name in "otcb")
    s = table[f"s{lag}"] - table["s1"].mean()
    terms = [np.ones(len(table)), o, t, 2 * t * o, s, 2 * t * s, 2 * o * s, 4 * t * o * s, c, b]
    return np.stack([np.asarray(term, float) for term in terms], axis=1)


def test_coefficients_as_in_statsmodels(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.4, 3.0), 60, 80, seed=3, gain=0.7)
    recording = recording.assign_coords(trial=np.arange(recording.sizes["trial"]))
    result = regress_stimulation(recording, n_lags=2, outcome_interactions=True)
    table = frame_of(recording)
    sign = np.where(table["side2"] == table["side1"], 1.0, -1.0)[:, None]
    known = table["side2"].notna().to_numpy()[:, None]
    design = np.concatenate(
        [design_of(table, 1), np.where(known, sign * design_of(table, 2), 0.0)], axis=1
    )
    fit = sm.GLM(table["stay"].to_numpy(), design, family=sm.families.Binomial()).fit(
        tol=1e-13, cov_type="cluster", cov_kwds={"groups": table["session"].to_numpy()}
    )
    assert result["predictor"].values.tolist() == [
        "stay",
        "outcome",
        "transition",
        "transition_x_outcome",
        "stimulated",
        "transition_x_stimulated",
        "outcome_x_stimulated",
        "transition_x_outcome_x_stimulated",
        "correct",
        "better_reached",
    ]
    np.testing.assert_allclose(result["coefficient"].values.ravel(), fit.params, atol=1e-8)
    # GLM leaves out the small-sample factor (N - 1) / (N - K) of logit; G / (G - 1) is in both.
    n, k = design.shape
    ratio = result["standard_error"].values.ravel() / fit.bse
    np.testing.assert_allclose(ratio, 1.0, atol=(k + 1) / n)
    np.testing.assert_allclose(result["log_likelihood"], fit.llf, rtol=1e-10)
    assert result["n_trials"].item() == n == 60 * 79
    assert result["n_stimulated"].item() == table["s1"].sum()


def test_trials_in_which_stimulation_was_never_given_are_left_out(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.4, 3.0), 30, 60, seed=4, share=0.1)
    recording = recording.assign_coords(trial=np.arange(recording.sizes["trial"]))
    table = frame_of(recording, refractory=2)
    result = regress_stimulation(recording, refractory=2)
    assert result["n_trials"].item() == len(table) < 30 * 59
    keep = [0, 1, 2, 3, 4, 5, 8, 9]
    fit = sm.GLM(
        table["stay"].to_numpy(), design_of(table, 1)[:, keep], family=sm.families.Binomial()
    ).fit(tol=1e-13)
    np.testing.assert_allclose(result["coefficient"].values.ravel(), fit.params, atol=1e-8)


def test_effects_by_hand_from_shares_of_strata(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.5, 3.0), 100, 100, seed=5, gain=1.0)
    recording = recording.assign_coords(trial=np.arange(recording.sizes["trial"]))
    table = frame_of(recording)
    mean = table.groupby(["t1", "b1", "o1", "s1"])["stay"].mean()
    pooled = table.groupby(["t1", "b1", "s1"])["stay"].mean()
    n = table.groupby(["t1", "b1", "o1", "s1"]).size()
    need = {
        "unrewarded": [(-0.5, 0), (0.5, 0), (-0.5, 1)],
        "rewarded": [(-0.5, 0), (0.5, 0), (0.5, 1)],
    }
    need["both"] = [*need["unrewarded"], (0.5, 1)]
    found = compute_stimulation_effect(recording, np.random.default_rng(0)).isel(subject=0)
    for outcome, cells in need.items():
        reward, stimulation = {}, {}
        for t in (-0.5, 0.5):
            weight = {b: 1 / sum(1 / n[t, b, o, s] for o, s in cells) for b in (-0.5, 0.5)}
            for b, w in weight.items():
                w /= sum(weight.values())
                effect = pooled[t, b, 1] - pooled[t, b, 0]
                if outcome != "both":
                    o = 0.5 if outcome == "rewarded" else -0.5
                    effect = mean[t, b, o, 1] - mean[t, b, o, 0]
                stimulation[t] = stimulation.get(t, 0) + w * effect
                reward[t] = reward.get(t, 0) + w * (mean[t, b, 0.5, 0] - mean[t, b, -0.5, 0])
        expected = {}
        for name, effect in (("reward", reward), ("stimulation", stimulation)):
            expected[f"{name}_model_based"] = (effect[0.5] - effect[-0.5]) / 2
            expected[f"{name}_direct"] = (effect[0.5] + effect[-0.5]) / 2
        expected["ratio"] = expected["stimulation_model_based"] / expected["reward_model_based"]
        expected["direct_ratio"] = expected["stimulation_direct"] / expected["reward_direct"]
        for name, value in expected.items():
            assert found[name].sel(outcome=outcome).item() == pytest.approx(value), (name, outcome)
    stay = found["stay_probability"].sel(previous="uncommon_rewarded", stimulated="stimulated")
    rows = table[(table["t1"] == -0.5) & (table["o1"] == 0.5) & (table["s1"] == 1)]
    assert stay.item() == pytest.approx(rows["stay"].mean())
    counted = found["n_trials"].sel(previous="uncommon_rewarded", stimulated="stimulated")
    assert counted.item() == len(rows)


def run_ratios(play_stimulated, n_runs, learner, **settings):
    """Ratio on unrewarded trials and its interval, one row a simulated subject."""
    found = []
    for seed in range(n_runs):
        recording = play_stimulated(Stimulated, learner, 60, 100, seed=seed, **settings)
        result = compute_stimulation_effect(recording, np.random.default_rng(seed), n_bootstrap=200)
        row = result.isel(subject=0).sel(outcome="unrewarded")
        found.append([row[name].item() for name in ("ratio", "ratio_lower", "ratio_upper")])
    return np.array(found)


@pytest.mark.parametrize(
    ("learner", "settings"),
    [
        (ModelBased(0.5, 5.0), {"gain": 1.0}),
        (IdealObserver(), {"gain": 1.0, "most": 1.0}),
    ],
)
def test_who_takes_stimulation_for_reward_has_a_ratio_of_one(play_stimulated, learner, settings):
    ratio, lower, upper = run_ratios(play_stimulated, 40, learner, **settings).T
    assert np.median(ratio) == pytest.approx(1.0, abs=0.12)
    # 40 intervals of 95 %: fewer than 34 that cover would be a chance of 1 in 200.
    assert np.sum((lower <= 1) & (upper >= 1)) >= 34
    assert np.mean(lower > 0) > 0.9


def test_who_ignores_stimulation_has_a_ratio_of_nought(play_stimulated):
    ratio, lower, upper = run_ratios(play_stimulated, 40, ModelBased(0.5, 5.0)).T
    assert abs(np.median(ratio)) < 0.1
    assert np.sum((lower <= 0) & (upper >= 0)) >= 34
    assert np.mean(upper < 1) > 0.9


def test_without_the_control_reward_looks_stronger_than_it_is(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.5, 5.0), 300, seed=1, gain=1.0)
    generator = np.random.default_rng(0)
    raw = compute_stimulation_effect(recording, generator, correct=False).isel(subject=0)
    held = compute_stimulation_effect(recording, generator).isel(subject=0)
    # Rewards come to those who chose well, and what was well chosen is repeated anyway.
    assert raw["ratio_upper"].sel(outcome="unrewarded").item() < 0.7
    assert held["ratio_lower"].sel(outcome="unrewarded").item() < 1
    assert held["ratio_upper"].sel(outcome="unrewarded").item() > 1


def test_regression_tells_three_kinds_of_learner_apart(play_stimulated):
    planner = ModelBased(0.5, 3.0)
    cases = {
        "reward": play_stimulated(Stimulated, planner, 300, seed=6, gain=1.0),
        "nothing": play_stimulated(Stimulated, planner, 300, seed=7),
        "reinforced": play_stimulated(Reinforced, planner, 300, seed=8, gain=0.8),
        "model_free": play_stimulated(Stimulated, ModelFreeDirect(0.4, 3.0), 300, seed=9, gain=1.0),
    }
    found = {
        name: regress_stimulation(recording).isel(subject=0, lag=0)
        for name, recording in cases.items()
    }
    value = {name: fit["coefficient"].to_series() for name, fit in found.items()}
    error = {name: fit["standard_error"].to_series() for name, fit in found.items()}
    lower = {name: fit["lower"].to_series() for name, fit in found.items()}

    def near(name, predictor, expected):
        return abs(value[name][predictor] - expected) < 3.5 * error[name][predictor]

    likewise = value["reward"]["transition_x_outcome"]
    assert near("reward", "transition_x_stimulated", likewise)
    assert lower["reward"]["transition_x_stimulated"] > 0.5
    assert near("nothing", "transition_x_stimulated", 0.0)
    assert near("nothing", "stimulated", 0.0)
    assert lower["nothing"]["transition_x_outcome"] > 0.3
    # What stimulation adds to the log-odds comes out, a little weaker: other things vary too.
    assert 0.6 < value["reinforced"]["stimulated"] < 0.85
    assert near("reinforced", "transition_x_stimulated", 0.0)
    assert near("model_free", "stimulated", value["model_free"]["outcome"])
    assert lower["model_free"]["stimulated"] > 0.5
    assert near("model_free", "transition_x_stimulated", 0.0)


def test_direct_reinforcement_is_told_by_its_own_ratio(play_stimulated):
    recording = play_stimulated(Stimulated, ModelFreeDirect(0.4, 3.0), 300, seed=9, gain=1.0)
    result = compute_stimulation_effect(recording, np.random.default_rng(1)).isel(subject=0)
    direct = result.sel(outcome="unrewarded")
    assert direct["direct_ratio_lower"].item() < 1 < direct["direct_ratio_upper"].item()
    assert direct["stimulation_direct_lower"].item() > 0.1
    assert direct["stimulation_model_based_lower"].item() < 0
    assert direct["stimulation_model_based_upper"].item() > 0


def test_earlier_stimulation_is_felt_at_its_own_lag(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.3, 4.0), 300, seed=10, gain=1.0)
    result = regress_stimulation(recording, n_lags=3).isel(subject=0)
    weight = result.sel(predictor="transition_x_stimulated")
    # A value of 1 - alpha of what came before is kept at each visit, and the other state waits.
    assert (weight["lower"].sel(lag=[1, 2, 3]) > 0).all()
    assert (np.diff(weight["coefficient"]) < 0).all()
    both = result["coefficient"].sel(predictor="transition_x_outcome")
    np.testing.assert_allclose(weight["coefficient"] / both, 1.0, atol=0.35)


def test_same_seed_same_bytes(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.4, 3.0), 20, 60, seed=2)
    one, two, other = (
        compute_stimulation_effect(recording, np.random.default_rng(seed), n_bootstrap=50)
        for seed in (3, 3, 4)
    )
    assert one.identical(two)
    assert not one["ratio_lower"].identical(other["ratio_lower"])
    assert one["ratio"].identical(other["ratio"])


def test_results_go_through_summary_and_tables(play_stimulated):
    parts = []
    for seed in (1, 2):
        part = play_stimulated(Stimulated, ModelBased(0.4, 3.0), 20, 60, seed=seed, gain=1.0)
        parts.append(part.assign_coords(subject=("trial", [f"r{seed}"] * part.sizes["trial"])))
    recording = xr.Dataset(
        {name: ("trial", np.concatenate([p[name].values for p in parts]))
         for name in ("choice", "reward", "common_transition", "second_state", "better_state",
                      "stimulated")},
        coords={name: ("trial", np.concatenate([p[name].values for p in parts]))
                for name in ("subject", "session", "trial_in_session")},
    )  # fmt: skip
    effect = compute_stimulation_effect(recording, np.random.default_rng(0), n_bootstrap=50)
    mean = summarise_subjects(effect, "ratio")
    np.testing.assert_allclose(mean["mean"], effect["ratio"].mean("subject"))
    named = {"panel": "a", "source": "agents"}
    ratios = tabulate_result(effect, "ratio", quantity="ratio", **named)
    assert sorted(set(ratios["condition"])) == ["both", "rewarded", "unrewarded"]
    np.testing.assert_array_equal(ratios["lower"], effect["ratio_lower"].values.ravel())
    stay = tabulate_result(effect, "stay_probability", quantity="stay", **named)
    assert "common_rewarded stimulated" in set(stay["condition"])
    assert stay["n"].sum() == 2 * 20 * 59
    fit = regress_stimulation(recording, n_lags=2)
    rows = tabulate_result(fit, "coefficient", quantity="coefficient", **named)
    assert "lag 2 transition_x_stimulated" in set(rows["condition"])
    assert rows[["value", "lower", "upper"]].notna().all(axis=None)
    # Each subject is as if alone.
    alone = regress_stimulation(parts[1], n_lags=2)
    np.testing.assert_allclose(fit["coefficient"].values[1], alone["coefficient"].values[0])


def test_one_session_gives_estimates_without_intervals(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.3, 2.0), 1, 1000, seed=2)
    fit = regress_stimulation(recording)
    assert np.isfinite(fit["coefficient"]).all()
    assert np.isnan(fit["lower"]).all()
    assert fit["n_sessions"].item() == 1
    effect = compute_stimulation_effect(recording, np.random.default_rng(0))
    assert np.isfinite(effect["ratio"]).all()
    assert np.isnan(effect["ratio_lower"]).all()
    assert np.isfinite(effect["lower"]).all()


def test_no_record_of_stimulation(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.3, 2.0), 4, 50)
    with pytest.raises(MissingVariableError, match=r"stimulated: the recording does not say"):
        regress_stimulation(recording.drop_vars("stimulated"))
    with pytest.raises(MissingVariableError, match=r"better_state: .* or use correct=False"):
        compute_stimulation_effect(recording.drop_vars("better_state"), np.random.default_rng(0))


@pytest.mark.parametrize(("value", "n"), [(0, 0), (1, 196)])
def test_none_or_all_stimulated(play_stimulated, value, n):
    recording = play_stimulated(Stimulated, ModelBased(0.3, 2.0), 4, 50)
    recording["stimulated"] = recording["stimulated"] * 0 + value
    message = rf"stimulated: found {n} of 196 trials of subject 'one' that another one follows"
    with pytest.raises(AnalysisError, match=message):
        regress_stimulation(recording)
    with pytest.raises(AnalysisError, match=message):
        compute_stimulation_effect(recording, np.random.default_rng(0))


def test_values_and_settings_out_of_range(play_stimulated):
    recording = play_stimulated(Stimulated, ModelBased(0.3, 2.0), 4, 50)
    with pytest.raises(AnalysisError, match=r"n_lags: found 0, expected a whole number"):
        regress_stimulation(recording, n_lags=0)
    with pytest.raises(AnalysisError, match=r"refractory: found -1, expected a whole number"):
        regress_stimulation(recording, refractory=-1)
    with pytest.raises(
        AnalysisError, match=r"n_bootstrap: found 1, expected a whole number of at least 2"
    ):
        compute_stimulation_effect(recording, np.random.default_rng(0), n_bootstrap=1)
    with pytest.raises(AnalysisError, match=r"ridge: found -1"):
        regress_stimulation(recording, ridge=-1.0)
    recording["stimulated"][3] = 2
    with pytest.raises(AnalysisError, match=r"stimulated: found 2 at trial 3 .*expected 0 or 1"):
        regress_stimulation(recording)


def test_a_subject_that_always_stays_has_no_estimate(make_recording):
    recording = make_recording([1] * 9, [0, 1, 1] * 3, [1, 1, 0] * 3, stimulated=[0, 1, 0] * 3)
    with pytest.raises(SeparationError, match=r"subject 'one': all 8 response\(s\) are 1"):
        regress_stimulation(recording, correct=False)


def test_a_cell_without_trials_leaves_its_effect_unknown(make_recording):
    # Never stimulated after a reward.
    recording = make_recording([1, 0, 0, 1] * 10, [1, 0, 0, 1] * 10, [1, 1, 0, 0] * 10,
                               stimulated=([0, 1, 1, 0, 0, 0, 0, 0] * 5))  # fmt: skip
    found = compute_stimulation_effect(recording, np.random.default_rng(0), correct=False)
    assert np.isnan(found["ratio"].sel(outcome="rewarded")).all()
    assert np.isnan(
        found["stay_probability"].sel(stimulated="stimulated", previous="common_rewarded")
    ).all()
    assert np.isfinite(found["stimulation_model_based"].sel(outcome="unrewarded")).all()
