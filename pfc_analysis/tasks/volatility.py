"""Two arms whose better side changes, seldom or often (Wang et al. 2018, Fig. 3).

One step a trial: pull the left or the right arm, be rewarded or not. The arms' probabilities of
reward sum to one. In a stable phase the better arm stays; in a volatile one the sides are exchanged
again and again. Nothing is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numba import njit

from pfc_analysis.tasks.task import Array, StepLog, Task, check_count, check_probability

LEFT, RIGHT = range(2)
STABLE, VOLATILE = range(2)

SESSION = np.dtype(
    [
        ("trial", np.int64),
        ("step", np.int64),
        ("n_trials", np.int64),
        ("schedule", np.int64),
        ("earliest", np.int64),
        ("latest", np.int64),
        ("change", np.int64),
        ("block", np.int64),
        ("drawn", np.int64),
        ("regime", np.int64),
        ("better", np.int64),
        ("reversal_hazard", np.float64),
        ("switch_hazard", np.float64),
        ("stable_probability", np.float64),
        ("volatile_probability", np.float64),
        ("low_probability", np.float64),
        ("high_probability", np.float64),
        ("probability", np.float64),
        ("volatility", np.float64),
    ],
    align=True,
)

Schedule = Literal["training", "markov", "stable_first", "volatile_first"]
SCHEDULES = get_args(Schedule)
TRAINING, MARKOV, STABLE_FIRST, VOLATILE_FIRST = range(4)

Probabilities = Literal["drawn", "by_regime"]


@njit(cache=True)
def enter_regime(session, regime, uniform):  # type: ignore[no-untyped-def]
    """Begin a phase: what its better arm pays, and how often the sides are exchanged in it."""
    session.regime = regime
    if session.drawn == 1:
        session.probability = session.low_probability if uniform < 0.5 else session.high_probability
    elif regime == STABLE:
        session.probability = session.stable_probability
    else:
        session.probability = session.volatile_probability
    if regime == STABLE:
        session.volatility = 0.0
    elif session.schedule >= STABLE_FIRST:
        session.volatility = 1.0 / session.block
    else:
        session.volatility = session.reversal_hazard


@njit(cache=True)
def follow_schedule(session, uniform):  # type: ignore[no-untyped-def]
    """Bring a test session to its next trial: blocks are counted from the change outwards."""
    since = session.trial - session.change
    if since == 0:
        enter_regime(session, 1 - session.regime, uniform)
    if since == 0 or (session.regime == VOLATILE and since % session.block == 0):
        session.better = 1 - session.better


@njit(cache=True)
def follow_hazards(session, uniform):  # type: ignore[no-untyped-def]
    """Bring a session of the other schedules to its next trial, by uniform numbers 1 to 3."""
    if session.schedule == TRAINING:
        changes = session.trial == session.change
    else:
        changes = uniform[3] < session.switch_hazard
    if changes:
        # As likely to bring a reversal as not.
        enter_regime(session, 1 - session.regime, uniform[1])
        session.better = LEFT if uniform[2] < 0.5 else RIGHT
    elif session.regime == VOLATILE and uniform[2] < session.reversal_hazard:
        session.better = 1 - session.better


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step, which is a trial, of one session.

    Parameters
    ----------
    session : record of `SESSION`
        The session; changed in place.
    action : int
        0 left, 1 right.
    uniform : ndarray, shape (4,)
        Random numbers; the first decides on reward, the others on the next trial.

    Returns
    -------
    float
        Reward, 1 or 0.
    """
    pays = session.probability if action == session.better else 1.0 - session.probability
    session.trial += 1
    if session.schedule >= STABLE_FIRST:
        follow_schedule(session, uniform[1])
    else:
        follow_hazards(session, uniform)
    return 1.0 if uniform[0] < pays else 0.0


@njit(cache=True)
def begin(sessions, uniforms):  # type: ignore[no-untyped-def]
    """Start sessions: draw the better side, the first regime and when it changes."""
    for i in range(sessions.shape[0]):
        session, uniform = sessions[i], uniforms[i]
        session.better = LEFT if uniform[0] < 0.5 else RIGHT
        if session.schedule == STABLE_FIRST:
            regime = STABLE
        elif session.schedule == VOLATILE_FIRST:
            regime = VOLATILE
        else:
            regime = STABLE if uniform[1] < 0.5 else VOLATILE
        choices = session.latest - session.earliest + 1
        session.change = session.earliest + min(int(uniform[2] * choices), choices - 1)
        enter_regime(session, regime, uniform[3])


@njit(cache=True)
def play(memory, actions, uniforms, observations, cues, rewards, done):  # type: ignore[no-untyped-def]
    """Play one step of all sessions that are not done (`Task.play_kernel`)."""
    sessions = memory.view(SESSION)
    for i in range(sessions.shape[0]):
        rewards[i] = 0.0
        if not done[i]:
            rewards[i] = step(sessions[i], actions[i], uniforms[i])
            done[i] = sessions[i].trial == sessions[i].n_trials


@dataclass(frozen=True)
class VolatileBandit(Task):
    """The volatility task of Wang et al. 2018 (simulation 2).

    Parameters
    ----------
    schedule : str
        How regimes and reversals come about.

        - `training`: one change of regime, after `earliest` to `latest` trials, either regime
          first; in volatile phases the sides are exchanged before a trial with probability
          `reversal_hazard`.
        - `markov`: before every trial the regime changes with probability `switch_hazard`; in
          volatile phases the sides are exchanged with probability `reversal_hazard`.
        - `stable_first`, `volatile_first`: the schedules of the test, fixed but for the side. The
          regime changes after half the trials, together with the better side; in the volatile half
          it changes every `block` trials, counted from the change. One is the other's mirror image.

        The process of training is not published; in `training` and `markov` a change of regime
        draws the better side anew, left and right as likely.
    trials : int
        Trials of a session (published: 200).
    probabilities : str
        What the better arm pays in `training` and `markov`: `by_regime`, `stable_probability` or
        `volatile_probability`; `drawn`, in each phase `low_probability` or `high_probability`,
        either as likely, so that it does not tell the regime. Tests are always `by_regime`.
    stable_probability, volatile_probability : float
        Probabilities of reward of the better arm by regime (Behrens et al.: .75 and .8); the other
        arm pays with 1 minus it.
    low_probability, high_probability : float
        The same where it is drawn.
    reversal_hazard, switch_hazard : float
        Probabilities, before a trial, of a reversal in volatile phases, and of a change of regime.
    earliest, latest : int
        Trials of the first phase in `training`, uniform between these. Where that is more than
        `trials`, the regime never changes.
    block : int
        Trials between reversals in the volatile half of a test (the 30 to 40 of Behrens et al., in
        half-sessions shorter in proportion).

    References
    ----------
    Behrens et al. (2007), Nature Neuroscience 10:1214. Wang et al. (2018), Nature Neuroscience
    21:860, Fig. 3.
    """

    schedule: Schedule = "training"
    trials: int = 200
    probabilities: Probabilities = "drawn"
    stable_probability: float = 0.75
    volatile_probability: float = 0.8
    low_probability: float = 0.75
    high_probability: float = 0.85
    reversal_hazard: float = 1 / 18
    switch_hazard: float = 1 / 100
    earliest: int = 60
    latest: int = 140
    block: int = 25

    name = "volatility"
    questions = "volatility"
    session_type = SESSION
    uniforms_per_step = 4
    begin_kernel = staticmethod(begin)
    play_kernel = staticmethod(play)

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule = {self.schedule!r}: expected one of {list(SCHEDULES)}.")
        if self.probabilities not in get_args(Probabilities):
            raise ValueError(
                f"probabilities = {self.probabilities!r}: expected 'drawn' or 'by_regime'."
            )
        for side in ("stable", "volatile", "low", "high"):
            check_probability(f"{side}_probability", getattr(self, f"{side}_probability"))
        for hazard in ("reversal_hazard", "switch_hazard"):
            check_probability(hazard, getattr(self, hazard))
        for count in ("trials", "earliest", "block"):
            check_count(count, getattr(self, count))
        if self.latest < self.earliest:
            raise ValueError(
                f"latest = {self.latest!r}: expected at least earliest, {self.earliest}."
            )

    @property
    def observations(self) -> tuple[str, ...]:
        """What is shown: always the same."""
        return ("arms",)

    @property
    def actions(self) -> tuple[str, ...]:
        """What can be done, by code."""
        return ("left", "right")

    @property
    def steps(self) -> tuple[str, ...]:
        """Decision steps of a trial."""
        return ("choice",)

    @property
    def events(self) -> tuple[str, ...]:
        """What arrives after each of them."""
        return ("outcome",)

    @property
    def n_trials(self) -> int:
        """Trials of a session."""
        return self.trials

    def settings(self) -> dict[str, float]:
        """Fields of the session's record that hold settings, by name."""
        in_test = self.schedule in ("stable_first", "volatile_first")
        same = [
            *("stable_probability", "volatile_probability", "low_probability", "high_probability"),
            *("reversal_hazard", "switch_hazard", "block"),
        ]
        return {name: getattr(self, name) for name in same} | {
            "n_trials": self.trials,
            "schedule": SCHEDULES.index(self.schedule),
            "earliest": self.trials // 2 if in_test else self.earliest,
            "latest": self.trials // 2 if in_test else self.latest,
            "drawn": int(self.probabilities == "drawn" and not in_test),
        }

    def trial_table(self, log: StepLog) -> dict[str, tuple[tuple[str, ...], Array, dict[str, Any]]]:
        """Trial table: choice, reward, what the arms pay, the regime and its hazard."""

        def by_trial(values: Array) -> Array:
            return log.by_trial(values, self.trials, len(self.steps), -1)[:, :, 0]

        better, pays = by_trial(log.before["better"]), by_trial(log.before["probability"])
        paid = [np.where(better == side, pays, 1.0 - pays) for side in (LEFT, RIGHT)]
        arms = ["left", "right"]
        return {
            "choice": (("trial",), by_trial(log.action).astype(np.int8), {"labels": arms}),
            "reward": (("trial",), by_trial(log.reward), {}),
            "reward_probability": (("trial", "arm"), np.stack(paid, axis=-1), {}),
            "regime": (("trial",), by_trial(log.before["regime"]).astype(np.int8), {}),
            "volatility": (("trial",), by_trial(log.before["volatility"]), {}),
            "arm": (("arm",), np.array(arms), {}),
        }
