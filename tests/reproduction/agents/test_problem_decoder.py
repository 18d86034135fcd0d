"""Decoders of a film: fitted to other sessions only, calibrated, and blank where few got to."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pfc_analysis.reproduction.agents import film as films
from pfc_analysis.reproduction.agents import problem_decoder as decoders
from pfc_analysis.reproduction.agents.problem_decoder import (
    PlayedSteps,
    ProblemDecoder,
    find_moments,
    fit_slope,
)
from pfc_analysis.reproduction.agents.watched_sessions import find_replica
from pfc_analysis.tasks.harlow import Harlow
from pfc_analysis.tasks.harlow_symbolic import HarlowSymbolic
from pfc_analysis.training.recipes.recipe_files import parse_recipe
from pfc_analysis.training.run.trainer import train


def make_steps(rng, n_sessions: int, n_units: int, signal: float = 0.0):
    """One step of each session: noise, in which unit 0 follows the side; and colours of images."""
    side = rng.integers(0, 2, n_sessions)
    hidden = rng.normal(size=(n_sessions, n_units))
    hidden[:, 0] += signal * (2 * side - 1)
    steps = PlayedSteps(
        session=np.arange(n_sessions),
        moment=np.zeros((n_sessions, 3), np.int64),
        hidden=hidden,
        side=side,
        images=np.zeros((n_sessions, 2), np.int64),
    )
    return steps, rng.normal(size=(2, n_sessions, 3))


def test_moments_count_from_the_last_named_step_of_the_trial():
    trial = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    step = np.array([-1, 0, 0, 1, 2, 2, -1, -1, 0, 1])
    assert find_moments(trial, step).tolist() == [
        [0, -1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 2, 0], [0, 2, 1], [0, 2, 2],
        [1, -1, 0], [1, 0, 0], [1, 1, 0],
    ]  # fmt: skip


def test_noise_is_at_chance_in_sessions_that_decoders_were_not_fitted_to(monkeypatch):
    """Had the film's sessions been among those fitted to, noise would seem to tell the answer."""
    rng = np.random.default_rng(0)
    others, other_colours = make_steps(rng, 300, 150)
    filmed, colours = make_steps(rng, 400, 150)
    decoder = ProblemDecoder(others, other_colours)
    probability, accuracy, n_sessions = decoder.decode(filmed, colours)
    assert np.mean(probability > 0.5, axis=0) == pytest.approx([0.5, 0.5], abs=0.1)
    assert accuracy[0] == pytest.approx([0.5, 0.5], abs=4 * 0.5 / np.sqrt(300))
    assert (n_sessions == 300).all()
    # The control: sessions that they were fitted to. Slopes are 0 where held-out scores are wrong.
    monkeypatch.setattr(decoders, "fit_slope", lambda scores: 1.0)
    own, _, _ = decoder.decode(others, other_colours)
    new, _, _ = decoder.decode(filmed, colours)
    assert (np.mean(own > 0.5, axis=0) > 0.85).all()
    assert np.mean(new > 0.5, axis=0) == pytest.approx([0.5, 0.5], abs=0.1)


def test_a_unit_that_follows_the_side_tells_it_with_calibrated_probability():
    """With a signal of d in noise of 1, the ideal observer is right in Phi(d) of the sessions."""
    rng = np.random.default_rng(1)
    others, other_colours = make_steps(rng, 2000, 3, signal=1.0)
    filmed, colours = make_steps(rng, 4000, 3, signal=1.0)
    probability, accuracy, _ = ProblemDecoder(others, other_colours).decode(filmed, colours)
    assert accuracy[0, 0] == pytest.approx(0.841, abs=0.03)
    assert np.mean(probability[:, 0] > 0.5) == pytest.approx(0.841, abs=0.03)
    ideal = 1 / (1 + np.exp(-2 * filmed.hidden[:, 0] * (2 * filmed.side - 1)))
    assert np.abs(probability[:, 0] - ideal).mean() < 0.04
    assert probability[:, 1].mean() == pytest.approx(0.5, abs=0.03)


def test_steps_that_few_sessions_reached_are_blank():
    rng = np.random.default_rng(1)
    others, other_colours = make_steps(rng, decoders.FEWEST - 1, 3, signal=9.0)
    filmed, colours = make_steps(rng, 5, 3)
    probability, accuracy, n_sessions = ProblemDecoder(others, other_colours).decode(
        filmed, colours
    )
    assert np.isnan(probability).all()
    assert np.isnan(accuracy).all()
    assert (n_sessions == decoders.FEWEST - 1).all()


def test_states_that_are_all_the_same_say_nothing():
    rng = np.random.default_rng(1)
    others, other_colours = make_steps(rng, 200, 3)
    filmed, colours = make_steps(rng, 5, 3)
    others, filmed = (steps._replace(hidden=steps.hidden * 0 + 0.3) for steps in (others, filmed))
    probability, accuracy, _ = ProblemDecoder(others, other_colours).decode(filmed, colours)
    assert (probability == 0.5).all()
    assert (accuracy == 0.5).all()


def test_slope_equals_scikit_learn():
    scores = np.random.default_rng(2).normal(0.7, 1.0, 300)
    certain = 301 / 302
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10)
    rows, answers = np.concatenate([scores, scores])[:, None], np.repeat([1, 0], 300)
    model.fit(rows, answers, np.repeat([certain, 1 - certain], 300))
    assert fit_slope(scores) == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert fit_slope(10 * scores) == pytest.approx(fit_slope(scores) / 10)


@pytest.mark.parametrize("scores", [np.zeros(9), -np.ones(9)])
def test_scores_that_are_of_no_use_give_a_slope_of_0(scores):
    assert fit_slope(scores) == 0.0


def test_scores_that_are_always_right_give_a_finite_slope():
    assert 1 / (1 + np.exp(-fit_slope(np.ones(98)))) == pytest.approx(99 / 100)


def test_no_session_of_a_film_is_among_those_that_its_decoders_are_fitted_to(
    tmp_path, monkeypatch, pixel_recipe
):
    """Patterns never repeat: sessions are others exactly if they share no image."""
    monkeypatch.setattr(decoders, "BATCH", 40)
    recipe = re.sub(r"step_limit = .*\nstart = .*", "step_limit = 20\nstart = 0.0", pixel_recipe)
    agent = train(parse_recipe(recipe), tmp_path / "a", replicas=1, workers=1)
    caught: dict[str, PlayedSteps] = {}

    class Catch(ProblemDecoder):
        def __init__(self, others, colours):
            caught["others"] = others
            super().__init__(others, colours)

        def decode(self, steps, colours):
            caught["filmed"] = steps
            return super().decode(steps, colours)

    monkeypatch.setattr(decoders, "ProblemDecoder", Catch)
    seen = films.film_sessions(find_replica("harlow", agent=agent), 3)
    others, filmed = caught["others"], caught["filmed"]
    assert np.unique(others.session).size == 40 * decoders.BATCHES
    assert np.unique(others.images).size == 2 * 40 * decoders.BATCHES  # no session comes twice
    assert not np.isin(filmed.images, others.images).any()
    for session, decoded in enumerate(one.decoded for one in seen):
        assert len(decoded.probability) == np.sum(filmed.session == session)
        assert decoded.pictures.shape == (2, decoders.PICTURE, decoders.PICTURE, 3)
        assert np.isfinite(decoded.probability[0]).all()


def test_only_tasks_with_two_images_are_decoded():
    assert decoders.has_two_images(Harlow())
    assert not decoders.has_two_images(HarlowSymbolic())
