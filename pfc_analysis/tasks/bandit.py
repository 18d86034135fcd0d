"""Two-armed bandits with constant reward probabilities in a session (Wang et al. 2018, Fig. 1).

A trial is one step: the agent pulls the left or the right arm and is rewarded or not. It is shown
only how much of the session is over, and must find out by trial and error how often each arm pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptError,
    ScriptStep,
    Task,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number, per_arm

LEFT, RIGHT = range(2)


Arms = Literal["independent", "correlated", "easy", "medium", "hard", "fixed"]
INDEPENDENT, CORRELATED, EASY, MEDIUM, HARD, FIXED = range(6)


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session, which is a trial.

    Actions: 0 left, 1 right.
    Random numbers: the first decides whether the arm pays.

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
    """Show the share of the session's trials that are over."""
    cues[0] = session.trial / session.n_trials


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the reward probabilities of the arms, unless they are fixed."""
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
        How the reward probabilities of the arms are chosen at the start of a session (all
        published). `independent`: each is uniform on [0, 1]. `correlated`: one is uniform, the
        other is 1 minus it. `easy`, `medium`, `hard`: the worse arm, on a random side, pays with
        .1, .25 or .4, the other with 1 minus that. `fixed`: they are the settings `left` and
        `right`.
    left, right : float
        Reward probabilities of the arms if `arms` is `fixed`.
    trials : int
        Trials per session (published: 100). The cue is the share of them that are over. The paper's
        agents are given the number of the trial; its form is not published.
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
        """Return the trial table: choice, reward and the reward probabilities of the arms."""
        return {
            "choice": code(trials.action("choice"), LEFT_RIGHT),
            "reward": number(trials.reward),
            "reward_probability": per_arm([trials.hidden(side) for side in LEFT_RIGHT]),
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice` and `reward`.

        The cue is the share of the setting `trials` that is over, so sessions cannot be longer.
        """
        choice, over = trials.code("choice", LEFT_RIGHT), trials.since_reset
        longest = int(np.max(over)) + 1
        if longest > self.trials:
            raise ScriptError(
                f"trial_in_session: found a session of {longest} trials; the task {self.name!r} "
                f"shows which share of a session's {self.trials} trials is over. Set the length: "
                f"task={{'trials': {longest}}}."
            )
        cues = (over / self.trials)[:, None]
        steps = {"choice": ScriptStep(0, choice, trials.earned(0.0, 1.0), cues)}
        return lay_out_script(steps, "choice", (LEFT, RIGHT), trials.n_trials)
