"""Who repeats what paid and leaves what did not: the best that can be done in serial reversal.

Where reward is certain and nobody can foresee a reversal, each outcome tells what pays now and
nothing before it matters: one error tells, and win-stay, lose-shift is the ideal observer.
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
    """Let a player repeat the option that paid, and leave the one that did not.

    Parameters
    ----------
    task : SerialReversal
        What is played. With rewards that are not certain the player is not the best there is.
    sessions : int
        Number of sessions.
    seed : int
        Of the sessions, the first choices and the slips.
    slip : float
        Probability that a choice is the other option than the one wanted; the player does not
        learn from the outcome of a slip.

    Returns
    -------
    xarray.Dataset
        A recording with one subject, "ideal observer", or "win-stay" where it slips, and no units.

    Raises
    ------
    ValueError
        If there is no session, or the slip is no probability.
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
    """Play all sessions to their ends."""
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
