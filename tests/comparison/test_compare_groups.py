"""Whole comparisons of simulated groups: what is found, what is said, what is refused."""

import tomllib

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.reward_history import (
    build_reward_design,
    fit_reward_history,
    select_predicted,
)
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.statistics.firth_logistic import fit_firth
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials
from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.long_table import COLUMNS, tabulate_comparison


@pytest.fixture(scope="module")
def arms(make_arms):
    """Three agents' worth of difference: subjects of the same names, weights of 2.5 and 0.8."""
    one = make_arms(seed=1, reward_weight=2.5)
    return {"agents": one, "mice": make_arms(seed=2, reward_weight=0.8, subjects=tuple("abcdef"))}


@pytest.fixture(scope="module")
def bandit(arms):
    agents = arms["agents"].assign_attrs(experiment="bandit_independent", questions="bandit")
    return compare_recordings("bandit_independent", arms | {"agents": agents}, 7, 400)


def test_groups_that_differ_are_told_apart(bandit):
    found = bandit.sel(quantity="reward_weight_sum").isel(comparison=0)
    assert bandit["comparison"].values.tolist() == ["agents - mice"]
    assert 0 < found["difference_lower"] < found["difference"] < found["difference_upper"]
    assert found["difference_p_holm"] >= found["difference_p"]
    assert found["sentence"].item().startswith("Agents and mice differ in the summed weight of 5")
    group = bandit["group_value"].sel(quantity="reward_weight_sum")
    assert found["difference"].item() == pytest.approx(group.values[0] - group.values[1])
    means = bandit["subject_value"].groupby("subject_group").mean()
    assert means.sel(quantity="win_stay").values == pytest.approx(
        bandit["group_value"].sel(quantity="win_stay").values
    )


def test_subjects_have_the_numbers_of_the_analyses(bandit, arms):
    own = bandit.isel(subject=(bandit["subject_group"] == "mice").values)
    history = fit_reward_history(arms["mice"], 5, 0.0, "drop")
    for lag in range(1, 6):
        found = own.sel(quantity=f"choice_weight lag {lag}")
        expected = history.sel(lag=lag)
        assert found["subject_value"].values == pytest.approx(expected["choice_weight"].values)
        lower = expected["choice_weight_lower"].values
        assert found["subject_lower"].values == pytest.approx(lower)
    assert own["subject_name"].values.tolist() == list("abcdef")
    assert own["subject_n_sessions"].values.tolist() == [5] * 6
    choice, reward = (arms["mice"][name].values.reshape(6, 5, 120) for name in ("choice", "reward"))
    stayed, won = choice[:, :, 1:] == choice[:, :, :-1], reward[:, :, :-1] > 0
    win_stay = (stayed & won).sum((1, 2)) / won.sum((1, 2))
    lose_shift = (~stayed & ~won).sum((1, 2)) / (~won).sum((1, 2))
    assert own["subject_value"].sel(quantity="win_stay").values == pytest.approx(win_stay)
    assert own["subject_value"].sel(quantity="lose_shift").values == pytest.approx(lose_shift)
    assert own["subject_value"].sel(quantity="reward").values == pytest.approx(
        reward.mean(axis=(1, 2))
    )
    pays = arms["mice"]["reward_probability"].values.reshape(6, 5, 120, 2)
    share = (np.take_along_axis(pays, choice[..., None], 3)[..., 0] - 0.45).mean((1, 2)) / 0.25
    assert own["subject_value"].sel(quantity="reward_share").values == pytest.approx(share)


def test_sessions_have_numbers_of_their_own(bandit, arms):
    at = (bandit["session_group"] == "mice") & (bandit["session_subject"] == "c")
    own = bandit.isel(session=at.values)
    assert own["session_name"].values.tolist() == [0, 1, 2, 3, 4]
    recording = arms["mice"]
    for session in range(5):
        kept = (recording["subject"] == "c") & (recording["session"] == session)
        expected = fit_reward_history(recording.isel(trial=kept.values), 5, 0.0, "drop")
        found = own.isel(session=session).sel(quantity="reward_weight lag 1")
        value = expected["reward_weight"].sel(lag=1).item()
        assert found["session_value"].item() == pytest.approx(value)
        assert found["session_lower"] < value < found["session_upper"]


def test_two_groups_with_the_same_names_stay_apart(bandit):
    pairs = set(zip(bandit["subject_group"].values, bandit["subject_name"].values, strict=True))
    assert len(pairs) == bandit.sizes["subject"] == 11


def test_groups_that_are_alike_are_seldom_told_apart(make_two_step):
    told = []
    for seed in range(12):
        groups = {
            name: make_two_step(n_sessions=4, n_trials=80, seed=100 + 2 * seed + place)
            for place, name in enumerate(("agents", "rats"))
        }
        result = compare_recordings("two_step", groups, seed, 200)
        kept = result.isel(quantity=(result["headline"] == 1).values, comparison=0)
        told += ((kept["difference_lower"] > 0) | (kept["difference_upper"] < 0)).values.tolist()
    assert np.mean(told) < 0.12


def test_two_step_has_the_stay_probabilities_and_intervals_of_the_analysis(make_two_step):
    recording = make_two_step()
    result = compare_recordings("two_step", {"agents": recording, "rats": recording}, 0, 200)
    stay = compute_stay_probability(recording)
    own = result.isel(subject=slice(0, 5))
    for name in ("model_based_index", "model_free_index"):
        found = own.sel(quantity=f"stay_{name}")
        for field, suffix in (("value", ""), ("lower", "_lower"), ("upper", "_upper")):
            expected = stay[name + suffix].values
            assert found[f"subject_{field}"].values == pytest.approx(expected)
    cell = own.sel(quantity="stay_probability uncommon_rewarded")
    expected = stay.sel(previous="uncommon_rewarded")
    assert cell["subject_upper"].values == pytest.approx(expected["upper"].values)
    assert cell["subject_n"].values.tolist() == expected["n_trials"].values.tolist()
    # The truth: planners, alike in both groups.
    effects = dict(zip(result["effect_name"].values, result["effect_value"].values, strict=True))
    assert effects["reward:transition"] == pytest.approx(2.4, abs=0.3)
    at = result["effect_name"].values.tolist().index("group:reward:transition")
    assert result["effect_lower"][at] < 0 < result["effect_upper"][at]
    assert "cannot be told apart" in result["sentence"].sel(quantity="planning_index").item()


def test_matching_goes_by_blocks_or_by_sessions(make_arms):
    blocks, sessions = make_arms(), make_arms(block=120, n_sessions=8)
    result = compare_recordings("matching", {"agents": sessions, "mice": blocks}, 0, 200)
    for name, recording, by, least in (
        ("agents", sessions, "session", 1),
        ("mice", blocks, "block", 10),
    ):
        points = compute_log_ratios(recording, by, least)
        line = fit_matching(points)
        own = result.isel(subject=(result["subject_group"] == name).values).sel(quantity="slope")
        assert own["subject_value"].values == pytest.approx(line["slope"].values)
        assert own["subject_upper"].values == pytest.approx(line["slope_upper"].values)
        counted = result["counted"].sel(group=name, quantity="slope").item()
        assert counted == f"{by}s"
        drawn = result.isel(point=(result["point_group"] == name).values)
        assert drawn["log_reward_ratio"].values == pytest.approx(points["log_reward_ratio"].values)
    kept = result.isel(session=(result["session_group"] == "agents").values).sel(quantity="slope")
    assert set(kept["session_note"].values.tolist()) == {
        "a session is one point of the line: its reward probabilities do not change"
    }


def test_regimes_are_told_apart_where_both_groups_have_them(make_arms):
    groups = {"agents": make_arms(regime=True), "people": make_arms(seed=3)}
    result = compare_recordings("volatility", groups, 0, 200)
    found = result.sel(quantity="stay_probability win, volatile", comparison="agents - people")
    assert found["sentence"].item() == (
        "Agents and people were not compared in staying after a win in volatile trials: it could "
        "not be measured in people (the recording has no 'regime')."
    )
    assert np.isfinite(result["difference_lower"].sel(quantity="stay_probability win")).all()


def test_marked_trials_are_left_out_and_counted(make_arms):
    groups = {"agents": make_arms(), "mice": make_arms(seed=5, stimulated=0.2)}
    without = compare_recordings("bandit", groups, 0, 200)
    kept = compare_recordings("bandit", groups, 0, 200, keep=("stimulated",))
    own = (without["subject_group"] == "mice").values
    stimulated = int(groups["mice"]["stimulated"].sum())
    assert without["marked"].sel(mark="stimulated").isel(subject=own).sum() == stimulated
    used = without["subject_n_used"].values[own].sum()
    assert used == without["subject_n_trials"].values[own].sum() - stimulated
    assert kept["subject_n_used"].values[own].sum() == used + stimulated
    assert without["mark_use"].sel(mark="stimulated").item().startswith("Stimulated trials are not")
    assert (
        kept["mark_use"]
        .sel(mark="stimulated")
        .item()
        .startswith("Trials marked stimulated were kept")
    )


def test_one_subject_of_one_session_is_about_that_subject_only(make_arms):
    alone = make_arms(subjects=("only",), n_sessions=1, n_trials=400)
    result = compare_recordings("bandit", {"agents": make_arms(), "mouse": alone}, 0, 200)
    found = result.sel(quantity="win_stay", group="mouse")
    assert found["inference"].item() == "these subjects"
    assert found["group_lower"] < found["group_value"] < found["group_upper"]
    sentence = result["sentence"].sel(quantity="win_stay").item()
    assert sentence.endswith("With one subject (mouse), this result describes this subject only.")
    assert (
        result["summary"]
        .item()
        .endswith("With one subject (mouse), these results describe this subject only.")
    )
    own = result.isel(subject=-1, session=-1).sel(quantity="reward_weight_sum")
    assert own["session_value"].item() == own["subject_value"].item()


def test_one_trial(make_arms):
    alone = make_arms(subjects=("only",), n_sessions=1).isel(trial=[0])
    result = compare_recordings("bandit", {"agents": make_arms(), "mouse": alone}, 0, 200)
    assert result["sentence"].sel(quantity="win_stay").item() == (
        "Agents and mouse were not compared in staying after a win: it could not be measured in "
        "mouse (no such trial)."
    )
    assert "0 trial(s) to analyse, fewer than 22, 2 a coefficient" in (
        result["sentence"].sel(quantity="reward_weight_sum").item()
    )
    assert result["mixed_note"].item().startswith("not fitted: found 5 and 1 subjects")


def test_a_choice_never_made_and_no_reward_ever(make_arms):
    stubborn = make_arms(seed=4)
    stubborn["choice"][:] = 0
    poor = make_arms(seed=4)
    poor["reward"][:] = 0
    groups = {"agents": make_arms(), "stubborn": stubborn, "poor": poor}
    result = compare_recordings("matching", groups, 0, 200)
    assert result["comparison"].values.tolist() == ["agents - stubborn", "agents - poor"]
    history = result["sentence"].sel(quantity="reward_weight_sum").values.tolist()
    assert "stubborn ('right' was never chosen in 525 trial(s))" in history[0]
    slope = result["sentence"].sel(quantity="slope").values.tolist()
    assert all("both arms were chosen and paid in 0 block(s), fewer than 3" in s for s in slope)
    own = result.isel(session=(result["session_group"] == "poor").values).sel(quantity="slope")
    said = set(own["session_note"].values.tolist())
    assert said == {"no reward was earned in a trial that is analysed"}
    assert "poor (it never happened before any of the 525 trials)" in history[1]
    choices = result.sel(quantity="choice_weight_sum", group="poor")
    assert np.isfinite([choices["group_lower"], choices["group_value"]]).all()


def test_a_missing_variable_is_named_with_its_group(make_arms, make_two_step):
    groups = {"agents": make_two_step(), "mice": make_arms()}
    with pytest.raises(
        MissingVariableError, match=r"^mice: found no common_transition in the recording"
    ):
        compare_recordings("two_step", groups, 0, 200)


@pytest.mark.parametrize("has_state", [True, False])
def test_second_states_are_another_way_to_give_transitions(make_arms, make_two_step, has_state):
    mice = make_arms()
    mice["choice"].attrs["labels"] = ["left", "right"]
    if has_state:
        mice["second_state"] = ("trial", mice["choice"].values, {"labels": ["up", "down"]})
    with pytest.raises(MissingVariableError) as caught:
        compare_recordings("two_step", {"agents": make_two_step(), "mice": mice}, 0, 200)
    states = ("up", "down") if has_state else ("A", "B")
    said = str(caught.value).partition("That needs all of these lines:\n")[2]
    found = tomllib.loads(said)
    assert found["common_second_state"] == dict(zip(("left", "right"), states, strict=True))
    assert list(found["second_state_values"]) == list(states)
    assert list(found["choice_values"]) == ["left", "right"]
    assert ("second_state" in found) is not has_state


def test_a_group_without_a_free_choice_is_named(make_arms):
    groups = {"agents": make_arms(), "mice": make_arms(forced=1.0)}
    with pytest.raises(EmptySelectionError, match=r"^mice: choice: no free, valid choice is left"):
        compare_recordings("bandit", groups, 0, 200)


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        ("two_stepp", r"found 'two_stepp' \(did you mean 'two_step'\?\), expected a set of quest"),
        ("iowa", r"or the experiment of one of the recordings \(none\)"),
    ],
)
def test_experiments_that_cannot_be_compared(make_arms, experiment, said):
    with pytest.raises(AnalysisError, match=said):
        compare_recordings(experiment, {"agents": make_arms(), "mice": make_arms()}, 0)


def test_settings_are_checked(make_arms):
    groups = {"agents": make_arms(), "mice": make_arms()}
    with pytest.raises(AnalysisError, match="groups: found 'agents', expected at least two"):
        compare_recordings("bandit", {"agents": groups["agents"]}, 0)
    with pytest.raises(AnalysisError, match="n_resamples: found 10, expected a whole number"):
        compare_recordings("bandit", groups, 0, 10)
    with pytest.raises(AnalysisError, match="keep: found 'laser', expected some of 'forced'"):
        compare_recordings("bandit", groups, 0, 200, keep=["laser"])


def test_harlow_and_risk(make_arms):
    base = make_arms(subjects=tuple("abcd"), n_sessions=30, n_trials=6)
    rng = np.random.default_rng(0)
    late = base["trial_in_session"].values > 0
    solved = rng.random(late.size) < np.where(late, 0.9, 0.5)
    base = base.assign(correct=("trial", solved.astype(int)), risky_choice=base["choice"])
    groups = {"agents": base, "monkeys": base}
    harlow = compare_recordings("harlow", groups, 0, 200)
    first = solved.reshape(4, 30, 6).mean(axis=1)
    assert harlow["subject_value"].values[:4] == pytest.approx(first)
    risk = compare_recordings("risky_choice", groups, 0, 200)
    share = base["choice"].values.reshape(4, -1).mean(axis=1)
    assert risk["subject_value"].values[:4, 0] == pytest.approx(share)
    assert risk["mixed_note"].item().startswith("not fitted: these questions have no mixed")


def test_same_seed_same_bytes(arms):
    mice = arms["mice"]
    few = arms | {"mice": mice.isel(trial=mice["subject"].isin(["a", "b", "c"]).values)}
    one, again = (compare_recordings("bandit", few, 3, 200) for _ in range(2))
    xr.testing.assert_identical(one, again)
    other = compare_recordings("bandit", few, 4, 200)
    assert (one["group_lower"] != other["group_lower"]).any()
    drawn = compare_recordings("bandit", few, np.random.default_rng(3), 200)
    assert drawn["group_lower"].values.tobytes() == one["group_lower"].values.tobytes()
    assert one["difference_p"].isnull().all()
    assert one["difference_p_holm"].isnull().all()
    assert one["difference_lower"].notnull().all()
    assert one["summary"].item().endswith("With 3 mice, these results describe these mice only.")


def test_one_subject_without_an_estimate_gives_all_subjects_the_same_penalty(arms):
    agents = arms["agents"].copy(deep=True)
    # The choices of agent "a" follow without error from the three trials before.
    stays = np.where((agents["subject"] == "a").values)[0]
    choice, reward = agents["choice"].values, agents["reward"].values
    for t in stays:
        if agents["trial_in_session"].values[t] >= 3:
            side, paid = 2 * choice[t - 3 : t] - 1, reward[t - 3 : t]
            choice[t] = np.dot([0.5, 0.7, 1.0], side * paid) > np.dot([0.1, 0.2, 0.35], side)
    found = compare_recordings("bandit", arms | {"agents": agents}, 0, 200)
    said = found["penalty"].sel(quantity="reward_weight_sum").item()
    assert said == (
        "fitted with Firth's bias-reducing penalty in all subjects, because maximum likelihood has "
        "no estimate for 1 of 5 agents"
    )
    assert (
        f"The regression was {said}." in found["sentence"].sel(quantity="reward_weight_sum").item()
    )
    assert found["penalty"].sel(quantity="win_stay").item() == ""
    assert found["n_subjects"].sel(quantity="reward_weight_sum").values.tolist() == [5, 6]
    mouse = arms["mice"].isel(trial=(arms["mice"]["subject"] == "c").values)
    sides = read_arm_trials(mouse)
    rows = select_predicted(sides, 5, "drop")
    design = build_reward_design(sides, 5)[rows]
    expected = fit_firth(
        design, sides.trials.choice[rows].astype(float), sides.trials.session[rows]
    )
    own = found.isel(subject=5 + 2).sel(
        quantity=[f"reward_weight lag {lag}" for lag in range(1, 6)]
    )
    assert own["subject_name"].item() == "c"
    assert own["subject_value"].values == pytest.approx(expected.coefficient[1:6])
    reach = 1.959964 * np.sqrt(np.diag(expected.covariance)[1:6])
    assert own["subject_upper"].values == pytest.approx(expected.coefficient[1:6] + reach)


def test_every_row_says_how_many_it_is_made_of(bandit):
    assert (bandit["penalty"] == "").all()
    own = bandit.sel(group="mice", quantity="win_stay")
    subjects = bandit.isel(subject=(bandit["subject_group"] == "mice").values)
    assert own["n_subjects"].item() == own["n_recorded"].item() == 6
    assert own["n_sessions"].item() == 30
    assert own["n_used"].item() == subjects["subject_n"].sel(quantity="win_stay").sum().item()
    assert own["counted"].item() == "pairs of trials"
    table = tabulate_comparison(bandit)
    counts = ["n", "n_subjects", "n_recorded", "n_used"]
    assert table[counts].drop(columns="n_recorded").notna().all(axis=None)
    row = table[(table["level"] == "difference") & (table["quantity"] == "win_stay")].iloc[0]
    assert (row["n"], row["n_sessions"], row["counted"]) == (11, 55, "pairs of trials")
    assert row["p_holm"] == bandit["difference_p_holm"].sel(quantity="win_stay").item()


def test_a_result_goes_to_disk_and_back(bandit, tmp_path):
    bandit.to_netcdf(tmp_path / "comparison.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "comparison.nc", engine="h5netcdf") as found:
        assert found["sentence"].values.tolist() == bandit["sentence"].values.tolist()
        assert found.attrs["experiment"] == "bandit_independent"
        table = tabulate_comparison(found.load())
    assert table.equals(tabulate_comparison(bandit))


def test_the_table_has_every_number(bandit):
    table = tabulate_comparison(bandit)
    assert table.columns.tolist() == COLUMNS
    n = bandit.sizes["quantity"]
    assert table["level"].value_counts().to_dict() == {
        "group": 2 * n,
        "difference": n,
        "mixed_effect": 6,
        "subject": 11 * n,
        "session": 55 * n,
    }
    row = table[(table["level"] == "session") & (table["quantity"] == "win_stay")].iloc[-1]
    assert (row["group"], row["subject"], row["session"]) == ("mice", "f", 4)
    expected = bandit.isel(session=-1).sel(quantity="win_stay")
    assert row["estimate"] == expected["session_value"].item()
    assert row["n"] == expected["session_n"].item()
    text = table.to_csv(index=False)
    assert text.count("\n") == len(table) + 1
