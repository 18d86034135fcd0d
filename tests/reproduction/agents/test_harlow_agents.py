"""Agents of Harlow's task: logs, colours of images, photographs, and moments to show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pfc_analysis.plotting.film_session import SeenSession
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.agents import harlow_agents as sets
from pfc_analysis.reproduction.agents.image_colours import COLOUR_PIXELS
from pfc_analysis.tasks.vision.images import ProceduralImages
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train


@pytest.fixture(scope="module")
def agent(tmp_path_factory, pixel_recipe) -> Path:
    recipe = parse_recipe(
        pixel_recipe.replace("trials = 3", "trials = 2") + '[test_task]\nsplit = "test"\n'
    )
    return train(recipe, tmp_path_factory.mktemp("agent") / "a", workers=1)


def test_logs_of_every_replica(agent):
    logs = sets.read_training_logs(agent)
    assert list(logs) == ["seed_1", "seed_2"]
    assert all({"reward_per_trial", "correct_1", "correct_2"} <= set(log) for log in logs.values())


def test_colours_are_those_of_the_test_images_trial_by_trial(agent):
    played = record("harlow", agent=agent, sessions=20)
    assert sets.read_task(played).split == "test"
    for name, colours in zip(
        ("rewarded_image", "other_image"), sets.compute_mean_colours(played), strict=True
    ):
        assert colours.shape == (played.sizes["trial"], 3)
        for trial in (0, 7, 19):
            image = ProceduralImages("test").draw(played[name].values[[trial]], COLOUR_PIXELS)
            assert colours[trial] == pytest.approx(image[0].reshape(-1, 3).mean(axis=0))


def test_another_task_is_refused():
    with pytest.raises(TypeError, match="found task 'two_step', expected Harlow's, from pixels"):
        sets.read_task(record("two_step", sessions=1, units=False))


def test_photographs_are_shown_to_agents(agent):
    found = sets.record_photographs(agent, 30)
    assert found["rewarded_image"].max() < 108  # tiles of two photographs, at most
    assert len(np.unique(found["rewarded_image"])) > 15
    assert found.sizes["trial"] >= 60
    assert "hidden" not in found


def make_session(steps: str, trials: list[int], correct: list[int]) -> SeenSession:
    letters = {"f": "fixation", "s": "stimuli", "c": "choice", "o": "outcome", "-": ""}
    n = len(steps)
    return SeenSession(np.zeros((n, 2, 2, 3), np.uint8), np.array(trials),
                       tuple(letters[k] for k in steps), np.zeros(n), np.array(correct),
                       "seed_1", np.zeros(n), np.ones((n, 1)), np.zeros(n, int),
                       ("stay",))  # fmt: skip


def test_moments_are_of_the_first_session_with_its_first_trials_done(monkeypatch):
    cut = make_session("ffscc", [0] * 5, [-1, -1])
    whole = make_session("ffsccc-o-fsco", [0] * 9 + [1] * 4, [0, 1])
    monkeypatch.setattr(sets, "watch_sessions", lambda *_, **__: [cut, whole])
    shown, moments = sets.watch_problem(None, "seed_1", seed=1)
    assert shown is whole
    assert moments.tolist() == [1, 2, 5, 7, 9, 10, 11, 12]
    for correct in ([0, 0], [1, 0], [1, 1]):  # the one that was learned from a loss is preferred
        other = make_session("ffsccc-o-fsco", [0] * 9 + [1] * 4, correct)
        monkeypatch.setattr(sets, "watch_sessions", lambda *_, o=other, **__: [o, whole])
        assert sets.watch_problem(None, "seed_1", seed=1)[0] is whole
    monkeypatch.setattr(sets, "watch_sessions", lambda *_, **__: [cut])
    shown, moments = sets.watch_problem(None, "seed_1", seed=1)
    assert shown is cut
    assert moments.tolist() == [1, 2, 4]
