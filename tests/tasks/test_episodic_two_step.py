"""The episodic two-step task against its definition, by chi-square on large samples."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy.stats import chisquare

import pfc_analysis as pfc
from pfc_analysis.recording.schema import VARIABLES
from pfc_analysis.tasks.contract import GivenTrials
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep, barcode_of, step

CHANCE = 0.3
"""Other than the default, so that it cannot be taken for a coin."""


def any_side(batch, rng) -> np.ndarray:
    return rng.integers(0, 2, len(batch.done))


def tabulate(task, log) -> dict[str, np.ndarray]:
    return {name: entry[1] for name, entry in task.trial_table(log).items()}


@pytest.fixture(scope="module")
def task() -> EpisodicTwoStep:
    return EpisodicTwoStep(common_probability=0.8, chance_probability=CHANCE)


@pytest.fixture(scope="module")
def log(task, play_out):
    return play_out(task, any_side, n_sessions=1500)


@pytest.fixture(scope="module")
def table(task, log) -> dict[str, np.ndarray]:
    return tabulate(task, log)


def of_cue(table, name) -> np.ndarray:
    """What the cued trial of each trial had; without meaning where there is none."""
    return np.take_along_axis(table[name], np.maximum(table["cued_trial"], 0), axis=1)


def test_defaults():
    task = EpisodicTwoStep()
    assert (task.common_probability, task.reward_probability) == (0.9, 0.9)
    assert (task.reversal_probability, task.chance_probability) == (0.1, 0.5)
    assert (task.trials, task.uncued_trials, task.cue_blocks) == (100, 50, 2)
    assert (task.barcode_bits, task.max_steps, task.n_trials) == (10, 300, 100)


def test_every_uncued_trial_is_a_cue_once_in_the_block_of_its_half(table):
    cued = table["cued_trial"]
    assert (cued[:, :50] == -1).all()
    assert (np.sort(cued[:, 50:75], axis=1) == np.arange(25)).all()
    assert (np.sort(cued[:, 75:], axis=1) == np.arange(25, 50)).all()


@pytest.mark.parametrize("place", [50, 60, 74, 75, 99])
def test_every_order_of_cues_is_equally_likely(table, place):
    counts = np.bincount(table["cued_trial"][:, place] % 25, minlength=25)
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("choice", [0, 1])
def test_own_side_follows_in_four_of_five_cued_or_not(table, choice, assert_share):
    chose = table["choice"] == choice
    for part in (slice(None, 50), slice(50, None)):
        reached = (table["second_state"] == choice)[:, part][chose[:, part]]
        assert_share(reached, 0.8)
    assert np.array_equal(table["common_transition"] == 1, table["choice"] == table["second_state"])


@pytest.mark.parametrize(("better", "probability"), [(True, 0.9), (False, 0.1)])
def test_reward_of_uncued_trials_depends_on_the_better_state(
    table, better, probability, assert_share
):
    uncued = table["cued_trial"] < 0
    visited = (table["second_state"] == table["better_state"]) == better
    assert_share(table["reward"][uncued & visited], probability)


def test_the_state_of_the_cued_trial_pays_what_it_paid_and_the_other_by_chance(table, assert_share):
    cued = table["cued_trial"] >= 0
    again = cued & (table["second_state"] == of_cue(table, "second_state"))
    assert np.array_equal(table["reward"][again], of_cue(table, "reward")[again])
    assert_share(table["reward"][cued & ~again], CHANCE)
    for better in (0, 1):  # whichever state is better now
        other = cued & ~again & (table["better_state"] == better)
        assert abs(table["reward"][other].mean() - CHANCE) < 4 * np.sqrt(0.25 / other.sum())


def test_the_table_says_the_reward_probability_of_this_very_trial(table):
    chance = table["reward_probability"]
    reached = np.take_along_axis(chance, table["second_state"][..., None].astype(int), -1)[..., 0]
    assert (table["reward"][reached == 1.0] == 1.0).all()
    assert (table["reward"][reached == 0.0] == 0.0).all()
    for probability in np.unique(reached):
        paid = table["reward"][reached == probability]
        assert abs(paid.mean() - probability) < 4 * np.sqrt(0.25 / paid.size)
    assert np.unique(chance[:, :50].round(9)).tolist() == [0.1, 0.9]
    assert np.unique(chance[:, 50:].round(9)).tolist() == [0.0, CHANCE, 1.0]


def test_the_context_is_that_of_the_cued_trial_where_its_state_is_reached(table):
    cued = table["cued_trial"] >= 0
    again = cued & (table["second_state"] == of_cue(table, "second_state"))
    assert np.array_equal(table["context"], np.where(again, table["cued_trial"], np.arange(100)))


def test_barcodes_are_shown_as_cues_and_in_their_trials(task, play_out):
    seen = []

    def look(batch, rng):
        seen.append((batch.sessions.copy(), batch.cues.copy()))
        return any_side(batch, rng)

    table = tabulate(task, play_out(task, look, n_sessions=30))
    codes = {}
    for sessions, cues in seen:
        shown = (cues @ 2.0 ** np.arange(10)).astype(int)
        for k, (session, code) in enumerate(zip(sessions, shown, strict=True)):
            name = "cued_trial" if session.step == 0 else "context"
            wanted = table[name][k, session.trial]
            assert (code > 0) == (wanted >= 0)
            if wanted >= 0:
                assert codes.setdefault((k, wanted), code) == code
    for k in range(30):
        own = [code for (session, _), code in codes.items() if session == k]
        assert len(set(own)) == len(own) > 50


def test_barcodes_differ_from_each_other_as_random_ones_do():
    """Pairs of different numbers from 1 to 1023 differ in k bits in comb(10, k) of 1023 cases."""
    seeds = np.random.default_rng(4).integers(0, 1 << 45, 100)
    codes = np.array([[barcode_of(seed, k, 10) for k in range(100)] for seed in seeds.tolist()])
    assert codes.min() > 0
    assert all(len(set(row)) == 100 for row in codes.tolist())
    bits = codes[..., None] >> np.arange(10) & 1
    pairs = np.triu_indices(100, 1)
    differing = (bits[:, pairs[0]] != bits[:, pairs[1]]).sum(-1)
    shares = np.bincount(differing.ravel(), minlength=11) / differing.size
    expected = np.array([0, *(comb(10, k) for k in range(1, 11))]) / 1023
    assert shares == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("bits", [1, 2, 7, 16])
def test_all_barcodes_of_any_length_are_used_once(bits):
    codes = sorted(barcode_of(987654321987, k, bits) for k in range(2**bits - 1))
    assert codes == list(range(1, 2**bits))


def test_trials_that_were_broken_off_are_no_cues(play_out):
    task = EpisodicTwoStep(fixation=True, trials=12, uncued_trials=6, cue_blocks=1)
    assert task.steps == ("fixation", "stage_1", "second_state", "outcome")

    def choose(batch, rng):
        valid = np.where(batch.sessions.step == 0, 0, rng.integers(1, 3, len(batch.done)))
        broken = (batch.sessions.trial % 3 == 1) & (batch.sessions.step == 1)
        return np.where(broken, 0, valid)

    log = play_out(task, choose, n_sessions=200)
    table = tabulate(task, log)
    assert (table["invalid"] == (np.arange(12) % 3 == 1)).all()
    for name in ("choice", "second_state", "common_transition", "context"):
        assert (table[name][:, 1::3] == -1).all()
        assert (table[name][:, 0::3] >= 0).all()
    assert (table["reward"][:, 1::3] == -1).all()
    # Four trials are left to be cues; the last two cued trials have none.
    assert (np.sort(table["cued_trial"][:, 6:10], axis=1) == [0, 2, 3, 5]).all()
    assert (table["cued_trial"][:, 10:] == -1).all()


@pytest.mark.parametrize(
    ("at", "action", "valid"),
    [(0, 1, False), (1, 0, False), (2, 0, False), (3, 0, True), (3, 2, True), (2, 1, True)],
)
def test_invalid_responses_cost_one_and_any_is_accepted_at_the_outcome(at, action, valid):
    task = EpisodicTwoStep(fixation=True)
    record = task.begin(np.full((1, 3), 0.4))
    record.step = at
    _, reward = step(record[0], action, np.array([1.0, 1.0, 0.5]))
    assert reward == (0.0 if valid else -1.0)
    assert record.trial[0] == (1 if at == 3 or not valid else 0)


def test_table_speaks_the_schemas_names(task, log):
    for name, (dims, values, _) in task.trial_table(log).items():
        if name != "arm":
            assert VARIABLES[name].dims == dims
            assert values.shape[:2] == (1500, 100)


def test_learners_play_it():
    planner = pfc.learners.ModelBased(alpha=0.5, inverse_temperature=5.0)
    recording = pfc.simulate(planner, EpisodicTwoStep(), sessions=20, seed=1, subject="planner")
    assert recording.sizes["trial"] == 2000
    uncued = recording["cued_trial"] < 0
    rewards = [float(recording["reward"][part].mean()) for part in (uncued, ~uncued)]
    # A learner without a memory earns chance in cued trials: half the mean of 1 or 0 and 1/2.
    assert rewards[0] > 0.6
    assert abs(rewards[1] - (rewards[0] + 0.5) / 2) < 0.06


@pytest.mark.parametrize("fixation", [False, True])
def test_the_script_of_a_table_is_what_was_shown_done_and_paid(fixation, play_out):
    task = EpisodicTwoStep(fixation=fixation)
    first = int(fixation)

    def choose(batch, rng):  # responses at and after the second state go to its side
        at, state = batch.sessions.step - first, batch.sessions.second_state
        side = np.where(at > 0, state, rng.integers(0, 2, len(state)))
        return np.where(at < 0, 0, side + first)

    log = play_out(task, choose, n_sessions=40)
    entries = task.trial_table(log)
    table = {name: values.reshape(-1) for name, (_, values, _) in entries.items()
             if values.shape == (40, 100)}  # fmt: skip
    labels = {name: about["labels"] for name, (_, _, about) in entries.items() if "labels" in about}
    given = GivenTrials(table, labels, np.tile(np.arange(100), 40), "own recording")
    script = task.script(given)
    assert given.kept.all()
    assert script.steps == task.steps
    n_steps = len(task.steps)
    for part, logged in (
        (script.observation, log.observation),
        (script.action, log.action),
        (script.reward, log.reward),
    ):
        assert np.array_equal(part, log.by_trial(logged, 100, n_steps, -1).reshape(-1, n_steps))
    shown = [script.cues[:, first + k] @ 2.0 ** np.arange(10) for k in range(3)]
    assert np.array_equal(shown[0] > 0, table["cued_trial"] >= 0)
    assert np.array_equal(shown[1], shown[2])
    again = (table["cued_trial"] >= 0) & (table["context"] == table["cued_trial"])
    assert np.array_equal(shown[0] == shown[1], again)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"common_probability": 1.2}, r"common_probability = 1.2: expected a probability"),
        ({"uncued_trials": 63}, r"uncued_trials = 63: expected at most 62"),
        ({"trials": 102}, r"trials = 102, uncued_trials = 50, .*expected at most as many cued"),
        ({"trials": 101}, r"trials = 101, .*in blocks of the same length"),
        ({"cue_blocks": 4, "trials": 98}, r"uncued_trials = 50, cue_blocks = 4: expected a number"),
        ({"barcode_bits": 6}, r"barcode_bits = 6: expected at most 16, and so many .*here 100"),
        ({"barcode_bits": 17}, r"barcode_bits = 17: expected at most 16"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        EpisodicTwoStep(**settings)
