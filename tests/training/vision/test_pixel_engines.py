"""Both engines for pictures against torch's autograd through every step of every session.

The reference is in double precision, so that nothing hides in rounding; the compiled engine is in
single precision.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from pfc_analysis.tasks import find_task
from pfc_analysis.tasks.contract import SessionBatch
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.training.interface.engine_protocol import EngineProtocol
from pfc_analysis.training.interface.outcome import LossCosts
from pfc_analysis.training.networks import pixel_gradient
from pfc_analysis.training.networks.actor_critic import Episode, actor_critic_loss
from pfc_analysis.training.networks.feedback import Feedback
from pfc_analysis.training.networks.pixel_network import PixelActorCritic
from pfc_analysis.training.networks.pixel_reference import PixelReference
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.replica import Replica, single_thread
from pfc_analysis.training.vision import pixel_engine, pixel_vision
from pfc_analysis.training.vision.conv_weights import PixelSizes, draw_pixel_weights
from pfc_analysis.training.vision.pixel_engine import PixelEngine

TASK = Harlow(view=12, trials=1, step_limit=30, start=5.0, interval=1)
SIZES = PixelSizes((12, 12, 3), (4, 6), (4, 3), (2, 1), 5, 3, 7)
SESSIONS = 9
COSTS = LossCosts(0.9, 0.3, 0.07)
FEEDBACK = Feedback(scale=0.5)


@pytest.fixture
def weights() -> dict[str, np.ndarray]:
    """In double precision, every weight far from 0, so that no term of the gradient can hide."""
    rng = np.random.default_rng(1)
    drawn = draw_pixel_weights(SIZES, rng)
    return {name: weight + 0.1 * rng.normal(size=weight.shape) for name, weight in drawn.items()}


@pytest.fixture(params=["compiled", "torch"])
def make_engine(request) -> Callable[..., EngineProtocol]:
    kind = {"compiled": PixelEngine, "torch": partial(PixelReference, device="cpu")}[request.param]

    def make(weights, n_sessions=SESSIONS, task=TASK) -> EngineProtocol:
        return kind(weights, task, n_sessions, FEEDBACK, strides=SIZES.strides)

    make.exactness = {"compiled": 1e-5, "torch": 1e-6}[request.param]
    return make


def play_plainly(weights, rng, n_sessions=SESSIONS) -> tuple[PixelActorCritic, Episode]:
    """Play every session, also when it is over, and keep everything on the graph."""
    network = PixelActorCritic(weights, SIZES.strides, FEEDBACK)
    batch = SessionBatch(TASK, TASK.draw_uniforms(rng, n_sessions))
    draws = rng.random((TASK.max_steps, n_sessions), dtype=np.float32)
    view, state, action, played = TASK.open_view(n_sessions), network.begin(n_sessions), None, []
    for draw in draws:
        if batch.done.all():
            break
        shown, before = torch.from_numpy(view.render(batch.sessions)), batch.sessions.copy()
        active, paid = torch.from_numpy(~batch.done).double(), torch.from_numpy(batch.reward.copy())
        state = network.step(shown, torch.zeros(n_sessions, 0), action, paid, state)
        policy = network.policy(state.hidden).softmax(-1).detach().numpy()
        found = [
            np.searchsorted(p.cumsum()[:-1], d, "right") for p, d in zip(policy, draw, strict=True)
        ]
        batch.step(np.array(found, np.int64))
        action = torch.tensor(found)
        reward = torch.from_numpy(batch.reward.copy())
        played.append((state.hidden, state.cell, action, action, reward, active, before))
    *tensors, records = zip(*played, strict=True)
    trials = int(batch.sessions["trial"].sum())
    return network, Episode(*map(torch.stack, tensors), np.stack(records), trials)


def test_plays_the_same_sessions_with_the_same_activity(weights, make_engine):
    found = make_engine(weights).play(np.random.default_rng(3))
    network, expected = play_plainly(weights, np.random.default_rng(3))
    active = expected.active.numpy() > 0
    assert np.array_equal(found.log.active, active)
    assert 0.3 < active.mean() < 0.95  # sessions of unequal length
    assert np.array_equal(found.log.before[active], expected.sessions[active])
    assert np.array_equal(found.log.action[active], expected.action.numpy()[active])
    assert np.array_equal(found.log.reward, expected.reward.numpy())
    assert set(np.unique(found.log.action[active])) == {0, 1, 2}
    value = network.value(expected.hidden)
    for name, tensor in (("hidden", expected.hidden), ("cell", expected.cell), ("value", value)):
        array = getattr(found, name)
        assert array.dtype == np.float32
        assert array[active] == pytest.approx(tensor.detach().numpy()[active], rel=1e-5, abs=1e-5)
    assert found.feedback == pytest.approx(0.5 * expected.reward.numpy(), abs=1e-7)
    assert not found.log.observation.any()


@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_gradient_equals_autograd_through_every_step(weights, make_engine, gain):
    engine = make_engine(weights)
    outcome = engine.differentiate(np.random.default_rng(4), COSTS._replace(rpe_gain=gain))
    network, episode = play_plainly(weights, np.random.default_rng(4))
    loss = actor_critic_loss(network, episode, *COSTS._replace(rpe_gain=gain))
    loss.total.backward()
    assert {name for name, _ in network.named_parameters()} == set(engine.gradients)
    for name, parameter in network.named_parameters():
        expected = parameter.grad.numpy()
        assert np.abs(expected).max() > 1e-6, name
        error = np.linalg.norm(engine.gradients[name] - expected) / np.linalg.norm(expected)
        assert error < make_engine.exactness, name
    assert outcome.steps == int(episode.active.sum())
    assert outcome.trials == episode.n_trials
    assert outcome.reward == pytest.approx(float(episode.reward.sum()))
    assert outcome.invalid == 0.0
    for name, part in (("loss", loss.total), ("value_loss", loss.value), ("entropy", loss.entropy)):
        assert getattr(outcome, name) == pytest.approx(float(part.detach()), rel=1e-5)


def test_wrong_choices_are_there_and_are_not_invalid(weights, make_engine):
    engine = make_engine(weights)
    assert (engine.play(np.random.default_rng(4)).log.reward < 0).any()


@pytest.mark.parametrize(("block", "chunk"), [(4, 512), (64, 31), (2, 20)])
def test_blocks_and_chunks_change_nothing(weights, make_engine, monkeypatch, block, chunk):
    whole = make_engine(weights)
    outcome = whole.differentiate(np.random.default_rng(4), COSTS)
    activity = whole.play(np.random.default_rng(4))
    for module in (pixel_engine, pixel_gradient):
        monkeypatch.setattr(module, "BLOCK", block)
    monkeypatch.setitem(pixel_gradient.CHUNK, "cpu", chunk)
    monkeypatch.setattr(pixel_vision, "CHUNK_BYTES", 4 * 5 * 5 * 48 * chunk)
    parts, seen = make_engine(weights), []
    found = parts.differentiate(
        np.random.default_rng(4), COSTS, lambda activity: seen.append(activity.value.shape[1])
    )
    assert sum(seen) == SESSIONS
    assert max(seen) <= block
    for name, gradient in whole.gradients.items():
        assert parts.gradients[name] == pytest.approx(gradient, rel=1e-5, abs=1e-6), name
    for name, value in dataclasses.asdict(outcome).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-6), name
    again = parts.play(np.random.default_rng(4))
    active = activity.log.active
    assert np.array_equal(again.log.active, active)
    assert np.array_equal(again.log.action[active], activity.log.action[active])
    assert again.hidden[active] == pytest.approx(activity.hidden[active], abs=1e-6)


def test_batches_leave_no_trace_on_each_other(weights, make_engine):
    used, fresh = make_engine(weights), make_engine(weights)
    used.differentiate(np.random.default_rng(1), COSTS)
    used.play(np.random.default_rng(3))
    used.differentiate(np.random.default_rng(2), COSTS)
    fresh.differentiate(np.random.default_rng(2), COSTS)
    for name, gradient in fresh.gradients.items():
        assert np.array_equal(gradient, used.gradients[name]), name


def test_pictures_that_are_drawn_anew_at_each_step_change_nothing(
    weights, make_engine, monkeypatch
):
    """A view that does not say what its pictures depend on; every picture then counts as new."""
    whole = make_engine(weights).play(np.random.default_rng(4))
    open_view = Harlow.open_view

    class Plain:
        def __init__(self, view) -> None:
            self.render = view.render

    monkeypatch.setattr(Harlow, "open_view", lambda task, n: Plain(open_view(task, n)))
    found = make_engine(weights).play(np.random.default_rng(4))
    for name, array in whole.arrays().items():
        if array.dtype == np.float32:
            assert found.arrays()[name] == pytest.approx(array, rel=1e-6, abs=1e-6), name
        else:
            assert np.array_equal(found.arrays()[name], array), name


def test_weights_are_read_at_the_time(weights, make_engine):
    engine = make_engine(weights)
    before = engine.play(np.random.default_rng(1)).hidden
    weights["recurrent_weight"][:], weights["recurrent_bias"][:] = 0.0, 0.0
    assert before.any()
    assert not engine.play(np.random.default_rng(1)).hidden.any()


def test_who_watches_training_sees_what_was_played(weights, make_engine):
    engine, seen = make_engine(weights), []
    engine.differentiate(np.random.default_rng(5), COSTS, seen.append)
    watched = {name: gradient.copy() for name, gradient in engine.gradients.items()}
    engine.differentiate(np.random.default_rng(5), COSTS)
    for name, gradient in watched.items():
        assert np.array_equal(gradient, engine.gradients[name])
    played = engine.play(np.random.default_rng(5))
    assert len(seen) == 1
    active = played.log.active
    for name, array in seen[0].arrays().items():
        found = played.arrays()[name]
        if array.dtype == np.float32:
            assert array[active] == pytest.approx(found[active], rel=1e-5, abs=1e-5), name
        else:
            assert np.array_equal(array[active], found[active]), name


def test_pictures_of_another_size_are_refused(weights, make_engine):
    other = dataclasses.replace(TASK, view=20)
    with pytest.raises(ValueError, match=r"pictures of 20 x 20 pixels: .*trained .*another size"):
        make_engine(weights, task=other)


def test_what_it_cannot_play_is_refused(weights, make_engine):
    with pytest.raises(ValueError, match=r"'two_step' shows no pictures.*`make_engine` finds"):
        make_engine(weights, task=find_task("two_step")())
    with pytest.raises(ValueError, match=r"feedback = 'rpe': .*expected 'reward'"):
        PixelEngine(weights, TASK, 2, Feedback("rpe"), strides=(2, 1))


def test_restored_replica_goes_on_as_if_never_stopped(pixel_text):
    recipe = parse_recipe(pixel_text)
    with single_thread():
        whole, first = Replica(recipe, seed=2), Replica(recipe, seed=2)
        for _ in range(5):
            whole.learn()
        for _ in range(2):
            first.learn()
        second = Replica(recipe, seed=2, saved=first.progress())
        for _ in range(3):
            second.learn()
    assert whole.log == second.log
    for name, weight in whole.weights.items():
        assert np.array_equal(weight, second.weights[name])


def test_torch_is_loaded_for_the_reference_alone(tmp_path, small_text, pixel_text):
    for name, text in (("codes", small_text), ("pictures", pixel_text)):
        (tmp_path / f"{name}.toml").write_text(text)
    code = (
        "import sys, pfc_analysis as pfc\n"
        "if __name__ == '__main__':\n"
        "    for name in ('codes', 'pictures'):\n"
        "        pfc.train(name + '.toml', name, replicas=1, workers=1)\n"
        "    for name in ('two_step', 'harlow'):\n"
        "        pfc.record(name, sessions=1)\n"
        "    print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout.decode().strip() == "False"


def test_vision_learns_at_its_share_of_the_rate(pixel_text):
    """At a share of 0 what is seen stays as it was drawn, and the rest learns as without it."""
    recipe = parse_recipe(pixel_text)
    slow = dataclasses.replace(recipe.optimisation, vision_rate=0.0)
    whole, blind = Replica(recipe, 1), Replica(dataclasses.replace(recipe, optimisation=slow), 1)
    drawn = {name: weight.copy() for name, weight in whole.weights.items()}
    whole.learn()
    blind.learn()
    for name, weight in blind.weights.items():
        seen = name.startswith(("conv", "features"))
        assert np.array_equal(weight, (drawn if seen else whole.weights)[name])
        assert not np.array_equal(whole.weights[name], drawn[name])
