"""People's tables of the episodic two-step task beside the shipped agents, from a file."""

from __future__ import annotations

import pandas as pd
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep


@pytest.fixture(scope="module")
def people():
    """Two people who remember, as a table with trials numbered from 1."""
    learner = pfc.analysis.EpisodicLearner(incremental_model_based=1.0, episodic_model_based=2.0)
    names = ["choice", "reward", "common_transition", "cued_trial"]
    parts = []
    for seed, who in enumerate(("ann", "bob")):
        played = pfc.simulate(learner, EpisodicTwoStep(), sessions=12, seed=seed, subject=who)
        parts.append(played[names].to_dataframe().reset_index(drop=True))
    table = pd.concat(parts, ignore_index=True)
    table["trial"] = table.pop("trial_in_session") + 1
    table["cued_trial"] = (table["cued_trial"] + 1).where(table["cued_trial"] >= 0)
    return table


@pytest.fixture
def path(people, tmp_path):
    people.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path / "people.csv"


def test_a_file_is_compared_with_the_agents(path, tmp_path):
    settings = {"name": "people", "sessions": 4, "n_resamples": 100}
    result = pfc.compare("episodic_two_step", path, out=tmp_path / "page", **settings)
    found = result["group_value"].to_series().unstack("group")["people"]
    assert found["episodic_model_based"] == pytest.approx(2.0, abs=0.9)
    told = result["group_value"].sel(group="agents", quantity="episodic_model_based").item()
    assert told > 3
    page = (tmp_path / "page" / "comparison.html").read_text("utf-8")
    assert "Do people use the memory of single trials" in page
    assert "episodic model-based index" in page


def test_a_cue_of_a_later_trial_is_refused_with_file_column_line_and_value(people, tmp_path):
    wrong = people.copy()
    wrong.loc[60, "cued_trial"] = 99
    wrong.to_csv(tmp_path / "wrong.csv", index=False)
    with pytest.raises(RecordingError, match=r"wrong\.csv.*column 'cued_trial'.*99\.0 at line 62"):
        pfc.compare("episodic_two_step", tmp_path / "wrong.csv", name="people", sessions=2)


def test_a_file_without_cues_says_which_line_of_a_column_map_it_needs(people, tmp_path):
    people.drop(columns="cued_trial").to_csv(tmp_path / "bare.csv", index=False)
    said = r'people: found no cued_trial(.|\n)*cued_trial = "COLUMN"'
    with pytest.raises(MissingVariableError, match=said):
        pfc.compare("episodic_two_step", tmp_path / "bare.csv", name="people", sessions=2)
