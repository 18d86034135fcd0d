"""Playing sessions out, and judging shares, for the tests of all tasks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chisquare

from pfc_analysis.tasks.contract import SessionBatch, StepLog, Task

Chooser = Callable[[SessionBatch, np.random.Generator], np.ndarray]


@pytest.fixture(scope="session")
def play_out() -> Callable[..., StepLog]:
    """Play sessions; `choose(batch, rng)` gives the actions of a step."""

    def play(task: Task, choose: Chooser, n_sessions: int = 2000, seed: int = 5) -> StepLog:
        rng = np.random.default_rng(seed)
        batch = SessionBatch(task, task.draw_uniforms(rng, n_sessions))
        played = []
        while not batch.done.all():
            before, shown, active = batch.sessions.copy(), batch.observation.copy(), ~batch.done
            action = choose(batch, rng)
            batch.step(action)
            played.append((before, shown, action, batch.reward.copy(), active))
        return StepLog(*(np.stack(part) for part in zip(*played, strict=True)))

    return play


@pytest.fixture(scope="session")
def valid_at_random() -> Chooser:
    """Centre (0) at the first step of a trial, left (1) or right (2) later."""

    def choose(batch: SessionBatch, rng: np.random.Generator) -> np.ndarray:
        return np.where(batch.sessions.step == 0, 0, rng.integers(1, 3, len(batch.done)))

    return choose


@pytest.fixture(scope="session")
def assert_share() -> Callable[[np.ndarray, float], None]:
    """A chi-square test that would notice a difference of about a percent."""

    def judge(happened: np.ndarray, probability: float) -> None:
        n = happened.size
        assert n > 20_000
        counts = [happened.sum(), n - happened.sum()]
        assert chisquare(counts, [n * probability, n * (1 - probability)]).pvalue > 1e-4

    return judge
