"""Made-up sessions of a film, with and without what was decoded."""

from __future__ import annotations

import numpy as np

from pfc_analysis.plotting.film_session import DecodedProblem, SeenSession


def make_session(n: int = 8, decoded: bool = True, seed: int = 0) -> SeenSession:
    """A session of n steps in two trials; the last but one step has no decoder."""
    rng = np.random.default_rng(seed)
    policy = rng.dirichlet(np.ones(3), n)
    reward = np.zeros(n)
    reward[[1, n // 2]] = 1.0, -0.5
    probability = rng.uniform(size=(n, 2))
    probability[n - 2] = np.nan
    known = DecodedProblem(
        probability=probability,
        accuracy=np.where(np.isnan(probability), np.nan, 0.75),
        n_sessions=np.arange(n) + 200,
        rewarded_side=rng.integers(0, 2, n),
        pictures=rng.integers(0, 256, (2, 6, 6, 3)).astype(np.uint8),
        images=np.tile([1, 0], (n, 1)),
    )
    return SeenSession(
        frames=rng.integers(0, 256, (n, 10, 12, 3)).astype(np.uint8),
        trial=np.repeat([0, 1], [n // 2, n - n // 2]),
        step=("fixation", "", *["choice"] * (n - 2)),
        reward=reward,
        correct=np.array([1, -1]),
        subject="seed_4",
        value=rng.normal(size=n).astype(np.float32),
        policy=policy,
        action=policy.argmin(axis=1),
        actions=("rotate_left", "rotate_right", "stay"),
        decoded=known if decoded else None,
    )
