"""Questions of the episodic two-step task, against the analyses and players that are known."""

from __future__ import annotations

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
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
