"""Pictures hold the numbers of their analyses, of agents, of learners and of animals."""

from __future__ import annotations

import re
from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import pfc_analysis.analysis as an
from pfc_analysis import plot
from pfc_analysis.dynamics.agent_maps import state_maps
from pfc_analysis.learners import ModelBased
from pfc_analysis.recording.record import record
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.bandit import Bandit
from pfc_analysis.tasks.two_step import TwoStep


@cache
def played(experiment: str, sessions: int) -> xr.Dataset:
    """Three shipped replicas in a few sessions."""
    recording = record(experiment, sessions=sessions)
    return recording.isel(trial=recording["subject"].isin(["seed_1", "seed_2", "seed_3"]).values)


@cache
def moved() -> an.StateMaps:
    """How trials move the states of one replica."""
    one = played("two_step", 10)
    one = one.isel(trial=(one["subject"] == "seed_1").values)
    return state_maps("two_step", one, kinds=("choice", "reward"))


AGENTS = {
    "stay_probability": lambda ax: plot.stay_probability(played("two_step", 10), ax),
    "history_weights": lambda ax: plot.history_weights(played("two_step", 10), ax, n_lags=2),
    "matching": lambda ax: plot.matching(played("matching", 10), ax),
    "learning_rate": lambda ax: plot.learning_rate(played("volatility", 10), ax),
    "regret": lambda ax: plot.regret(played("bandit_independent", 10), ax),
    "learning_curve": lambda ax: plot.learning_curve(played("two_step", 10), ax, over="trial"),
    "state_space": lambda ax: plot.state_space(played("two_step", 10), ax),
    "prediction_errors": lambda ax: plot.prediction_errors(played("two_step", 10), ax),
    "unit_coding": lambda ax: plot.unit_coding(played("matching", 10), ax, n_permutations=19),
    "cued_stay": lambda ax: plot.cued_stay(played("episodic_two_step", 10), ax),
    "memory_indices": lambda ax: plot.memory_indices(played("episodic_two_step", 10), ax),
    "policy_contributions": lambda ax: plot.policy_contributions(played("two_step_habit", 10), ax),
    "flow_field": lambda ax: plot.flow_field(moved(), ax),
    "session": lambda ax: plot.session(played("two_step", 10), ax),
}
RATS = ("stay_probability", "history_weights", "learning_curve", "session")
MICE = ("matching", "learning_curve", "session", "learning_rate")


def test_every_picture_is_tested():
    elsewhere = {"caption", "encoding", "fit", "portrait"}
    assert set(AGENTS) | elsewhere == set(plot.__all__)


@pytest.mark.parametrize("name", AGENTS)
def test_pictures_of_agents(name):
    before = dict(mpl.rcParams)
    ax = Figure().subplots()
    drawn = AGENTS[name](ax)
    assert drawn is ax
    assert dict(mpl.rcParams) == before
    assert drawn.has_data()
    assert drawn.get_xlabel() or drawn.get_ylabel()
    said = plot.caption(drawn)
    assert re.search(r"\b(3 subjects|1 subject|seed_1)\b", said)
    assert said.endswith(".")


@pytest.mark.parametrize("name", AGENTS)
def test_without_axes_there_is_a_new_figure(name):
    import matplotlib.pyplot as plt

    assert AGENTS[name](None).figure.number in plt.get_fignums()


@pytest.mark.real_data
@pytest.mark.parametrize("name", RATS)
def test_pictures_of_rats(name, rat_recording):
    assert getattr(plot, name)(rat_recording).has_data()


@pytest.mark.real_data
@pytest.mark.parametrize("name", MICE)
def test_pictures_of_mice(name, mouse_recording):
    assert getattr(plot, name)(mouse_recording).has_data()


def test_bars_are_the_means_and_dots_the_subjects():
    stay = an.compute_stay_probability(played("two_step", 10))
    ax = plot.stay_probability(stay, published={"common_rewarded": 0.9})
    tops = sorted(round(bar.get_y() + bar.get_height(), 9) for bar in ax.patches)
    assert tops == sorted(stay["stay_probability"].mean("subject").round(9).values.tolist())
    drawn = np.concatenate([line.get_ydata() for line in ax.lines])
    assert np.isin(stay["stay_probability"].values, drawn).all()
    assert 0.9 in drawn
    assert "published" in plot.caption(ax)


def test_a_recording_and_its_result_give_the_same_picture():
    recording = played("two_step", 10)
    own = plot.stay_probability(recording)
    given = plot.stay_probability(an.compute_stay_probability(recording))
    assert [bar.get_height() for bar in own.patches] == [bar.get_height() for bar in given.patches]


def test_a_learner_is_drawn_with_its_own_interval():
    learner = simulate(ModelBased(0.5, 5.0), TwoStep(), sessions=20, seed=1, subject="planner")
    assert "the subject's own trials" in plot.caption(plot.stay_probability(learner))


def test_choices_without_a_finite_weight_are_fitted_with_a_penalty_that_the_caption_names():
    assert "ridge of 1" in plot.caption(plot.history_weights(played("two_step", 3), n_lags=2))
    with pytest.raises(an.SeparationError):
        plot.history_weights(played("two_step", 3), n_lags=2, ridge=0.0)


def test_groups_have_a_colour_and_a_name_each():
    pair = {"one": played("matching", 10), "other": played("matching", 10)}
    ax = plot.matching(pair)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "other"]
    slope = an.fit_matching(an.compute_log_ratios(pair["one"], min_trials=10))["slope"].mean()
    assert f"slope {slope.item():.2f} " in plot.caption(ax)


def test_reward_over_experience_is_the_mean_reward():
    trial = np.arange(12)
    recording = xr.Dataset(
        {"reward": ("trial", np.r_[np.zeros(3), np.ones(3), np.full(6, 0.5)])},
        coords={
            "subject": ("trial", np.repeat(["a", "b"], 6)),
            "session": ("trial", trial // 3),
            "trial_in_session": ("trial", trial % 3),
        },
    )
    lines = plot.learning_curve(recording).lines
    assert [line.get_ydata().tolist() for line in lines] == [[0, 1], [0.5, 0.5], [0.25, 0.75]]


@pytest.mark.real_data
def test_regret_of_a_mouse_without_baiting(mouse_recording):
    unbaited = (mouse_recording["subject"] == "689514").values
    protocol = mouse_recording["protocol"].values[unbaited]
    assert set(protocol) == {"Uncoupled Without Baiting"}
    with pytest.raises(an.AnalysisError, match="baited"):
        plot.regret(mouse_recording)
    mouse = mouse_recording.isel(trial=unbaited).drop_vars("baited")
    ax = plot.regret(mouse)
    free = mouse.isel(trial=((mouse["choice"] >= 0) & (mouse["forced"] == 0)).values)
    best = free["reward_probability"].max("arm")
    chosen = free["reward_probability"].isel(arm=free["choice"])
    assert ax.lines[-1].get_ydata()[-1] == pytest.approx((best - chosen).sum().item())
    assert f"{mouse.sizes['trial'] - free.sizes['trial']} trials without" in plot.caption(ax)


def test_a_learning_rate_without_regimes_is_that_of_the_analysis():
    recording = played("bandit_independent", 10)
    missed = np.arange(recording.sizes["trial"]) % 9 == 4
    with_misses = recording.assign(choice=recording["choice"].where(~missed, -1).astype(int))
    ax = plot.learning_rate(with_misses)
    found = an.compute_learning_rate(with_misses)
    drawn = np.concatenate([np.ravel(line.get_ydata()) for line in ax.lines])
    assert np.isin(found["learning_rate"].values.ravel(), drawn).all()
    said = plot.caption(ax)
    assert f"{missed.sum()} trials without a valid free choice are left out." in said
    assert f"{missed.sum()} trials without a valid free choice" in plot.caption(
        plot.regret(with_misses)
    )
    assert "last 50 % of each session count" in said
    assert "cut to" not in said


def test_regret_of_sessions_of_unequal_length_says_what_it_leaves_out():
    recording = played("bandit_independent", 10)
    cut = recording.isel(trial=slice(0, recording.sizes["trial"] - 40))
    caption = plot.caption(plot.regret(cut))
    assert "cut to the first 60 trials" in caption
    assert "1160 of 2960 trials do not enter" in caption


def test_a_group_drawn_after_agents_is_not_cut_off():
    learner = an.UpperConfidenceBound(chi=8.0)  # explores, and loses, far more than agents
    arms = {"agents": played("bandit_independent", 10)}
    arms["UCB"] = simulate(learner, Bandit(), sessions=20, seed=1, subject="UCB")
    ax = plot.regret(arms)
    highest = max(line.get_ydata().max() for line in ax.lines)
    assert highest == ax.lines[-1].get_ydata().max()
    assert ax.get_ylim()[1] > highest


def test_much_shorter_sessions_are_left_out_and_counted():
    recording = played("bandit_independent", 10)
    kept = recording.isel(trial=slice(0, recording.sizes["trial"] - 95))
    caption = plot.caption(plot.regret(kept))
    assert "first 100 trials" in caption
    assert "1 much shorter sessions are left out" in caption


def test_trials_that_were_taken_out_are_not_learned_over():
    """A delta rule runs through all trials; gaps must not be closed by counting anew."""
    recording = played("bandit_independent", 10)
    gap = recording.isel(trial=np.arange(recording.sizes["trial"]) % 7 != 3)
    with pytest.raises(an.AnalysisError, match="expected every trial of a session"):
        plot.learning_rate(gap)


def test_training_is_read_from_the_shipped_logs():
    ax = plot.learning_curve("two_step")
    assert "8 replicas" in plot.caption(ax)
    final = ax.lines[-1].get_ydata()[-1]
    assert 0.5 < final < 0.9  # the better second state pays .9, reached by 80 % of best choices


def test_a_session_marks_its_choices_and_rewards():
    one = played("two_step", 10)
    ax = plot.session(one, subject="seed_2", session=3, trials=slice(0, 50))
    rows = (one["subject"] == "seed_2") & (one["session"] == 3) & (one["trial_in_session"] < 50)
    first = one.isel(trial=rows.values)
    marked = {
        (line.get_ydata()[0], line.get_markerfacecolor() != "none"): len(line.get_xdata())
        for line in ax.lines[:4]
        if len(line.get_xdata())
    }
    left = (first["choice"] == 0).values
    paid = (first["reward"] > 0).values
    wanted = {(1.12, True): left & paid, (1.12, False): left & ~paid}
    wanted |= {(1.25, True): ~left & paid, (1.25, False): ~left & ~paid}
    assert marked == {key: int(rows.sum()) for key, rows in wanted.items() if rows.any()}


def test_every_option_and_an_unknown_reward_are_marked():
    recording = xr.Dataset(
        {
            "choice": ("trial", [0, 1, 2, -1, 2]),
            "reward": ("trial", [1.0, 0.0, 1.0, 0.0, np.nan]),
        },
        coords={
            "subject": ("trial", ["a"] * 5),
            "session": ("trial", [0] * 5),
            "trial_in_session": ("trial", np.arange(5)),
        },
    )
    ax = plot.session(recording)
    marked = [(line.get_marker(), x) for line in ax.lines for x in line.get_xdata()]
    assert sorted(marked) == [("o", 1), ("o", 2), ("o", 3), ("x", 5)]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "1", "2"]
    assert ax.get_ylim()[0] > 1  # no empty scale from 0 to 1 below the marks
    assert ax.figure.get_figheight() < 2
    value = recording.assign(value=(("trial", "step"), np.full((5, 1), 0.5)))
    with_scale = plot.session(value)
    assert [text.get_text() for text in with_scale.get_yticklabels()][:3] == ["0", ".5", "1"]
    assert with_scale.get_ylim()[0] < 0


@pytest.mark.parametrize("n", [2, 3])
def test_two_subjects_have_lines_and_no_band(n):
    recording = played("bandit_independent", 10)
    names = [f"seed_{k + 1}" for k in range(n)]
    some = recording.isel(trial=recording["subject"].isin(names).values)
    for ax in (plot.learning_curve(some), plot.regret(some)):
        (band,) = ax.collections
        assert bool(band.get_paths()) == (n == 3)
        assert len(ax.lines) == n + 1
        said = plot.caption(ax)
        assert ("without a band" in said) == (n == 2)
        assert ("Student's t over subjects" in said) == (n == 3)


def test_captions_say_which_interval_is_drawn():
    ax = plot.learning_rate(played("bandit_independent", 10))
    assert "95 % interval (Student's t over 3 subjects)" in plot.caption(ax)
    assert "Student's t over 3 subjects" in plot.caption(plot.matching(played("matching", 10)))


@pytest.mark.parametrize("name", sorted({*RATS, *MICE, "regret", "state_space"}))
def test_no_trials_are_refused(name):
    recording = played("bandit_independent", 10).isel(trial=slice(0))
    lacks_it = recording.assign(common_transition=("trial", np.zeros(0, np.int8)))
    with pytest.raises(an.AnalysisError, match=r"0 trials|no trial|expected at least"):
        getattr(plot, name)(lacks_it)


@pytest.mark.parametrize("name", ["session", "learning_curve", "regret"])
def test_one_trial_is_drawn(name):
    one = played("bandit_independent", 10).isel(trial=slice(1))
    assert plot.caption(getattr(plot, name)(one))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda r: plot.learning_rate(r), an.AnalysisError, "pfc.fit fits"),
        (lambda r: plot.stay_probability({"a": r}), TypeError, "found a mapping of 'a'"),
        (lambda r: plot.session("rats.csv"), TypeError, r"pfc\.load\(path\)"),
        (lambda r: plot.matching(dict.fromkeys("abcdef", r)), ValueError, "found 6 groups"),
        (lambda r: plot.matching({"a": 1}), TypeError, r"data\['a'\]"),
        (lambda r: plot.prediction_errors(r, against="habit"), ValueError, "model_free"),
        (lambda r: plot.state_space(r.drop_vars("hidden")), an.MissingVariableError, "units=True"),
        (lambda r: plot.unit_coding(r.drop_vars("hidden")), an.MissingVariableError, "units=True"),
        (lambda r: plot.prediction_errors(r.drop_vars("rpe")), an.MissingVariableError, "learner"),
        (lambda r: plot.policy_contributions(r), an.MissingVariableError, "network_preference"),
        (lambda r: plot.session(r.drop_vars("reward")), an.MissingVariableError, "`reward`"),
        (lambda r: plot.session(r, subject="seed_9"), ValueError, "seed_1, seed_2, seed_3"),
        (lambda r: plot.session(r, session=99), ValueError, "expected one of seed_1's: 0, 1"),
        (lambda r: plot.state_space(r, step="now"), ValueError, "expected one of fixation"),
        (lambda r: plot.learning_curve(r, over="year"), ValueError, '"session" or "trial"'),
        (lambda r: plot.matching("a.csv"), TypeError, r"pfc\.load\(path\)"),
        (lambda r: plot.session(r, style="neon"), ValueError, '"print", "lecture"'),
        (lambda r: plot.session(r, style={"fontsize": 3}), ValueError, "no setting of matplotlib"),
        (lambda r: plot.caption(Figure().subplots()), ValueError, "no function of pfc.plot"),
    ],
)
def test_errors_say_what_is_missing(call, error, match):
    with pytest.raises(error, match=match):
        call(played("two_step", 10))


def test_a_flow_points_to_the_fixed_point_of_its_kind():
    kind = "choice right, reward 1"
    ax = plot.flow_field(moved(), kind=kind)
    (x,), (y,) = ax.lines[-1].get_data()
    (arrows,) = [one for one in ax.collections if hasattr(one, "U")]
    away = np.array([x - arrows.X, y - arrows.Y])
    cosine = (
        (away * [arrows.U, arrows.V]).sum(axis=0) / np.hypot(*away) / np.hypot(arrows.U, arrows.V)
    )
    far = np.hypot(*away) > 1
    assert np.median(cosine[far]) > 0.9
    assert kind in plot.caption(ax)
    with pytest.raises(ValueError, match="kind: found 'choice up'"):
        plot.flow_field(moved(), kind="choice up")
