"""What is seen, expected and done is that of the sessions that a recording holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents.watched_sessions import watch_sessions
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train
from pfc_analysis.training.vision.pixel_vision import PixelVision


@pytest.fixture(scope="module")
def agent(tmp_path_factory, pixel_recipe) -> Path:
    recipe = parse_recipe(pixel_recipe)
    return train(recipe, tmp_path_factory.mktemp("agent") / "a", workers=1)


def test_frames_are_the_pictures_that_the_network_was_given(agent, monkeypatch):
    """Pictures are caught on their way into the convolutions: each of a session comes once."""
    given: list[bytes] = []
    see = PixelVision.see

    def catch(vision, views: np.ndarray, *filled) -> None:
        given.extend(view.tobytes() for view in views)
        see(vision, views, *filled)

    monkeypatch.setattr(PixelVision, "see", catch)
    seen = watch_sessions("harlow", agent=agent, sessions=2, seed=5)
    frames = [[frame.tobytes() for frame in session.frames] for session in seen]
    assert set(given) == {frame for session in frames for frame in session}
    assert len(given) < sum(len(session) for session in frames)


def test_sessions_are_those_of_the_recording_with_the_same_seed(agent):
    seen = watch_sessions("harlow", agent=agent, replica=2, sessions=30, seed=5)
    recorded = record("harlow", agent=agent, sessions=30, seed=5)
    recorded = recorded.isel(trial=(recorded["subject"] == "seed_2").values)
    assert {session.subject for session in seen} == {"seed_2"}
    assert sum((session.correct >= 0).sum() for session in seen) > 10
    for k, session in enumerate(seen):
        own = recorded.isel(trial=(recorded["session"] == k).values)
        trials = own["trial_in_session"].values
        done = own["choice"].values >= 0
        assert np.array_equal(session.correct[trials], np.where(done, own["correct"].values, -1))
        assert (np.delete(session.correct, trials) == -1).all()
        for trial, reward in zip(trials, own["reward"].values, strict=True):
            assert session.reward[session.trial == trial].sum() == pytest.approx(reward)


def test_captions_tell_what_the_agent_has_heard(agent):
    """An outcome is told from the first picture after the choice on, not before."""
    for session in watch_sessions("harlow", agent=agent, sessions=30, seed=5):
        earned = 0.0
        for k, line in enumerate(session.captions()):
            trial = session.trial[k]
            assert line.startswith(f"trial {trial + 1} of 3   reward {earned:+.1f}")
            paid = session.reward[:k][session.trial[:k] == trial]
            chosen = np.abs(paid) == 1.0  # 1 or -1 for an image, 0.2 for the cross
            word = "" if not chosen.any() else "correct" if (paid == 1.0).any() else "wrong"
            assert ("correct" in line, "wrong" in line) == (word == "correct", word == "wrong")
            earned += session.reward[k]


def test_value_policy_and_action_are_those_of_the_recorded_units(agent):
    """Value and policy are the readouts of the recorded states, by the formula."""
    seen = watch_sessions("harlow", agent=agent, replica=2, sessions=30, seed=5)
    recorded = record("harlow", agent=agent, sessions=30, seed=5)
    recorded = recorded.isel(trial=(recorded["subject"] == "seed_2").values)
    weights = load_file(agent / "seed_2" / "weights.safetensors")
    names, checked = recorded["step"].values.tolist(), 0
    assert recorded["action"].attrs["labels"] == list(seen[0].actions)
    for row in range(recorded.sizes["trial"]):
        trial = recorded.isel(trial=row)
        session = seen[int(trial["session"])]
        for name in set(session.step) - {""}:
            own = (session.trial == int(trial["trial_in_session"])) & (
                np.array(session.step) == name
            )
            if not own.any():
                continue
            last, here = np.flatnonzero(own)[-1], trial.isel(step=names.index(name))
            hidden = here["hidden"].values.astype(float)
            odds = np.exp(hidden @ weights["policy_weight"] + weights["policy_bias"])
            expected = hidden @ weights["value_weight"][:, 0] + weights["value_bias"][0]
            assert session.policy[last] == pytest.approx(odds / odds.sum(), abs=1e-6)
            assert session.value[last] == pytest.approx(expected, abs=1e-5)
            assert session.value[last] == here["value"]
            assert session.action[last] == here["action"]
            checked += 1
    assert checked > 60
    # Actions are drawn with these probabilities, to four standard errors.
    policy = np.concatenate([session.policy for session in seen])
    drawn = np.concatenate([session.action for session in seen])
    share = np.bincount(drawn, minlength=3) / drawn.size
    assert share == pytest.approx(policy.mean(axis=0), abs=4 * 0.5 / np.sqrt(drawn.size))


def test_pictures_of_a_folder(agent, tmp_path):
    """Test pictures that are red and blue throughout are in what is seen."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for k in range(20):
        colour = (255, k, 0) if k % 2 else (0, k, 255)
        Image.new("RGB", (8, 8), colour).save(folder / f"{k}.png")
    task = {"images": str(folder), "split": "test", "start": 0.0}
    seen = watch_sessions("harlow", agent=agent, sessions=20, task=task)
    looked = [s.frames[k] for s in seen for k, name in enumerate(s.step) if name == "stimuli"]
    assert len(looked) > 5
    pixels = np.concatenate(looked).reshape(-1, 3).astype(int)
    red = (pixels[:, 0] > 250) & (pixels[:, 2] == 0)
    blue = (pixels[:, 2] > 250) & (pixels[:, 0] == 0)
    assert red.any()
    assert blue.any()


def test_faults(agent):
    with pytest.raises(ValueError, match=r"'two_step' shows no pictures to film.*such as harlow"):
        watch_sessions("two_step")
    with pytest.raises(ValueError, match=r"trained on 'harlow', expected 'two_step'"):
        watch_sessions("two_step", agent=agent)
    with pytest.raises(FileNotFoundError, match=r"no replica seed_9; expected one of \['seed_1'"):
        watch_sessions("harlow", agent=agent, replica=9)
    with pytest.raises(ValueError, match="sessions = 0: expected at least 1"):
        watch_sessions("harlow", agent=agent, sessions=0)
