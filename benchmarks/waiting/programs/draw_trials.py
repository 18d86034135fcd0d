"""Write a CSV of random two-step trials: `python draw_trials.py TRIALS PATH`."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

TRIALS, SESSIONS = 500, 20  # of a session, and of a subject


def draw_trials(n: int, path: Path, seed: int = 0) -> None:
    """Write `n` trials: subject, session, trial, choice, transition, reward."""
    rng = np.random.default_rng(seed)
    place = np.arange(n)
    pd.DataFrame(
        {
            "subject": np.char.add("rat_", (place // (TRIALS * SESSIONS)).astype(str)),
            "session": place // TRIALS % SESSIONS,
            "trial": place % TRIALS,
            "choice": np.array(["left", "right"])[rng.integers(0, 2, n)],
            "common_transition": (rng.random(n) < 0.8).astype(int),
            "reward": rng.integers(0, 2, n),
        }
    ).to_csv(path, index=False)


if __name__ == "__main__":
    draw_trials(int(sys.argv[1]), Path(sys.argv[2]))
