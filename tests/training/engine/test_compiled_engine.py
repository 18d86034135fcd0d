"""The compiled engine against torch's autograd: activity, actions, loss and gradient."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numba import njit, vectorize

from pfc_analysis.tasks import find_task, list_tasks
from pfc_analysis.training.engine import kernels
from pfc_analysis.training.engine.compiled_engine import BLOCK, Engine
from pfc_analysis.training.engine.packing import PackedGradient, pack
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks.actor_critic import Reference
from pfc_analysis.training.networks.feedback import REWARD, Feedback
from pfc_analysis.training.networks.weights import Weights, draw_weights, sizes_of
from pfc_analysis.training.run import replica as replica_module
from pfc_analysis.training.run.replica import Replica, load_engine, single_thread
from pfc_analysis.training.run.trainer import train

COSTS = LossCosts(0.9, 0.3, 0.07)
SESSIONS = 16

CODED = [name for name in list_tasks() if find_task(name)().view_shape is None]
"""Tasks without pictures: those that these engines play."""

ONE_LSTM, TWO_LSTMS, SCALED = REWARD, Feedback("rpe"), Feedback("rpe", 0.3, 0.8)
TWO_STEP, BANDIT = ("two_step", {}), ("bandit", {})

AGREEMENT = [
    # Every task: its own compiled steps, and its numbers of observations, cues and actions.
    *(
        ((name, {}), (5, feedback), SESSIONS)
        for name in CODED
        for feedback in (ONE_LSTM, TWO_LSTMS)
    ),
    # Sessions that all last equally long; those of two_step with fixation end early.
    *((("two_step", {"fixation": False}), (5, each), SESSIONS) for each in (ONE_LSTM, TWO_LSTMS)),
    # The published number of units, which fills vector registers as five units do not; a block of
    # sessions and a smaller one; with a cue (bandit) and without one.
    *((task, (48, each), BLOCK + 6) for task in (TWO_STEP, BANDIT) for each in (ONE_LSTM, SCALED)),
    # A block of one session.
    *((task, (5, each), 1) for task in (TWO_STEP, BANDIT) for each in (ONE_LSTM, SCALED)),
    # Exactly one full block.
    (TWO_STEP, (48, ONE_LSTM), BLOCK),
    # Rewards that are scaled on their way in.
    (TWO_STEP, (5, Feedback("reward", 0.3)), SESSIONS),
]
"""Task with its settings, units with their feedback, sessions: what the engines must agree on."""


def name_part(part) -> str:
    """Name one part of a case of `AGREEMENT`."""
    if isinstance(part, tuple):
        first, second = part
        return f"{first}-{second.signal if isinstance(second, Feedback) else second or ''}"
    return str(part)


agreement = pytest.mark.parametrize(
    ("task", "network", "n_sessions"), AGREEMENT, indirect=["task", "network"], ids=name_part
)


# What does not depend on the task is tested where sessions end early, and with a cue.
@pytest.fixture(params=[TWO_STEP, BANDIT], ids=name_part)
def task(request, short_task):
    name, settings = request.param
    return short_task(name, **settings)


@pytest.fixture(params=[(48, ONE_LSTM), (5, SCALED)], ids=name_part)
def network(request) -> tuple[int, Feedback]:
    """Units of each LSTM, and what the network reads."""
    return request.param


@pytest.fixture
def feedback(network) -> Feedback:
    return network[1]


@pytest.fixture
def weights(network, task) -> Weights:
    """With every weight far from 0, so that no term of the gradient can hide."""
    rng = np.random.default_rng(1)
    units, feedback = network
    weights = draw_weights(sizes_of(task, units, feedback.is_rpe), rng)
    for weight in weights.values():
        weight += 0.1 * rng.normal(size=weight.shape).astype(np.float32)
    weights["policy_weight"] *= 4.0
    return weights


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@agreement
def test_plays_the_same_sessions_with_the_same_activity(task, weights, feedback, n_sessions):
    mine, theirs = (
        engine(weights, task, n_sessions, feedback).play(np.random.default_rng(3))
        for engine in (Engine, Reference)
    )
    active = theirs.log.active
    assert np.array_equal(mine.log.active, active)
    for name in ("before", "observation", "action", "reward"):
        logged = getattr(mine.log, name)[active], getattr(theirs.log, name)[active]
        if name == "reward":  # torch keeps it in single precision, which 0.2 is not
            assert np.array_equal(logged[0].astype(np.float32), logged[1].astype(np.float32))
        else:
            assert np.array_equal(*logged), name
        assert logged[0].dtype == logged[1].dtype
    for name in ("hidden", "cell", "value"):
        found, expected = getattr(mine, name)[active], getattr(theirs, name)[active]
        assert relative(found, expected) < 1e-5, name
        assert found.dtype == np.float32
    told = active[1:]  # what the last step of a session came to is told to nobody
    assert relative(mine.feedback[:-1][told], theirs.feedback[:-1][told]) < 1e-4


def test_sessions_that_end_at_different_steps_are_among_them():
    task = find_task("two_step")(trials=12)
    weights = draw_weights(sizes_of(task, 5), np.random.default_rng(1))
    active = Engine(weights, task, SESSIONS).play(np.random.default_rng(3)).log.active
    assert 0.5 < active.mean() < 1.0


@agreement
def test_gradient_equals_autograd(task, weights, feedback, n_sessions):
    reference, engine = (kind(weights, task, n_sessions, feedback) for kind in (Reference, Engine))
    theirs = reference.differentiate(np.random.default_rng(4), COSTS)
    mine = engine.differentiate(np.random.default_rng(4), COSTS)
    whole = np.sqrt(sum((gradient**2).sum() for gradient in reference.gradients.values()))
    for name, expected in reference.gradients.items():
        # What cancels to nearly nothing in a weight is held to the size of the whole.
        close = 1e-5 * np.linalg.norm(expected) + 1e-7 * whole
        assert np.linalg.norm(engine.gradients[name] - expected) < close, name
    for name in ("steps", "trials", "invalid"):
        assert getattr(mine, name) == getattr(theirs, name)
    assert mine.reward == pytest.approx(theirs.reward, rel=1e-6, abs=1e-6)
    for name in ("loss", "value_loss", "entropy"):
        # Terms of the loss, about 1 in size, may cancel.
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name), rel=1e-5, abs=1e-6)


def test_trials_are_counted_as_played(task, weights, feedback):
    """The longest session's length would count trials that shorter ones do not have."""
    engine = Engine(weights, task, SESSIONS, feedback)
    played = engine.play(np.random.default_rng(4)).log
    last = np.array([played.before["trial"][played.active[:, i], i].max() for i in range(SESSIONS)])
    outcome = engine.differentiate(np.random.default_rng(4), COSTS)
    assert outcome.trials == (last + 1).sum()


def test_each_term_of_the_gradient_alone(task, weights, feedback):
    """The costs weigh the terms: a wrong sign of a small one must not hide behind the others."""
    reference, engine = (kind(weights, task, SESSIONS, feedback) for kind in (Reference, Engine))
    for costs, gain in (((0.0, 0.0), 1.0), ((5.0, 0.0), 1.0), ((0.0, 5.0), 1.0), ((2.0, 0.5), 0.3)):
        for each in (reference, engine):
            each.differentiate(np.random.default_rng(7), LossCosts(0.9, *costs, rpe_gain=gain))
        for name in reference.gradients:
            if "recurrent_weight" in name and reference.gradients[name].any():
                expected = reference.gradients[name]
                assert relative(engine.gradients[name], expected) < 1e-5, (name, costs)


def test_without_prediction_errors_only_entropy_teaches(task, weights, feedback):
    engine = Engine(weights, task, SESSIONS, feedback)
    engine.differentiate(np.random.default_rng(7), LossCosts(0.9, 5.0, 0.5, rpe_gain=0.0))
    untaught = {name: gradient.copy() for name, gradient in engine.gradients.items()}
    engine.differentiate(np.random.default_rng(7), LossCosts(0.9, 5.0, 0.0, rpe_gain=0.0))
    assert untaught["policy_weight"].any()
    assert not untaught["value_weight"].any()
    assert not any(gradient.any() for gradient in engine.gradients.values())


def test_no_gradient_passes_through_the_error_that_is_fed_back(task, weights, feedback):
    """The policy's loss leaves the value's LSTM alone, whose output it reads."""
    engine = Engine(weights, task, SESSIONS, feedback)
    engine.differentiate(np.random.default_rng(7), LossCosts(0.9, 0.0, 0.5))
    own = [name for name in weights if name.startswith("value_")]
    assert len(own) == (6 if feedback.is_rpe else 2)
    assert not any(engine.gradients[name].any() for name in own)
    assert engine.gradients["recurrent_weight"].any()


def test_batches_leave_no_trace_on_each_other(task, weights, feedback):
    used, fresh = (Engine(weights, task, SESSIONS, feedback) for _ in range(2))
    used.differentiate(np.random.default_rng(1), COSTS)
    used.play(np.random.default_rng(3))
    used.differentiate(np.random.default_rng(2), COSTS)
    fresh.differentiate(np.random.default_rng(2), COSTS)
    for name, gradient in fresh.gradients.items():
        assert np.array_equal(gradient, used.gradients[name]), name


def test_activity_is_not_overwritten_by_what_is_played_next(task, weights, feedback):
    engine = Engine(weights, task, SESSIONS, feedback)
    first = engine.play(np.random.default_rng(1))
    kept = first.hidden.copy(), first.log.action.copy(), first.log.before.copy()
    engine.play(np.random.default_rng(2))
    assert np.array_equal(kept[0], first.hidden)
    assert np.array_equal(kept[1], first.log.action)
    assert np.array_equal(kept[2], first.log.before)


@pytest.mark.parametrize("kind", [Engine, Reference])
def test_who_watches_training_sees_what_was_played(task, weights, feedback, kind):
    engine, seen = kind(weights, task, BLOCK + 6, feedback), []

    def watch(activity):
        seen.append((activity.log.action.copy(), activity.hidden.copy(), activity.value.copy()))

    engine.differentiate(np.random.default_rng(5), COSTS, watch)
    watched = {name: gradient.copy() for name, gradient in engine.gradients.items()}
    engine.differentiate(np.random.default_rng(5), COSTS)
    for name, gradient in watched.items():
        assert np.array_equal(gradient, engine.gradients[name])
    played, start = kind(weights, task, BLOCK + 6, feedback).play(np.random.default_rng(5)), 0
    for action, hidden, value in seen:
        sessions = slice(start, start := start + action.shape[1])
        n_steps = len(action)
        assert np.array_equal(action, played.log.action[:n_steps, sessions])
        assert np.array_equal(hidden, played.hidden[:n_steps, sessions])
        assert np.array_equal(value, played.value[:n_steps, sessions])
    assert start == BLOCK + 6


def test_weights_are_read_at_the_time(task, weights, feedback):
    engine = Engine(weights, task, SESSIONS, feedback)
    for name in weights:
        if any(part in name for part in ("recurrent_weight", "recurrent_bias", "initial_cell")):
            weights[name][:] = 0.0
    assert (engine.play(np.random.default_rng(1)).hidden == 0).all()


def test_packed_weights_lie_where_their_gradients_do(weights, feedback):
    """The gradient of half the sum of squared weights is the weights themselves."""
    unpacked = {name: np.zeros_like(weight) for name, weight in weights.items()}
    n_units = len(weights["policy_weight"])
    for packed in pack(weights, feedback.is_rpe):
        packed.read()
        gradient = PackedGradient(packed)
        gradient.gates, gradient.readout = packed.gates, packed.readout
        gradient.start = packed.start
        gradient.write(unpacked, 1)
        assert np.array_equal(packed.back.T, packed.gates[:n_units])
        assert np.array_equal(packed.readout_back.T, packed.readout[:n_units])
    for name, weight in weights.items():
        assert np.array_equal(unpacked[name], weight), name


def test_engines_train_alike_to_rounding(small_recipe):
    runs = []
    for engine in ("compiled", "torch"):
        replica = Replica(small_recipe, seed=2, engine=engine)
        with single_thread(engine):
            replica.learn()
            replica.learn()
        runs.append(replica)
    assert np.allclose(runs[0].log, runs[1].log, rtol=1e-4)
    weights = [run.weights["recurrent_weight"] for run in runs]
    assert relative(*weights) < 1e-4


@pytest.mark.parametrize("engine", ["compiled", "torch"])
def test_replica_learns_alike_watched_or_not(small_recipe, engine):
    watched, alone = (Replica(small_recipe, seed=2, engine=engine) for _ in range(2))
    steps = []
    with single_thread(engine):
        watched.learn(lambda activity: steps.append(activity.log.active.sum()))
        alone.learn()
    assert sum(steps) == watched.log[0][2] > 0
    assert watched.log == alone.log
    for name, weight in watched.weights.items():
        assert np.array_equal(weight, alone.weights[name])


def test_without_torch_its_engine_names_the_extra(tmp_path, small_recipe, monkeypatch):
    monkeypatch.setattr(replica_module, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[torch\]'"):
        train(small_recipe, tmp_path / "agent", engine="torch")
    assert not (tmp_path / "agent").exists()


def test_unknown_engine_is_named():
    with pytest.raises(ValueError, match=r"Unknown engine 'jax'; expected one of \['compiled'"):
        load_engine("jax", pictures=False)


@pytest.mark.parametrize("kind", [Engine, Reference])
def test_pictures_are_refused(kind):
    task = find_task("harlow")()
    weights = draw_weights(sizes_of(task, 5), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"'harlow' shows pictures.*`make_engine` finds"):
        kind(weights, task, 2)


@pytest.mark.parametrize("kind", [Engine, Reference])
@pytest.mark.parametrize(("name", "punished"), [("two_step", True), ("harlow_symbolic", False)])
def test_rewards_below_zero_are_invalid_responses_where_the_task_says_so(
    kind, name, punished, short_task
):
    task = short_task(name)
    engine = kind(draw_weights(sizes_of(task, 5), np.random.default_rng(1)), task, SESSIONS)
    reward = engine.play(np.random.default_rng(4)).log.reward
    assert (reward < 0).any()
    outcome = engine.differentiate(np.random.default_rng(4), COSTS)
    assert outcome.invalid == (reward < 0).sum() * punished


def test_tanh_is_tanh_to_single_precision():
    inputs = np.linspace(-20, 20, 200_001, dtype=np.float32)
    found = vectorize(kernels.tanh.py_func)(inputs)
    assert np.abs(found - np.tanh(inputs.astype(np.float64))).max() < 5e-7


@pytest.mark.parametrize("draw", [0.0, 0.2, 0.5, 0.999999, np.nextafter(np.float32(1), 0)])
def test_actions_are_drawn_by_inverting_the_cumulative_policy(draw):
    logits = np.log(np.array([[0.2, 0.3, 0.5, 7.0]], np.float32))  # the last one is a value
    policy, action = np.zeros((1, 3), np.float32), np.zeros(1, np.int64)
    njit(kernels.sample_actions.py_func)(logits, np.array([draw], np.float32), policy, action)
    assert policy[0] == pytest.approx([0.2, 0.3, 0.5], rel=1e-6)
    assert logits[0, :3] == pytest.approx(np.log(policy[0]), rel=1e-6)
    assert logits[0, 3] == pytest.approx(np.log(7.0))
    assert action[0] == min(np.searchsorted(policy[0].cumsum(), draw, side="right"), 2)


def test_arrays_begin_at_a_line_of_the_cache():
    for shape in ((3, 5), (64, 192), (1, 1)):
        array = kernels.aligned(*shape)
        assert (array.shape, array.dtype, array.any()) == (shape, np.float32, False)
        assert array.ctypes.data % 64 == 0


def test_kernels_are_loaded_not_compiled_in_the_next_process_and_torch_is_not():
    """Compiled for one signature each, whatever the task; otherwise every process would wait."""
    code = (
        "import sys, numpy as np; from pfc_analysis.tasks import find_task; "
        "from pfc_analysis.training.engine import gradient_kernels, play_kernels; "
        "from pfc_analysis.training.engine.compiled_engine import Engine; "
        "from pfc_analysis.training.interface.outcome import LossCosts; "
        "from pfc_analysis.training.networks.weights import draw_weights, sizes_of; "
        "task = find_task('two_step')(trials=2); "
        "weights = draw_weights(sizes_of(task, 5), np.random.default_rng(0)); "
        "costs = LossCosts(0.9, 0.1, 0.1); "
        "Engine(weights, task, 2).differentiate(np.random.default_rng(0), costs); "
        "used = (play_kernels.play_block, gradient_kernels.backpropagate, task.play_kernel); "
        "print([kernel.stats.cache_misses.total() for kernel in used], 'torch' in sys.modules)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[0, 0, 0] False"
