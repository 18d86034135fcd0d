"""Two-armed bandits whose arms pay the same throughout a session (Wang et al. 2018, Fig. 1).

One step a trial: pull the left or the right arm, be rewarded or not. Nothing is shown but the
number of the trial; what the arms pay, the agent must find out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numba import njit

from pfc_analysis.tasks.contract import LEFT_RIGHT, Count, Probability, Task
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

LEFT, RIGHT = range(2)


Arms = Literal["independent", "correlated", "easy", "medium", "hard", "fixed"]
INDEPENDENT, CORRELATED, EASY, MEDIUM, HARD, FIXED = range(6)


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session, which is a trial.

    Actions: 0 left, 1 right.
    Random numbers: the first decides on reward.

    Returns
    -------
    observation : int
        Always 0.
    reward : float
        1 or 0.
    """
    session.trial += 1
    return 0, 1.0 if uniform[0] < (session.left if action == LEFT else session.right) else 0.0


@njit(cache=True)
def show(session, cues):  # type: ignore[no-untyped-def]
    """Show the share of trials that is over."""
    cues[0] = session.trial / session.n_trials


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw what the arms pay, unless it is fixed."""
    first = uniform[0]
    if session.arms == INDEPENDENT:
        session.left, session.right = first, uniform[1]
    elif session.arms == CORRELATED:
        session.left, session.right = first, 1.0 - first
    elif session.arms != FIXED:
        worse = 0.1 if session.arms == EASY else 0.25 if session.arms == MEDIUM else 0.4
        session.left = worse if first < 0.5 else 1.0 - worse
        session.right = 1.0 - session.left


@dataclass(frozen=True)
class Bandit(Task):
    """Bernoulli bandits of Wang et al. 2018 (Fig. 1; details in Wang et al. 2016).

    Parameters
    ----------
    arms : str
        How the arms' probabilities of reward are drawn at the start of a session (all published):
        `independent`, each uniform on [0, 1]; `correlated`, one uniform, the other 1 minus it;
        `easy`, `medium` and `hard`, the worse one .1, .25 or .4, the other 1 minus it, either side;
        `fixed`, `left` and `right`.
    left, right : float
        Probabilities of reward where `arms` is `fixed`.
    trials : int
        Trials of a session (published: 100). The cue is the share of them that is over; the paper
        gives the number of the trial, in what form is not published.
    """

    arms: Arms = "independent"
    left: Probability = 0.25
    right: Probability = 0.75
    trials: Count = 100

    name = "bandit"
    questions = "bandit"
    uniforms_per_step = 2
    observations = ("arms",)
    cues = ("trial",)
    actions = ("left", "right")
    steps = ("choice",)

    def tabulate(self, trials: Trials) -> TrialTable:
        """Trial table: choice, reward and what the arms pay."""
        return {
            "choice": code(trials.action("choice"), LEFT_RIGHT),
            "reward": number(trials.reward),
            "reward_probability": per_arm([trials.hidden(side) for side in LEFT_RIGHT]),
        }
