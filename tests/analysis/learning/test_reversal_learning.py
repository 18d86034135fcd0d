"""Trials to criterion and their trend: by hand, by simulation, and on the grackles."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy.stats import binom

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.learning.learning_criterion import LearningCriterion
from pfc_analysis.analysis.learning.reversal_learning import (
    compute_reversal_improvement,
    compute_trials_to_criterion,
)
from pfc_analysis.recording.catalogue.grackles import GROUP_FILE
from pfc_analysis.tasks.contract import SessionBatch, StepLog
from pfc_analysis.tasks.serial_reversal import SerialReversal


def build(problems: list[tuple[str, int, int, str]]) -> xr.Dataset:
    """A recording from (subject, session, reversal number, outcomes: 1, 0 and - for no choice)."""
    rows = [
        (subject, session, number, -1 if outcome == "-" else int(outcome))
        for subject, session, number, outcomes in problems
        for outcome in outcomes
    ]
    subject, session, number, correct = (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset(
        {"correct": ("trial", correct), "reversal_number": ("trial", number)},
        {
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", np.arange(correct.size)),
        },
    )


def table_of(values: dict[str, list[float]], first: int = 1) -> xr.Dataset:
    """A result with trials of each subject's problems, from reversal `first` on."""
    longest = max(map(len, values.values()))
    padded = [row + [np.nan] * (longest - len(row)) for row in values.values()]
    numbers = np.arange(first, first + longest)
    on = ("subject", "reversal_number")
    return xr.Dataset(
        dict.fromkeys(("trials_to_criterion", "trials_given"), (on, padded)),
        {"subject": list(values), "reversal_number": numbers},
    )


def by_brute_force(outcomes: list[int], rule: LearningCriterion) -> float:
    """The criterion read off every window, one by one."""
    for n in range(rule.window, len(outcomes) + 1):
        window = outcomes[n - rule.window : n]
        size = rule.block or rule.window
        blocks = [sum(window[i : i + size]) for i in range(0, rule.window, size)]
        in_block = rule.block_criterion if rule.block else 0
        if sum(window) >= rule.criterion and min(blocks) >= in_block and n % rule.check_every == 0:
            return n
    return np.inf


@pytest.mark.parametrize(
    "rule",
    [
        LearningCriterion(17, 20),
        LearningCriterion(17, 20, 10, 10, 8),
        LearningCriterion(17, 20, 10),
        LearningCriterion(5, 6, 1, 2, 1),
        LearningCriterion(1, 1),
    ],
    ids=str,
)
def test_criterion_against_every_window(rule):
    rng = np.random.default_rng(1)
    problems = [rng.random(rng.integers(0, 120)) < rng.uniform(0.5, 1) for _ in range(300)]
    found = rule.find_trials(problems)
    for outcomes, n in zip(problems, found, strict=True):
        assert n == by_brute_force(outcomes.astype(int).tolist(), rule)
    assert rule.find_trials([]).size == 0
    assert np.isinf(found).any()
    assert np.isfinite(found).sum() > 50


def test_criterion_by_hand():
    recording = build(
        [
            ("a", 0, 0, "0111-"),  # 4 trials with a choice; three in a row at the 4th
            ("a", 0, 1, "01011"),
            ("a", 1, 1, "-1"),  # goes on in the next session: the third in a row
            ("a", 1, 2, "0110110"),
            ("b", 0, 0, "111"),
            ("b", 0, -1, "1111"),  # no problem
        ]
    )
    found = compute_trials_to_criterion(recording, 3, 3)
    assert found["reversal_number"].values.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(
        found["trials_to_criterion"], [[4, 6, np.nan], [3, np.nan, np.nan]]
    )
    np.testing.assert_array_equal(found["trials_given"], [[4, 6, 7], [3, np.nan, np.nan]])
    assert found["n_problems"].values.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert found["n_learned"].values.tolist() == [[1, 1, 0], [1, 0, 0]]
    assert found["lower"].isnull().all()
    counts = {"n_trials_recorded": 26, "n_trials_missed": 2, "n_trials_other": 4}
    assert {name: found.attrs[name] for name in counts} == counts
    assert found.attrs["criterion"] == "3 correct of the last 3"
    within = compute_trials_to_criterion(recording, 3, 3, across_sessions=False)
    assert within["n_problems"].sel(subject="a").values.tolist() == [1, 2, 1]
    assert within["trials_to_criterion"].sel(subject="a", reversal_number=1).isnull()


def test_a_problem_without_a_choice_is_one_that_was_not_learned():
    found = compute_trials_to_criterion(build([("a", 0, 0, "--")]), 1, 1)
    assert (found["n_problems"].item(), found["n_learned"].item()) == (1, 0)
    assert found["trials_given"].item() == 0
    assert found["trials_to_criterion"].isnull()


def test_sessions_of_their_own_give_a_median_and_its_interval():
    lengths = np.arange(2, 22)  # 20 sessions, each learned after that many trials
    sessions = [("a", k, 0, "0" * (n - 1) + "1") for k, n in enumerate(lengths)]
    never = [("a", 20 + k, 0, "0" * 5) for k in range(3)]
    found = compute_trials_to_criterion(build(sessions + never), 1, 1, across_sessions=False)
    of_all = np.append(lengths, [np.inf] * 3)
    assert found["trials_to_criterion"].item() == np.median(of_all) == 13
    assert (found["n_problems"].item(), found["n_learned"].item()) == (23, 20)
    # Of 23, the 7th from either end: together they miss the median with 3.5 %; the 8th with 9 %.
    assert 2 * binom.cdf(6, 23, 0.5) < 0.05 < 2 * binom.cdf(7, 23, 0.5)
    assert (found["lower"].item(), found["upper"].item()) == (of_all[6], of_all[-7])
    most_never = compute_trials_to_criterion(
        build(sessions[:2] + never), 1, 1, across_sessions=False
    )
    assert most_never["trials_to_criterion"].isnull()


def test_interval_of_the_median_covers_it():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(300):
        sessions = [("a", k, 0, "0" * rng.geometric(0.1) + "1") for k in range(25)]
        found = compute_trials_to_criterion(build(sessions), 1, 1, across_sessions=False)
        hits += bool(found["lower"] <= 8 <= found["upper"])  # 1 + the median of that geometric, 7
    assert hits >= 0.95 * 300 - 3 * np.sqrt(300 * 0.05 * 0.95)


def play(task: SerialReversal, n_sessions: int) -> xr.Dataset:
    """Sessions of one who learns by win-stay, lose-shift, slips now and then, and forgets."""
    rng = np.random.default_rng(4)
    batch = SessionBatch(task, task.draw_uniforms(rng, n_sessions))
    wanted, played = rng.integers(0, 2, n_sessions), []
    while not batch.done.all():
        s = batch.sessions
        slip = rng.random(n_sessions) < 0.1
        option = np.where(slip, 1 - wanted, wanted)
        action = np.where(s.step == 0, 0, np.where(option == s.option_on_left, 1, 2))
        before, shown, active = s.copy(), batch.observation.copy(), ~batch.done
        batch.step(action)
        chosen = before["step"] == 1
        wanted = np.where(chosen & ~slip & (batch.reward == 0), 1 - wanted, wanted)
        played.append((before, shown, action, batch.reward.copy(), active))
    log = StepLog(*(np.stack(part) for part in zip(*played, strict=True)))
    table = task.trial_table(log)
    session, trial = (index.ravel() for index in np.indices((n_sessions, task.trials)))
    return xr.Dataset(
        {name: ("trial", table[name][1].ravel()) for name in ("correct", "reversal_number")},
        {
            "subject": ("trial", np.repeat("agent", session.size)),
            "session": ("trial", session),
            "trial_in_session": ("trial", trial),
        },
    )


def test_the_tasks_own_criterion_is_found_again():
    """Whatever the task ended with a reversal was learned, on its last trial."""
    recording = play(SerialReversal(criterion=8, window=10, trials=80), 40)
    found = compute_trials_to_criterion(recording, 8, 10, across_sessions=False)
    of_trials = recording[["correct", "reversal_number"]].to_dataframe()
    sizes = of_trials.groupby(["session", "reversal_number"]).size()
    last = of_trials.groupby("session")["reversal_number"].max()
    ended = [(s, r) for s, r in sizes.index if r < last[s]]
    for number in (0, 1, 2):
        lengths = [sizes[s, r] for s, r in ended if r == number]
        cell = found.sel(subject="agent", reversal_number=number)
        assert cell["n_learned"].item() >= len(lengths) >= 38
        if cell["n_learned"].item() == cell["n_problems"].item() == len(lengths):
            assert cell["trials_to_criterion"].item() == np.median(lengths)
            assert cell["trials_given"].item() == np.median(lengths)
    with pytest.raises(AnalysisError, match=r"found 0 after a higher number .*across_sessions=Fal"):
        compute_trials_to_criterion(recording, 8, 10)


def test_improvement_by_hand():
    result = table_of({"a": [80, 40, 20], "b": [50, 50], "one": [30]})
    found = compute_reversal_improvement(result, np.random.default_rng(0))
    assert found["subject"].values.tolist() == ["a", "b"]
    assert found["first"].values.tolist() == [80, 50]
    assert found["last"].values.tolist() == [20, 50]
    assert found["difference"].values.tolist() == [-60, 0]
    np.testing.assert_allclose(found["log_slope"], [np.log(0.5), 0])
    assert found["n_reversals"].values.tolist() == [3, 2]
    np.testing.assert_allclose(found["mean"], [65, 35, -30, np.log(0.5) / 2])
    assert found["lower"].isnull().all()  # too few to resample
    assert found.attrs["n_left_out"] == 1
    shorter = compute_reversal_improvement(result, np.random.default_rng(0), leave_out_last=1)
    assert shorter["subject"].values.tolist() == ["a"]
    assert shorter["difference"].values.tolist() == [-40]


def test_first_discrimination_counts_where_asked_for():
    result = table_of({"a": [10, 80, 40]}, first=0)
    for first, expected in ((0, 30), (1, -40)):
        found = compute_reversal_improvement(result, np.random.default_rng(0), first=first)
        assert found["difference"].item() == expected


def test_slope_is_least_squares_and_passes_over_gaps():
    rng = np.random.default_rng(3)
    trials = rng.uniform(20, 100, (6, 9))
    trials[2, 4] = np.nan
    result = table_of({f"s{k}": row.tolist() for k, row in enumerate(trials)})
    found = compute_reversal_improvement(result, rng)
    for k, row in enumerate(trials):
        kept = np.isfinite(row)
        number = np.arange(1, 10)[kept]
        line = sm.OLS(np.log(row[kept]), sm.add_constant(number)).fit()
        assert found["log_slope"].values[k] == pytest.approx(line.params[1])


def test_known_slope_is_recovered_within_its_interval():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        number = np.arange(1, 9)
        slopes = rng.normal(-0.1, 0.04, 9)
        trials = {
            f"s{k}": np.exp(4 + slope * number + rng.normal(0, 0.3, 8)).tolist()
            for k, slope in enumerate(slopes)
        }
        found = compute_reversal_improvement(table_of(trials), rng, n_resamples=500)
        mean = found.sel(quantity="log_slope")
        hits += bool(mean["lower"] < -0.1 < mean["upper"])
    assert 0.95 * 200 - 3.5 * np.sqrt(200 * 0.05 * 0.95) < hits < 200


def test_same_generator_same_numbers():
    result = table_of({name: [90, 70, 40 + k] for k, name in enumerate("abcdef")})
    one, same, other = (
        compute_reversal_improvement(result, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    xr.testing.assert_identical(one, same)
    assert not np.array_equal(one["lower"], other["lower"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"criterion": 0}, "criterion: found 0, expected at least 1"),
        ({"criterion": 21}, "criterion: found 21 of the last 20 trials, expected at most 20"),
        ({"check_every": 0}, "check_every: found 0, expected at least 1"),
        ({"block": 7}, "block, block_criterion: found 7 and 0, expected a block whose"),
        ({"block": 10, "block_criterion": 11}, "found 10 and 11, expected a block"),
    ],
)
def test_impossible_settings(settings, message):
    with pytest.raises(AnalysisError, match=re.escape(message)):
        compute_trials_to_criterion(build([("a", 0, 0, "11")]), **settings)


def test_impossible_recordings():
    recording = build([("a", 0, 0, "11")])
    with pytest.raises(MissingVariableError, match="correct: the recording has no such variable"):
        compute_trials_to_criterion(recording.drop_vars("correct"))
    with pytest.raises(AnalysisError, match=r"correct: found 2 at trial 0 \(2 such value"):
        compute_trials_to_criterion(recording.assign(correct=recording["correct"] + 1))
    with pytest.raises(EmptySelectionError, match=r"found none of 0, 1, ... in 2 trial\(s\)"):
        compute_trials_to_criterion(build([("a", 0, -1, "11")]))
    rng = np.random.default_rng(0)
    with pytest.raises(MissingVariableError, match="expected the result of compute_trials_to_cri"):
        compute_reversal_improvement(recording, rng)
    with pytest.raises(EmptySelectionError, match="no subject has two problems with a value from"):
        compute_reversal_improvement(table_of({"a": [30]}), rng)
    with pytest.raises(AnalysisError, match="leave_out_last: found -1, expected at least 0"):
        compute_reversal_improvement(table_of({"a": [30, 20]}), rng, leave_out_last=-1)


# The grackles, against what the experimenters noted


BIRDS = {"check_every": 10, "block": 10, "block_criterion": 8}


@pytest.fixture(scope="module")
def noted(grackle_folder) -> dict[tuple[str, int], int]:
    """Trials to criterion of each bird and reversal, in the experimenters' file."""
    table = pd.read_csv(grackle_folder / GROUP_FILE, dtype=str, keep_default_na=False)
    table = table[(table["Batch"] != "Pilot") & (table["TubesOrTouchscreen"] == "TUBES")]
    cells = {}
    for row in table.itertuples():
        cells[row.ID, 0] = cells.get((row.ID, 0), "") or row.TrialsInitialDiscrimination
        cells[row.ID, row.ReverseNumber] = row.TrialsToReverse
    return {(bird, int(n)): int(cell) for (bird, n), cell in cells.items() if cell.isdigit()}


@pytest.mark.real_data
def test_grackles_take_as_many_trials_as_their_experimenters_noted(grackle_recording, noted):
    """By the rule they went by, all but 7 of 101; each of these is known and told in the traps."""
    found = compute_trials_to_criterion(grackle_recording, **BIRDS)
    counted = found["trials_to_criterion"].to_series()
    different = {key: (counted[key], n) for key, n in noted.items() if counted[key] != n}
    assert len(noted) == 101
    np.testing.assert_equal(
        different,
        {
            # One trial without a choice was counted: 49, 79 and 49 choices are no tens.
            ("Queso", 0): (np.nan, 50),
            ("Habanero", 1): (np.nan, 80),
            ("Marisco", 1): (np.nan, 50),
            # Ended at 102 trials, noted as 100; by mistake, after 23.
            ("Adobo", 1): (np.nan, 100),
            ("Burrito", 8): (np.nan, 23),
            # Passed with 7 of the first ten; and passed at 40 by the rule, but went on to 50.
            ("Mole", 2): (np.nan, 110),
            ("Memela", 0): (40.0, 50),
        },
    )


@pytest.mark.real_data
def test_grackles_were_given_as_many_trials_as_noted(grackle_recording, noted):
    given = compute_trials_to_criterion(grackle_recording)["trials_given"].to_series()
    different = {key: given[key] - n for key, n in noted.items() if given[key] != n}
    assert different == {
        ("Queso", 0): -1,
        ("Habanero", 1): -1,
        ("Marisco", 1): -1,
        ("Adobo", 1): 2,
    }


@pytest.mark.real_data
def test_grackles_fall_from_71_to_45(grackle_recording):
    result = compute_trials_to_criterion(grackle_recording)
    several = compute_reversal_improvement(
        result.where(result["n_learned"] > 0), np.random.default_rng(0), variable="trials_given"
    )
    group = grackle_recording["group"].to_series().groupby(grackle_recording["subject"].values)
    assert (group.first()[several["subject"].values] == "manipulated").all()
    means = several["mean"].to_series()
    assert several.sizes["subject"] == 9
    assert means["first"] == pytest.approx(71, abs=0.5)
    assert means["last"] == pytest.approx(45, abs=0.5)
    bounds = several.sel(quantity=["difference", "log_slope"])
    assert (bounds["upper"] < 0).all()
    # Without the last two, which had to be short for the bird to be done, nothing is left of it.
    before = compute_reversal_improvement(
        result, np.random.default_rng(0), variable="trials_given", leave_out_last=2
    ).sel(quantity=["difference", "log_slope"])
    assert ((before["lower"] < 0) & (before["upper"] > 0)).all()


@pytest.mark.real_data
def test_grackles_meet_the_criterion_before_it_is_looked_at(grackle_recording):
    """Rolling, the same criterion is met no later, and on average 7 trials sooner."""
    rolling = compute_trials_to_criterion(grackle_recording)["trials_to_criterion"]
    tens = compute_trials_to_criterion(grackle_recording, **BIRDS)["trials_to_criterion"]
    sooner = (tens - rolling).values[np.isfinite(tens.values)]
    assert sooner.min() >= 0
    assert sooner.mean() == pytest.approx(6.76, abs=0.01)
