"""Sets of questions are found by the name of their file, and chosen by what a task declares."""

import pytest
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.comparison.question_set import QuestionSet
from pfc_analysis.comparison.questions import (
    choose_question_set,
    find_question_set,
    list_question_sets,
    require_questions,
)
from pfc_analysis.tasks import find_task, list_tasks


def test_every_file_declares_a_set():
    assert list_question_sets() == [
        "bandit",
        "episodic_two_step",
        "harlow",
        "matching",
        "risky_choice",
        "serial_reversal",
        "two_step",
        "two_step_three_rewards",
        "volatility",
        "what_where",
    ]
    for name in list_question_sets():
        assert isinstance(find_question_set(name), QuestionSet)


def test_a_new_file_is_a_new_set(tmp_path, monkeypatch):
    from pfc_analysis.comparison import questions

    (tmp_path / "gambling_questions.py").write_text(
        "from pfc_analysis.comparison.question_set import QuestionSet\n"
        "QUESTIONS = QuestionSet(measure=lambda group: None, note='a note')\n"
    )
    monkeypatch.setattr(questions, "__path__", [*questions.__path__, str(tmp_path)])
    assert "gambling" in list_question_sets()
    assert find_question_set("gambling").note == "a note"


@pytest.mark.parametrize("name", list_tasks())
def test_every_task_declares_a_set_or_says_why_not(name):
    task = find_task(name)
    if task.questions:
        assert task.questions in list_question_sets()
        assert not task.why_no_questions
    else:
        assert task.why_no_questions


def test_names_are_exact():
    with pytest.raises(AnalysisError, match=r"'bandits' \(did you mean 'bandit'\?\), expected one"):
        find_question_set("bandits")
    with pytest.raises(AnalysisError, match="questions: found 'two_step_rpe_input'"):
        find_question_set("two_step_rpe_input")


def recording_of(experiment, questions):
    return xr.Dataset(attrs={"experiment": experiment, "questions": questions})


def test_a_recording_says_which_questions_its_experiment_has():
    agents = recording_of("my_slot_machines", "bandit")
    assert choose_question_set("my_slot_machines", [agents, xr.Dataset()]) == "bandit"
    assert choose_question_set("matching", [agents, xr.Dataset()]) == "matching"
    # The first letters of a name decide nothing.
    assert choose_question_set("two_step_bandit", [recording_of("two_step_bandit", "bandit")]) == (
        "bandit"
    )


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (
            "instructed",
            "experiment 'instructed' cannot be compared: its task declares no questions",
        ),
        ("iowa", "found 'iowa', expected a set of questions .'bandit', 'epi.* or the exper"),
        ("iowa", r"or the experiment of one of the recordings \('instructed', 'lost'\)"),
        ("lost", r"questions: found 'matchin' \(did you mean 'matching'\?\)"),
        ("instruct", r"'instruct' \(did you mean 'instructed'\?\)"),
    ],
)
def test_what_cannot_be_chosen(experiment, said):
    recordings = [recording_of("instructed", ""), recording_of("lost", "matchin")]
    with pytest.raises(AnalysisError, match=said):
        choose_question_set(experiment, recordings)


def test_a_task_without_questions_gives_its_reason():
    with pytest.raises(AnalysisError, match=r"'silent' cannot be compared: nobody chooses\. Sets"):
        require_questions("silent", "", "nobody chooses")
