"""Films: every step, the same bytes, as page or GIF, of any task with pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pfc_analysis as pfc
from pfc_analysis.reproduction.agents import problem_decoder
from pfc_analysis.reproduction.agents.watched_sessions import watch_sessions
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train

LAMP = '''"""A lamp is red or green; looking away, action 1, pays when it is red."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import Count, Task, number


@njit(cache=True)
def begin(session, uniform):
    session.red = uniform[0] < 0.5


@njit(cache=True)
def step(session, action, uniform):
    reward = 1.0 if action == session.red else 0.0
    session.red = uniform[0] < 0.5
    session.trial += 1
    return 0, reward


class LampView:
    def render(self, sessions):
        pictures = np.zeros((len(sessions), 8, 10, 3), np.uint8)
        pictures[:, 2:6, 3:7, 0] = np.where(sessions["red"], 250, 20)[:, None, None]
        pictures[:, 2:6, 3:7, 1] = np.where(sessions["red"], 20, 250)[:, None, None]
        return pictures


@dataclass(frozen=True)
class Lamp(Task):
    """A lamp.

    Parameters
    ----------
    trials : int
        Trials of a session.
    """

    trials: Count = 4

    name = "lamp"
    observations = ("view",)
    actions = ("look", "look_away")
    steps = ("lamp",)

    class Session:
        red: int

    @property
    def view_shape(self):
        return (8, 10, 3)

    def open_view(self, n_sessions):
        return LampView()

    def tabulate(self, trials):
        return {"reward": number(trials.reward)}
'''


@pytest.fixture(scope="module", autouse=True)
def few_sessions():
    """Decoders of fewer sessions, to save time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_decoder, "BATCHES", 2)
        patch.setattr(problem_decoder, "BATCH", 60)
        yield


@pytest.fixture(scope="module")
def agent(tmp_path_factory, pixel_recipe) -> Path:
    recipe = parse_recipe(pixel_recipe.replace("step_limit = 50", "step_limit = 30"))
    return train(recipe, tmp_path_factory.mktemp("agent") / "a", workers=1)


def read_steps(page: Path) -> list[dict]:
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="film">(.*?)</script>', text, re.DOTALL).group(1))["steps"]


@pytest.mark.parametrize("ending", [".gif", ".html"])
def test_same_call_same_bytes(agent, tmp_path, ending):
    paths = [pfc.film("harlow", tmp_path / f"{name}{ending}", agent=agent) for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    other = pfc.film("harlow", tmp_path / f"c{ending}", agent=agent, seed=9)
    assert other.read_bytes() != paths[0].read_bytes()


def test_animation_shows_every_step_and_is_small(agent, tmp_path):
    path = pfc.film("harlow", tmp_path / "a.gif", agent=agent, sessions=2)
    frames = sum(len(s.frames) for s in watch_sessions("harlow", agent=agent, sessions=2))
    with Image.open(path) as picture:
        # GIF joins pictures that are alike into one that stays longer.
        shown = 0
        for k in range(picture.n_frames):
            picture.seek(k)
            shown += picture.info["duration"]
    assert shown == 150 * frames
    assert path.stat().st_size < 3e6


def test_page_shows_the_sessions_that_are_watched_with_the_same_seed(agent, tmp_path):
    page = pfc.film("harlow", tmp_path / "a.html", agent=agent, replica=2, sessions=2, seed=7)
    seen = watch_sessions("harlow", agent=agent, replica=2, sessions=2, seed=7)
    steps = read_steps(page)
    value = np.concatenate([session.value for session in seen])
    policy = np.concatenate([session.policy for session in seen])
    action = np.concatenate([session.action for session in seen])
    assert [step["value"] for step in steps] == pytest.approx(value.tolist(), abs=1e-4)
    assert np.array([step["policy"] for step in steps]) == pytest.approx(policy, abs=1e-4)
    assert [step["action"] for step in steps] == action.tolist()
    assert {step["decoded"]["others"] for step in steps} >= {120}
    assert "replica 2, sessions of seed 7" in page.read_text(encoding="utf-8")


def test_own_task_with_pictures_but_no_two_images(tmp_path, pixel_recipe):
    folder = tmp_path / "lamp"
    folder.mkdir()
    (folder / "task.py").write_text(LAMP)
    recipe = pixel_recipe.replace('"harlow"', '"lamp"')
    recipe = re.sub(r"\[task\].*?\[network\]", "[network]", recipe, flags=re.DOTALL)
    (folder / "recipe.toml").write_text(recipe)
    agent = pfc.train(folder, tmp_path / "agent", replicas=1, workers=1)
    steps = read_steps(pfc.film(folder, tmp_path / "lamp.html", agent=agent))
    assert [step["caption"].split(" reward")[0] for step in steps] == [
        f"trial {k} of 4" for k in (1, 2, 3, 4)
    ]
    assert all(step["decoded"] is None and len(step["policy"]) == 2 for step in steps)
    with Image.open(pfc.film(folder, tmp_path / "lamp.gif", agent=agent)) as picture:
        assert picture.size[0] == 250 + 340 + 30


def test_faults_are_told_before_anything_is_played(agent, tmp_path):
    with pytest.raises(ValueError, match=r"a.mp4: expected a name that ends in .gif or .html"):
        pfc.film("harlow", tmp_path / "a.mp4", agent=agent)
    with pytest.raises(ValueError, match=r"seconds = 0.0: expected at least 0.02"):
        pfc.film("harlow", tmp_path / "a.html", agent=agent, seconds=0.0)
    with pytest.raises(ValueError, match=r"'two_step' shows no pictures to film"):
        pfc.film("two_step", tmp_path / "a.html")
    assert not list(tmp_path.iterdir())
