"""Which questions a fit asks: what is given, or what the recording says."""

import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.comparison.questions import choose_question_set
from pfc_analysis.tasks.bandit import Bandit

FEW = {"learners": ["win_stay_lose_shift"], "networks": (), "checks": False, "folds": 2}


@pytest.fixture(scope="module")
def played():
    learner = pfc.learners.WinStayLoseShift()
    return pfc.simulate(learner, Bandit(), sessions=4, seed=1, subject="one")


@pytest.mark.parametrize("given", [None, "bandit", "bandit_correlated"])
def test_the_set_of_questions_of_an_experiment_is_found(played, given):
    assert pfc.fit(played, given, **FEW).attrs["questions"] == "bandit"


def test_an_unknown_experiment_is_named_with_the_nearest_one(played):
    nearest = r"'bandits' \(did you mean 'bandit'\?\).*a set of questions \(bandit, "
    with pytest.raises(ValueError, match=nearest):
        pfc.fit(played, "bandits", **FEW)
    with pytest.raises(ValueError, match=r"'bandit_corelated' \(did you mean 'bandit_correlated'"):
        pfc.fit(played, "bandit_corelated", **FEW)


def test_a_folder_that_a_recording_names_is_not_run(played, tmp_path):
    (tmp_path / "task.py").write_text("raise RuntimeError('this code was run')")
    strange = played.assign_attrs(questions=str(tmp_path), experiment=str(tmp_path))
    with pytest.raises(AnalysisError, match="expected one of"):
        pfc.fit(strange, **FEW)


def test_a_recording_that_does_not_say_its_task_is_refused(played):
    silent = played.copy()
    silent.attrs = {}
    with pytest.raises(MissingVariableError, match="does not say which task it is of"):
        pfc.fit(silent, **FEW)


@pytest.mark.real_data
def test_data_sets_of_the_catalogue_say_their_experiment(locate_dataset):
    locate_dataset("rat_two_step")
    rats = pfc.load_dataset("rat_two_step")
    one = rats.isel(trial=rats["subject"].values == "M093")  # one session, so a quick fit
    found = pfc.fit(one, **FEW | {"learners": ["reward_as_cue"], "starts": 1})
    assert found.attrs["questions"] == found.attrs["experiment"] == "two_step"
    assert choose_question_set(rats.attrs["experiment"], [rats]) == "two_step"


@pytest.mark.real_data
def test_a_data_set_without_free_choices_is_refused_by_name(locate_dataset):
    locate_dataset("mouse_dopamine")
    with pytest.raises(AnalysisError, match=r"found 'inferred_value'.*set of questions"):
        pfc.fit(pfc.load_dataset("mouse_dopamine"), **FEW)


def test_an_unknown_experiment_is_told_before_the_data_are_read():
    with pytest.raises(ValueError, match="Unknown experiment 'two_stp'"):
        pfc.fit("no/such/file.csv", "two_stp", **FEW)
