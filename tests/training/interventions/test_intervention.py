"""Rules of intervention: reading, checking, and what they change, by hand calculation."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training.engine.compiled_engine import BLOCK, Engine
from pfc_analysis.training.interventions.current_trial import CurrentTrial
from pfc_analysis.training.interventions.intervention import (
    PRESETS,
    Intervention,
    InterventionError,
    find_interventions,
)
from pfc_analysis.training.interventions.intervention_hook import InterventionHook, pick_units
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import draw_weights, sizes_of

RPE = Feedback("rpe", scale=0.25, discount=0.9)
SESSIONS = BLOCK + 6
CODED = [name for name in list_tasks() if find_task(name)().view_shape is None]
LAST_MOMENTS = {name: find_task(name)().events[-1] for name in CODED}


def make_engine(task, feedback, units=5):
    weights = draw_weights(sizes_of(task, units, feedback.is_rpe), np.random.default_rng(1))
    weights["policy_weight"] *= 20.0
    weights["value_weight"] *= 20.0
    return Engine(weights, task, SESSIONS, feedback)


def play(rules, task, feedback=RPE, seed=3):
    engine = make_engine(task, feedback)
    hook = InterventionHook(rules, task, feedback, SESSIONS, seed=1) if rules else None
    activity = engine.play(np.random.default_rng(seed), hook)
    return activity, None if hook is None else hook.acted[: len(activity.value)]


@pytest.fixture
def risky():
    return find_task("risky_choice")()


@pytest.fixture
def two_step():
    """Without invalid responses, so that untrained agents reach the outcome of every trial."""
    return find_task("two_step")(trials=20, fixation=False)


def assert_same(one, other):
    for name, array in one.arrays().items():
        assert np.array_equal(array, other.arrays()[name]), name


@pytest.mark.parametrize("feedback", [REWARD, RPE], ids=["reward", "rpe"])
@pytest.mark.parametrize("name", CODED)
def test_rules_that_never_hold_leave_every_byte(name, feedback, short_task):
    task = short_task(name)
    rules = [
        Intervention("reward", task.events, {"trial_in_session": -5}, shift=9.0),
        Intervention("value", task.steps, {"trial_in_session": -5}, shift=9.0),
        Intervention("hidden", task.steps, {"trial_in_session": -5}, gain=0.0),
        Intervention("value", task.steps, probability=0.0, shift=9.0),
    ]
    if feedback.is_rpe:
        rules.append(Intervention("rpe", task.events, {"trial_in_session": -5}, shift=9.0))
    (control, _), (tampered, acted) = play([], task, feedback), play(rules, task, feedback)
    assert_same(control, tampered)
    assert not acted.any()


def test_an_error_is_shifted_where_its_condition_holds_and_nowhere_else(risky):
    rule = Intervention(
        "rpe", "outcome", {"risky_choice": 1, "forced": 0, "reward": 4}, gain=0.5, shift=-2.0
    )
    activity, acted = play([rule], risky)
    log = activity.log
    side = log.action - 1
    at_outcome = log.active & (log.before["step"] == 1)
    expected = at_outcome & (side == log.before["risky_side"]) & (log.reward == 4)
    expected &= log.before["forced_side"] == -1
    followed = expected & np.append(log.active[1:], np.zeros((1, SESSIONS), bool), axis=0)
    assert np.array_equal(acted & followed, followed)
    assert not (acted & ~expected).any()
    assert followed.sum() > 50
    error = log.reward[:-1] + 0.9 * activity.value[1:] - activity.value[:-1]
    felt = np.where(expected[:-1], 0.5 * error - 2.0, error)
    told = log.active[1:]
    assert activity.feedback[:-1][told] == pytest.approx(0.25 * felt[told], abs=1e-5)


def test_what_the_policy_is_told_alone_changes_what_it_does(risky):
    """The value's LSTM reads true rewards: along the same choices it expects the same."""
    rule = Intervention("rpe", "outcome", {"trial_in_session": 3}, shift=30.0)
    (control, _), (tampered, acted) = play([], risky), play([rule], risky)
    first = np.argmax(acted, axis=0)
    n = control.hidden.shape[-1] // 2
    assert acted.any(axis=0).sum() > SESSIONS / 4
    for i in np.flatnonzero(acted.any(axis=0)):
        then = first[i] + 1
        assert np.array_equal(control.log.action[:then, i], tampered.log.action[:then, i])
        assert np.array_equal(control.hidden[then, i, n:], tampered.hidden[then, i, n:])
        assert not np.array_equal(control.hidden[then, i, :n], tampered.hidden[then, i, :n])


@pytest.mark.parametrize("feedback", [REWARD, RPE], ids=["reward", "rpe"])
def test_a_reward_that_is_not_noticed_is_still_paid(two_step, feedback):
    rule = Intervention("reward", "outcome", {"reward": 1}, gain=0.0)
    activity, acted = play([rule], two_step, feedback)
    log = activity.log
    paid = log.active & (log.reward == 1)
    assert acted[:-1].sum() == paid[:-1].sum() > 100
    if feedback.is_rpe:
        unpaid = np.where(paid, 0.0, log.reward)[:-1]
        error = unpaid + 0.9 * activity.value[1:] - activity.value[:-1]
        assert activity.feedback[:-1] == pytest.approx(0.25 * error, abs=1e-5)
    else:
        assert not activity.feedback[:-1].any()


def test_a_value_is_bent_and_so_is_the_error_made_of_it(two_step):
    rule = Intervention("value", "stage_1", gain=-1.0, shift=0.5)
    (control, _), (tampered, acted) = play([], two_step), play([rule], two_step)
    assert tampered.value[0] == pytest.approx(0.5 - control.value[0], abs=1e-6)
    assert np.array_equal(acted, tampered.log.active & (tampered.log.before["step"] == 0))
    error = tampered.log.reward[:-1] + 0.9 * tampered.value[1:] - tampered.value[:-1]
    assert tampered.feedback[:-1] == pytest.approx(0.25 * error, abs=1e-5)


@pytest.mark.parametrize("lstm", ["both", "policy", "value"])
def test_units_are_silenced(two_step, lstm):
    rule = Intervention("hidden", two_step.steps, gain=0.0, share=0.6, lstm=lstm, seed=4)
    activity, _ = play([rule], two_step)
    silent = pick_units(rule, 5)
    assert len(silent) == 3
    n = activity.hidden.shape[-1] // 2
    for name, units in (("policy", activity.hidden[..., :n]), ("value", activity.hidden[..., n:])):
        still = ~units.any(axis=(0, 1))
        expected = silent if lstm in ("both", name) else []
        assert sorted(np.flatnonzero(still)) == sorted(expected)


def test_larger_shares_hold_the_units_of_smaller_ones():
    shares = [
        set(pick_units(Intervention("hidden", "a", share=share), 48)) for share in (0, 0.25, 0.5, 1)
    ]
    assert [len(units) for units in shares] == [0, 12, 24, 48]
    assert shares[0] < shares[1] < shares[2] < shares[3]


def test_rules_act_one_after_another(two_step):
    double, add = (
        Intervention("rpe", "outcome", **change) for change in ({"gain": 2.0}, {"shift": 1.0})
    )
    for rules, expected in (([double, add], (2.0, 1.0)), ([add, double], (2.0, 2.0))):
        activity, _ = play(rules, two_step)
        error = activity.log.reward[:-1] + 0.9 * activity.value[1:] - activity.value[:-1]
        outcome = activity.log.before["step"][:-1] == 1
        felt = activity.feedback[:-1][outcome] / 0.25
        assert felt == pytest.approx(expected[0] * error[outcome] + expected[1], abs=1e-4)


def test_chance_is_the_probability_told_and_the_seed_decides(two_step):
    def acted(seed):
        rule = Intervention("rpe", "outcome", probability=0.25, seed=seed, shift=0.0)
        return play([rule], two_step)[1]

    one, again, other = acted(1), acted(1), acted(2)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    n = SESSIONS * 20
    assert one.sum() == pytest.approx(0.25 * n, abs=4 * np.sqrt(n * 0.25 * 0.75))
    assert one[:, :BLOCK].any()
    assert one[:, BLOCK:].any()


@pytest.mark.parametrize("name", CODED)
def test_the_trial_so_far_is_that_of_the_finished_table(name, short_task):
    """Conditions see, at a trial's last event, what the recording's table will say of it."""
    task = short_task(name)
    seen: dict[tuple[int, int], dict[str, float]] = {}

    def look(block):
        if block.n_steps == 0:
            return
        trial = CurrentTrial(task, block, past=True)
        for i in np.flatnonzero(trial.is_at([LAST_MOMENTS[name]])):
            number = int(trial._read("trial_in_session")[0][i])
            seen[i, number] = {key: trial._read(key)[0][i] for key in trial._table}

    engine = make_engine(task, REWARD)
    engine = Engine(engine._weights[0].weights, task, 4)
    log = engine.play(np.random.default_rng(3), look).log
    table = task.trial_table(log)
    assert len(seen) >= 8
    for (i, number), facts in seen.items():
        assert facts, name
        for key, value in facts.items():
            assert value == table[key][1][i, number], (key, i, number)


def test_labels_lists_and_ranges_are_conditions(two_step):
    def acted(condition):
        return play([Intervention("rpe", "outcome", condition)], two_step)

    activity, left = acted({"choice": "left"})
    chosen = activity.log.action[np.maximum(np.arange(len(left)) - 1, 0)]
    outcome = activity.log.before["step"] == 1
    ends = np.arange(len(left)) == len(left) - 1  # nobody hears the last one
    assert np.array_equal(left, outcome & (chosen == 0) & ~ends[:, None])
    assert np.array_equal(acted({"choice": ["left", "right"]})[1], outcome & ~ends[:, None])
    early = acted({"trial_in_session": {"least": 2, "most": 4}})[1]
    trial = activity.log.before["trial"]
    assert np.array_equal(early, outcome & (trial >= 2) & (trial <= 4))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            Intervention("rpe", "pellet"),
            r"at = \['pellet'\]: 'rpe' is changed at events of .* 'outcome'",
        ),
        (Intervention("hidden", "outcome"), r"'hidden' is changed at steps of .*'stage_1'"),
    ],
)
def test_unknown_moments_are_named(two_step, rule, message):
    with pytest.raises(InterventionError, match=message):
        InterventionHook([rule], two_step, RPE, SESSIONS, 1)


@pytest.mark.parametrize(
    "rule", [Intervention("rpe", "outcome"), Intervention("hidden", "stage_1", lstm="value")]
)
def test_a_network_that_reads_rewards_has_no_error_to_change(two_step, rule):
    with pytest.raises(InterventionError, match=r"this network has one LSTM.*feedback = 'rpe'"):
        InterventionHook([rule], two_step, REWARD, SESSIONS, 1)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"mood": 1}, r"no trial variable 'mood' in the task two_step; expected one of .*'choice'"),
        ({"choice": "up"}, r"choice = 'up': expected a number, or one of \['left', 'right'\]"),
        ({"reward": "big"}, r"reward = 'big': expected a number\."),
        ({"reward": {"above": 1}}, r"reward = \{'above': 1\}: expected 'least', 'most' or both"),
        ({"reward": None}, r"reward = None: expected a number or a label"),
    ],
)
def test_wrong_conditions_are_named(two_step, condition, message):
    with pytest.raises(InterventionError, match=message):
        play([Intervention("rpe", "outcome", condition)], two_step)


def test_rules_are_read_back_from_what_a_recording_says_of_them():
    rule = Intervention("hidden", ("stage_1",), {"choice": ["left"]}, gain=0.0, share=0.5, seed=3)
    rules = [*PRESETS.values(), rule]
    assert find_interventions([each.describe() for each in rules]) == rules
    assert PRESETS["block_safe_reward"].describe() == "block_safe_reward"


def test_rules_are_read_from_toml(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[intervention]]\ntarget = "rpe"\nat = "outcome"\nwhen = {reward = 1}\nshift = -1.0\n'
    )
    assert find_interventions([path, "block_safe_reward"]) == [
        Intervention("rpe", ("outcome",), {"reward": 1}, shift=-1.0),
        PRESETS["block_safe_reward"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[intervention", r"rules.toml: not a TOML file"),
        ("[rule]\n", r"rules.toml: found \['rule'\], expected only tables \[\[intervention\]\]"),
        (
            '[[intervention]]\ntarget = "mood"\nat = "outcome"\nvolume = 3\n',
            r"intervention 0: not a valid intervention, 2 fault(.|\n)*volume: unknown key",
        ),
        ('[[intervention]]\ntarget = "rpe"\n', r"at: missing; add it"),
        (
            '[[intervention]]\ntarget = "hidden"\nat = "fixation"\nshift = 1.0\n',
            r"shift: units can be scaled \(gain\), not shifted",
        ),
        (
            '[[intervention]]\ntarget = "rpe"\nat = "outcome"\nshare = 0.5\n',
            r"share and lstm: only with target 'hidden'",
        ),
    ],
)
def test_wrong_files_of_rules_are_named(tmp_path, text, message):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(InterventionError, match=message):
        find_interventions([path])


def test_missing_and_unknown_rules_are_named(tmp_path):
    with pytest.raises(InterventionError, match=r"none.toml: no such file of interventions"):
        find_interventions([tmp_path / "none.toml"])
    with pytest.raises(InterventionError, match=r"Unknown intervention 'lesion'; .*block_risky"):
        find_interventions(["lesion"])
    with pytest.raises(InterventionError, match="is not JSON"):
        find_interventions(["{"])
