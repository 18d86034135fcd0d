"""Learning sets by hand, against learners with known probabilities, and from an agent that sees."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from statsmodels.stats.proportion import proportion_confint

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.learning.learning_set import (
    compute_finished,
    compute_learning_set,
    find_solvers,
)
from pfc_analysis.recording.play_log import lay_out_trials
from pfc_analysis.tasks.contract import SessionBatch, StepLog
from pfc_analysis.tasks.harlow import Harlow, scripted_gaze


def build(problems: list[tuple[str, str]]) -> xr.Dataset:
    """A recording from (subject, outcomes of a problem: 1, 0 and - for no choice)."""
    rows = [
        (subject, session, trial, -1 if outcome == "-" else int(outcome))
        for session, (subject, outcomes) in enumerate(problems)
        for trial, outcome in enumerate(outcomes)
    ]
    subject, session, trial, correct = (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset(
        {"correct": ("trial", correct)},
        {
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", trial),
        },
    )


def test_uncompleted_and_unreached_trials_count_as_incorrect():
    problems = [("a", "011111"), ("a", "1-1111"), ("a", "01"), ("b", "1111110"), ("b", "------")]
    found = compute_learning_set(build(problems))
    assert found["subject"].values.tolist() == ["a", "b"]
    assert found["trial"].values.tolist() == [1, 2, 3, 4, 5, 6]
    thirds = np.array([[1, 2, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0]]) / 3
    np.testing.assert_allclose(found["correct"].sel(subject="a"), thirds[0])
    np.testing.assert_allclose(found["correct"].sel(subject="b"), np.full(6, 0.5))
    assert found["n_uncompleted"].values.tolist() == [[0, 1, 1, 1, 1, 1], [1] * 6]
    assert found["n_trials"].values.tolist() == [[3] * 6, [2] * 6]
    assert (found.attrs["n_trials_recorded"], found.attrs["n_trials_later"]) == (27, 1)


def test_a_first_trial_that_is_missing_is_one_that_was_not_completed():
    recording = build([("a", "0111"), ("a", "1111")]).isel(trial=slice(1, None))
    found = compute_learning_set(recording, 4)
    assert found["correct"].values.tolist() == [[0.5, 1.0, 1.0, 1.0]]
    assert found["n_uncompleted"].values.tolist() == [[1, 0, 0, 0]]


def test_interval_is_wilsons_over_problems():
    """Each problem has a trial once, so clusters are of one; Korn & Graubard's size is n - 1."""
    rng = np.random.default_rng(0)
    outcomes = (rng.random((300, 6)) < [0.5, 0.9, 0.7, 0.6, 0.3, 0.8]).astype(int)
    found = compute_learning_set(build([("a", "".join(map(str, row))) for row in outcomes]))
    for trial in range(6):
        lower, upper = proportion_confint(outcomes[:, trial].mean() * 299, 299, method="wilson")
        cell = found.sel(subject="a", trial=trial + 1)
        assert cell["correct"].item() == pytest.approx(outcomes[:, trial].mean())
        assert cell["lower"].item() == pytest.approx(lower, abs=1e-9)
        assert cell["upper"].item() == pytest.approx(upper, abs=1e-9)


def test_one_who_learns_in_a_trial_and_one_who_never_does():
    rng = np.random.default_rng(1)
    insight = np.full((2000, 6), True)
    insight[:, 0] = rng.random(2000) < 0.5
    chance = rng.random((2000, 6)) < 0.5
    problems = [
        (name, "".join(str(int(outcome)) for outcome in row))
        for name, rows in (("insight", insight), ("chance", chance))
        for row in rows
    ]
    found = compute_learning_set(build(problems))
    assert (found["correct"].sel(subject="insight")[1:] == 1).all()
    assert (found["lower"].sel(subject="insight")[1:] > 0.99).all()
    at_chance = [
        found.sel(subject="insight", trial=1),
        *(found.sel(subject="chance").transpose("trial").isel(trial=k) for k in range(6)),
    ]
    inside = [bool(cell["lower"] < 0.5 < cell["upper"]) for cell in at_chance]
    assert sum(inside) >= 6


def test_faults_of_recordings():
    recording = build([("a", "010101")])
    with pytest.raises(MissingVariableError, match="correct: the recording has no such variable"):
        compute_learning_set(recording.drop_vars("correct"))
    with pytest.raises(AnalysisError, match=r"correct: found 3 at trial 1 \(3 such value"):
        compute_learning_set(recording.assign(correct=recording["correct"] * 3))
    with pytest.raises(AnalysisError, match="n_trials: found 0, expected at least 1"):
        compute_learning_set(recording, 0)
    with pytest.raises(EmptySelectionError, match="correct: found 0 trials"):
        compute_learning_set(recording.isel(trial=[]))
    twice = xr.concat([recording, recording], dim="trial")
    with pytest.raises(AnalysisError, match="trial_in_session: found 0 twice in session 0 of sub"):
        compute_learning_set(twice)


def test_invalid_trials_were_not_completed():
    recording = build([("a", "0111"), ("a", "1111")])
    recording["invalid"] = "trial", np.array([0, 0, 1, 0, 0, 0, 0, 0])
    found = compute_learning_set(recording, 4)
    assert found["correct"].values.tolist() == [[0.5, 1.0, 0.5, 1.0]]
    assert found["n_uncompleted"].values.tolist() == [[0, 0, 1, 0]]


# Finished problems


def test_finished_are_problems_of_which_every_trial_was_completed():
    problems = [("a", "010"), ("a", "1-1"), ("a", "11"), ("a", "1111"), ("b", "---"), ("b", "000")]
    recording = build(problems)
    found = compute_finished(recording, 3)
    assert found["finished"].sel(subject="a").item() == 0.5
    assert found["finished"].sel(subject="b").item() == 0.5
    assert found["n_sessions"].values.tolist() == [4, 2]
    lower, upper = proportion_confint(2, 4, method="wilson")
    assert found["lower"].values[0] == pytest.approx(lower)
    assert found["upper"].values[0] == pytest.approx(upper)
    with pytest.raises(AnalysisError, match="n_trials: found 0"):
        compute_finished(recording, 0)


def test_sessions_that_the_step_limit_cut_off_count_in_full():
    """Of problems played by chance, some end before trials that a recording then does not hold."""
    task = Harlow(view=12, trials=3, step_limit=24, start=2.0, interval=1)
    rng = np.random.default_rng(1)
    batch = SessionBatch(task, task.draw_uniforms(rng, 400))
    records, actions, rewards, active = [], [], [], []
    while not batch.done.all():
        target = np.where(rng.random(400) < 0.5, 0, 1)
        action = np.where(rng.random(400) < 0.8, scripted_gaze(batch.sessions, target), 2)
        records.append(np.array(batch.sessions))
        active.append(~batch.done)
        batch.step(action)
        actions.append(action)
        rewards.append(batch.reward.copy())
    paid = np.stack(rewards)
    log = StepLog(np.stack(records), np.zeros(paid.shape, int), np.stack(actions), paid,
                  np.stack(active))  # fmt: skip
    recording = lay_out_trials(task, log, "chance")
    assert recording.sizes["trial"] < 1200
    # 1 is paid for the right image alone, and once a trial.
    trial = log.before["trial"]
    by_hand = [np.sum((paid == 1.0) & (trial == k)) / 400 for k in range(3)]
    found = compute_learning_set(recording, 3)
    assert found["correct"].values[0] == pytest.approx(by_hand)
    chosen = np.abs(paid) == 1.0
    finished = np.mean(chosen.sum(axis=0) == 3)
    assert 0.05 < finished < 0.95
    assert compute_finished(recording, 3)["finished"].item() == pytest.approx(finished)


# Solvers


def test_solvers_and_the_exact_interval_of_their_share():
    """14 of 50 (Wang et al. 2018); the interval as statsmodels has it."""
    correct = np.full((50, 6), 0.95)
    correct[14:, 3] = 0.9
    correct[:, 0] = np.linspace(0.3, 0.6, 50)  # the first trial does not count
    table = xr.DataArray(
        correct, dims=("subject", "trial"), coords={"subject": range(50), "trial": range(1, 7)}
    )
    found = find_solvers(table - 1e-12, 0.95 - 1e-9)
    assert found["solved"].values.tolist() == [1.0] * 14 + [0.0] * 36
    assert found["later_trials"].values[[0, 49]] == pytest.approx([0.95, 0.94])
    assert found["share"].item() == 0.28
    expected = proportion_confint(14, 50, method="beta")
    assert (found["share_lower"].item(), found["share_upper"].item()) == pytest.approx(expected)
    assert find_solvers(table, 0.99)["share"].item() == 0.0
    with pytest.raises(AnalysisError, match=r"found 50 subject\(s\) and 1 trial\(s\), expected at"):
        find_solvers(table.isel(trial=[0]))
