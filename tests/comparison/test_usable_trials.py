"""Trials that count, and those that do not."""

import numpy as np
import pytest

from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.comparison.usable_trials import MARKS, select_usable


def test_marked_trials_are_counted_and_never_predicted(make_arms):
    recording = make_arms(forced=0.1, stimulated=0.1, invalid=0.05, automatic_reward=0.01)
    usable = select_usable(recording)
    assert list(MARKS) == ["forced", "stimulated", "automatic_reward", "invalid"]
    for name in ("forced", "stimulated", "invalid"):
        assert usable.counts[:, list(MARKS).index(name)].sum() == int(recording[name].sum())
    automatic = recording["automatic_reward"].any("arm").values
    assert usable.counts[:, 2].sum() == automatic.sum()
    flags = [recording[name].values > 0 for name in ("forced", "stimulated", "invalid")]
    free = ~(np.logical_or.reduce(flags) | automatic)
    assert usable.trials.predicted.tolist() == free.tolist()
    assert usable.n_used.sum() == free.sum()
    assert usable.n_trials.tolist() == [600] * 5
    assert usable.earned.tolist() == (~automatic).tolist()
    # Stimulated trials remain history.
    assert usable.trials.valid[recording["stimulated"].values > 0].mean() > 0.9


@pytest.mark.parametrize("mark", ["forced", "stimulated", "automatic_reward", "invalid"])
def test_marks_can_be_kept(make_arms, mark):
    recording = make_arms(**{mark: 0.2})
    usable = select_usable(recording, keep=(mark,))
    assert usable.trials.predicted.all()
    assert usable.earned.all()
    assert usable.counts[:, list(MARKS).index(mark)].sum() > 500


def test_a_trial_without_a_choice_is_invalid_though_nobody_marked_it(make_arms):
    recording = make_arms()
    recording["choice"][7] = -1
    usable = select_usable(recording)
    assert usable.counts.sum(axis=0).tolist() == [0, 0, 0, 1]


def test_subjects_may_take_turns(make_arms):
    recording = make_arms(subjects=("a", "b"), n_sessions=2)
    turns = np.concatenate([np.arange(120) + start for start in (0, 240, 120, 360)])
    usable = select_usable(recording.isel(trial=turns))
    assert usable.of_subject.tolist() == [0, 1, 0, 1]
    assert usable.label.tolist() == [0, 0, 1, 1]


def test_nothing_left_is_an_error(make_arms):
    recording = make_arms(subjects=("a",), n_sessions=1, forced=1.0)
    with pytest.raises(
        EmptySelectionError,
        match=r"choice: no free, valid choice is left of 120 trial\(s\): 120 forced, 0 stimulated, "
        r"0 automatic_reward, 0 invalid. To analyse trials with a mark like any other, name ",
    ):
        select_usable(recording)


def test_unknown_marks_are_refused(make_arms):
    with pytest.raises(AnalysisError, match=r"keep: found 'stimulate' \(did you mean 'stimulated'"):
        select_usable(make_arms(subjects=("a",), n_sessions=1), keep=("stimulate",))
    with pytest.raises(AnalysisError, match="keep: found the text 'forced', expected a sequence"):
        select_usable(make_arms(subjects=("a",), n_sessions=1), keep="forced")
