"""Questions of the episodic two-step task, against the analyses and players that are known."""

from __future__ import annotations

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.memory.cue_effect import compute_cue_effect
from pfc_analysis.analysis.memory.cued_stay import REFERENCES, compute_cued_stay
from pfc_analysis.analysis.memory.memory_indices import INDICES, fit_memory_indices
from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.recording.concatenate import join_recordings
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep


def play(n_subjects, seed, sessions=15, **weights):
    """Several subjects with the same weights."""
    learner = pfc.analysis.EpisodicLearner(**weights)
    task = EpisodicTwoStep()
    return join_recordings(
        [
            pfc.simulate(learner, task, sessions=sessions, seed=seed + i, subject=f"s{seed + i}")
            for i in range(n_subjects)
        ]
    )


@pytest.fixture(scope="module")
def groups():
    remember = play(4, 10, episodic_model_based=3.0)
    people = play(5, 20, incremental_model_based=2.0, episodic_model_based=1.0)
    return {"agents": remember, "people": people}


@pytest.fixture(scope="module")
def result(groups):
    return compare_recordings("episodic_two_step", groups, 0, 200)


def test_stays_and_indices_are_those_of_the_analyses(groups, result):
    stay, fit = compute_cued_stay(groups["people"]), fit_memory_indices(groups["people"])
    found = result["group_value"].sel(group="people").to_series()
    for reference in REFERENCES:
        own = stay.sel(reference=reference)
        for kind in own["previous"].values:
            value = own["stay_probability"].sel(previous=kind).mean().item()
            assert found[f"stay_probability {reference} {kind}"] == pytest.approx(value)
        index = own["model_based_index"].mean().item()
        assert found[f"stay_model_based_index {reference}"] == pytest.approx(index)
    for name in INDICES:
        assert found[name] == pytest.approx(fit[name].mean().item(), rel=1e-6)
    choice = fit["coefficient"].sel(reference="cued", predictor="choice").mean().item()
    assert found["memory_weight cued choice"] == pytest.approx(choice, rel=1e-6)


def test_effects_of_the_cue_are_those_of_the_analysis(groups, result):
    effect = compute_cue_effect(groups["people"])
    for kind in ("model_based", "model_free"):
        own = result.sel(quantity=f"cue_effect {kind}")
        each = own.swap_dims(subject="subject_name").sel(subject_name=effect["subject"].values)
        for name, end in (("value", ""), ("lower", "_lower"), ("upper", "_upper")):
            expected = effect[f"{kind}_effect{end}"].values
            np.testing.assert_allclose(each[f"subject_{name}"], expected, rtol=1e-12)
        assert each["subject_n"].values.tolist() == [15 * 48] * 5
        mean = effect[f"{kind}_effect"].mean().item()
        assert own["group_value"].sel(group="people").item() == pytest.approx(mean)
    own = result.sel(quantity="cue_effect model_based")
    assert (own["group_lower"] > 0).all()
    one = groups["people"].isel(trial=slice(100, 200))  # the second session of the first person
    row = result["session_value"].isel(session=4 * 15 + 1).sel(quantity="cue_effect model_based")
    assert row.item() == pytest.approx(compute_cue_effect(one)["model_based_effect"].item())


def test_no_effect_of_the_cue_in_subjects_that_learn_slowly():
    """Their stay index relative to the cued trial is above 0 nevertheless."""
    slow = {"incremental_model_based": 6.0, "alpha": 0.1}
    groups = {"agents": play(6, 50, 40, **slow), "people": play(6, 60, 40, **slow)}
    result = compare_recordings("episodic_two_step", groups, 0, 100)
    for group in groups:
        own = result.sel(group=group)
        stay = own.sel(quantity="stay_model_based_index cued_trial")
        assert stay["group_lower"] > 0
        effect = own.sel(quantity="cue_effect model_based")
        width = effect["group_upper"] - effect["group_lower"]
        assert abs(effect["group_value"]) < width  # about five standard errors
        assert width < 0.15


def test_few_subjects_have_the_interval_of_their_resampled_sessions():
    two = {"agents": play(2, 70, 40, episodic_model_based=2.0), "people": play(2, 80, 40)}
    result = compare_recordings("episodic_two_step", two, 0, 1000)
    own = result.sel(quantity="cue_effect model_based")
    effect = compute_cue_effect(two["agents"])
    width = (effect["model_based_effect_upper"] - effect["model_based_effect_lower"]).values
    found = (own["group_upper"] - own["group_lower"]).sel(group="agents").item()
    assert own["inference"].sel(group="agents").item() == "these subjects"
    assert found == pytest.approx(np.sqrt((width**2).sum()) / 2, rel=0.1)


def test_a_subject_of_whom_a_trial_was_cued_twice_has_no_effect_of_the_cue(groups):
    people = groups["people"].copy(deep=True)
    people["cued_trial"][60] = people["cued_trial"][61]
    both = {"agents": groups["agents"], "people": people}
    result = compare_recordings("episodic_two_step", both, 0, 100)
    own = result.sel(quantity="cue_effect model_based").swap_dims(subject="subject_name")
    assert np.isnan(own["subject_value"].sel(subject_name="s20"))
    assert own["subject_note"].sel(subject_name="s20").item() == "a trial was cued twice or more"
    assert own["subject_n"].sel(subject_name="s20").item() == 0
    left = compute_cue_effect(people.isel(trial=people["subject"].values != "s20"))
    mean = left["model_based_effect"].mean().item()
    assert own["group_value"].sel(group="people").item() == pytest.approx(mean)
    assert "cued twice" in own["group_note"].sel(group="people").item()
    index = result["subject_value"].sel(quantity="episodic_model_based")
    assert np.isfinite(index).all()  # the other questions are asked of everybody


def test_groups_with_different_memories_differ_in_the_right_measures(result):
    of = result.isel(comparison=0)
    for name, truth in {
        "incremental_model_based": -2.0,
        "episodic_model_based": 2.0,
        "episodic_model_free": 0.0,
    }.items():
        own = of.sel(quantity=name)
        low, high = own["difference_lower"].item(), own["difference_upper"].item()
        assert low - 0.1 < truth < high + 0.1, name
        assert (low > 0 or high < 0) == (truth != 0)


def test_reward_of_cued_and_uncued_trials(groups, result):
    people = groups["people"]
    told = people["cued_trial"].values >= 0
    found = result["group_value"].sel(group="people").to_series()
    for name, rows in (("cued", told), ("uncued", ~told)):
        each = people["reward"].isel(trial=rows).groupby("subject").mean()
        assert found[f"reward {name}"] == pytest.approx(each.mean().item())


def test_a_table_without_cues_is_refused(groups):
    bare = groups["people"].drop_vars("cued_trial")
    both = {"agents": groups["agents"], "people": bare}
    said = r'people: found no cued_trial.*\n.*= "COLUMN"'
    with pytest.raises(MissingVariableError, match=said):
        compare_recordings("episodic_two_step", both, 0, 100)


def test_cues_of_later_trials_are_refused_with_the_name_of_the_group(groups):
    people = groups["people"]
    wrong = people.assign(cued_trial=people["cued_trial"] + 60)
    with pytest.raises(AnalysisError, match="people: cued_trial: found 59 at trial_in_session 0"):
        compare_recordings(
            "episodic_two_step", {"agents": groups["agents"], "people": wrong}, 0, 100
        )


def test_choices_that_follow_without_error_get_a_penalty(groups):
    sure = play(2, 40, episodic_model_based=200.0)
    with_sure = {"agents": sure, "people": groups["people"]}
    result = compare_recordings("episodic_two_step", with_sure, 0, 100)
    found = result["group_value"].sel(group="agents").to_series()
    assert np.isfinite(found["episodic_model_based"])
    assert found["episodic_model_based"] > 4
