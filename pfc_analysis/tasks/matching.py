"""The matching task: two baited arms (Tsutsui et al. 2016; Wang et al. 2018, Fig. 2).

In a trial the agent fixates and then chooses left or right. Each arm has a base probability of
reward. The more trials an arm was not chosen, the more likely it pays, so that the best policy
visits both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptStep,
    Task,
    draw_number,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

FIXATION, TARGETS = range(2)
CENTRE, LEFT, RIGHT = range(3)
GAPS, WHOLE = range(2)


@njit(cache=True)
def baited(base, waited):  # type: ignore[no-untyped-def]
    """Reward probability of an arm that was not chosen for n trials: 1 - (1 - p)^(n + 1)."""
    return 1.0 - (1.0 - base) ** (waited + 1)


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right.
    Random numbers: the first decides whether the arm pays.

    Returns
    -------
    observation : int
        0 fixation, 1 targets.
    reward : float
        1 or 0 at the end of a trial; -1 for an invalid response, which ends the trial and does not
        change the arms.
    """
    fixating = session.step == FIXATION
    if (action == CENTRE) != fixating:
        session.trial += 1
        session.step = FIXATION
        return FIXATION, -1.0

    if fixating:
        session.step = TARGETS
        return TARGETS, 0.0

    if action == LEFT:
        probability = baited(session.left, session.waited_left)
        session.waited_left, session.waited_right = 0, session.waited_right + 1
    else:
        probability = baited(session.right, session.waited_right)
        session.waited_left, session.waited_right = session.waited_left + 1, 0
    session.trial += 1
    session.step = FIXATION
    return FIXATION, 1.0 if uniform[0] < probability else 0.0


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the base probabilities (their sum is `total`) and its length."""
    share = uniform[0]
    if session.range == GAPS:
        # Three fifths of the range: [0, .2], [.4, .6] and [.8, 1] of the total.
        piece = min(int(3.0 * share), 2)
        share = 0.4 * piece + 0.2 * (3.0 * share - piece)
    session.left = session.total * share
    session.right = session.total - session.left
    lengths = session.longest - session.shortest + 1
    session.n_trials = session.shortest + draw_number(uniform[1], lengths)


@dataclass(frozen=True)
class Matching(Task):
    """The matching task of Wang et al. 2018 (simulation 1).

    Parameters
    ----------
    total : float
        Sum of the arms' base probabilities of reward (published: 0.5).
    range : str
        Where the left arm's base probability is drawn from (published). `gaps`, for training: it is
        uniform on the first, third and fifth fifth of [0, total]. `whole`, for testing: it is
        uniform on [0, total].
    shortest, longest : int
        The number of trials of a session is drawn uniformly between these (published for training:
        50 to 100).
    """

    total: Probability = 0.5
    range: Literal["gaps", "whole"] = "gaps"
    shortest: Count = 50
    longest: Count = 100

    name = "matching"
    questions = "matching"
    uniforms_per_step = 2
    observations = ("fixation", "targets")
    actions = ("centre", "left", "right")
    steps = ("fixation", "choice")
    events = ("targets", "outcome")

    class Session:
        """Base probabilities of reward, and trials since each arm was last chosen."""

        left: float
        right: float
        waited_left: int
        waited_right: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.longest < self.shortest:
            raise ValueError(
                f"longest = {self.longest!r}: expected at least shortest, {self.shortest}."
            )

    @property
    def n_trials(self) -> int:
        """Largest number of trials of a session."""
        return self.longest

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: choice, reward, base probabilities, trials since each choice."""
        return {
            "choice": code(trials.choice("choice", LEFT), LEFT_RIGHT),
            "reward": number(trials.reward),
            "invalid": code(trials.invalid),
            "base_probability": per_arm([trials.hidden(arm) for arm in LEFT_RIGHT]),
            "trials_since_choice": per_arm([trials.hidden(f"waited_{arm}") for arm in LEFT_RIGHT]),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice` and `reward`."""
        choice = trials.code("choice", LEFT_RIGHT)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "choice": ScriptStep(TARGETS, choice + LEFT, trials.earned(0.0, 1.0)),
        }
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)
