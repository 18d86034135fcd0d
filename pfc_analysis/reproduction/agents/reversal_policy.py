"""Win-stay, lose-shift: the ideal observer of serial reversal.

Rewards are certain and reversals cannot be foreseen. So the last outcome alone tells which option
pays now, and no player can do better than to repeat a paid choice and to leave an unpaid one.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.recording.play_log import RECORDING_STREAM, lay_out_trials, list_software
from pfc_analysis.recording.validation import validate
from pfc_analysis.tasks.contract import SessionBatch, StepLog, memory_of
from pfc_analysis.tasks.serial_reversal import CENTRE, LEFT, RIGHT, SerialReversal

OBSERVER = "ideal observer"


def simulate_win_stay(
    task: SerialReversal, *, sessions: int, seed: int, slip: float = 0.0
) -> xr.Dataset:
    """Simulate a player that repeats the option that paid, and leaves the one that did not.

    Parameters
    ----------
    task : SerialReversal
        The task. Where its rewards are not certain, other players can do better.
    sessions : int
        Number of sessions.
    seed : int
        Seed of the sessions, the first choices and the slips.
    slip : float
        Probability that the player chooses the other option than intended; it does not learn from
        the outcome of a slip.

    Returns
    -------
    xarray.Dataset
        A recording with one subject, "ideal observer", or "win-stay" where it slips, and no units.

    Raises
    ------
    ValueError
        If `sessions` is below 1, or `slip` is not between 0 and 1.
    """
    if sessions < 1:
        raise ValueError(f"sessions = {sessions}: expected at least 1.")
    if not 0.0 <= slip <= 1.0:
        raise ValueError(f"slip = {slip}: expected a probability, between 0 and 1.")
    rng = np.random.default_rng([RECORDING_STREAM, seed])
    batch = SessionBatch(task, task.draw_uniforms(rng, sessions))
    log = _play(batch, rng, slip)
    recording = lay_out_trials(task, log, "win-stay" if slip else OBSERVER)
    recording.attrs = {
        "kind": "simulated learner",
        "experiment": task.name,
        "learner": f"win-stay, lose-shift, slip {slip:g}",
        "task": repr(task),
        "seed": seed,
        "software": list_software(),
    }
    return validate(recording, source="simulation of win-stay, lose-shift")


def _play(batch: SessionBatch, rng: np.random.Generator, slip: float) -> StepLog:
    """Play all sessions to their end; return the log of steps."""
    n_sessions = batch.done.size
    wanted = rng.integers(0, 2, n_sessions)
    played = []
    while not batch.done.all():
        records, shown = batch.sessions.copy(), batch.observation.copy()
        choosing = records["step"] == 1
        slips = rng.random(n_sessions) < slip
        option = np.where(slips, 1 - wanted, wanted)
        side = np.where(option == records["option_on_left"], LEFT, RIGHT)
        action, active = np.where(choosing, side, CENTRE), ~batch.done
        batch.step(action)
        wanted = np.where(choosing & ~slips & (batch.reward == 0.0), 1 - wanted, wanted)
        played.append((memory_of(records), shown, action, batch.reward.copy(), active))
    records, *rest = (np.stack(part) for part in zip(*played, strict=True))
    return StepLog(records.view(batch.task.session_type), *rest)
