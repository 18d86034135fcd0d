"""The two-step task with a second choice and three rewards (Miranda et al. 2020, 2025; monkeys).

In a trial the agent fixates and chooses between two pictures, A and B. A commonly leads to the
second state with pictures C and D, B to the one with E and F. There the agent chooses again, and
the picture pays a high, medium or low reward. Each of the four draws its reward level anew every
few trials. In some trials only one picture is offered at the first or at the second choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    MISSING,
    Count,
    GivenTrials,
    Probability,
    Script,
    ScriptStep,
    Task,
    draw_number,
    lay_out_script,
)
from pfc_analysis.tasks.contract.trials import Trials, TrialTable, code, number

FIXATION, FIRST_BOTH = 0, 1
SECOND_BOTH = 4
"""Codes of observations: 1 both first pictures, 2 and 3 one of them; from 4 the same of the first
second state, from 7 of the other."""

CENTRE, ONE, OTHER = range(3)
FREE, FIRST_FORCED, SECOND_FORCED = range(3)
HIGH, MEDIUM, LOW = range(3)

FIRST_PICTURES = ("A", "B")
SECOND_PICTURES = ("C", "D", "E", "F")
SECOND_STATES = ("CD", "EF")
LEVELS = ("high", "medium", "low")


@njit(cache=True)
def draw_level(uniform, shortest, longest):  # type: ignore[no-untyped-def]
    """Draw a reward level and the number of trials that it stays, from one random number."""
    level = draw_number(uniform, 3)
    return level, shortest + draw_number(3.0 * uniform - level, longest - shortest + 1)


@njit(cache=True)
def draw_levels(session, uniform):  # type: ignore[no-untyped-def]
    """Draw the level of each second picture whose time is over; `uniform` has one number each."""
    short, long = session.shortest, session.longest
    if session.left_c == 0:
        session.level_c, session.left_c = draw_level(uniform[0], short, long)
    if session.left_d == 0:
        session.level_d, session.left_d = draw_level(uniform[1], short, long)
    if session.left_e == 0:
        session.level_e, session.left_e = draw_level(uniform[2], short, long)
    if session.left_f == 0:
        session.level_f, session.left_f = draw_level(uniform[3], short, long)


@njit(cache=True)
def draw_offer(session, uniform):  # type: ignore[no-untyped-def]
    """Draw whether a choice of the trial is forced, and which of two pictures is then offered."""
    first, second = session.first_forced_probability, session.second_forced_probability
    session.offer, place = FREE, 0.0
    if uniform < first:
        session.offer, place = FIRST_FORCED, uniform / first
    elif uniform < first + second:
        session.offer, place = SECOND_FORCED, (uniform - first) / second
    session.only = 0 if place < 0.5 else 1


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial: draw what is offered, and levels where their time is over."""
    session.trial += 1
    session.step = 0
    session.left_c -= 1
    session.left_d -= 1
    session.left_e -= 1
    session.left_f -= 1
    draw_levels(session, uniform[1:5])
    draw_offer(session, uniform[0])


@njit(cache=True)
def level_of(session, picture):  # type: ignore[no-untyped-def]
    """Return the reward level of a picture of the second state that was reached, 0 or 1."""
    if session.second_state == 0:
        return session.level_c if picture == 0 else session.level_d
    return session.level_e if picture == 0 else session.level_f


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre; 1 the first of the two pictures (A, C or E), 2 the other (B, D or F). The
    response to fixation must be the centre, every other one a picture that is offered.
    Random numbers: for the next trial's offer, for the next levels of C, D, E and F, and for the
    transition.

    Returns
    -------
    observation : int
        0 fixation; 1 A and B, 2 only A, 3 only B; 4 C and D, 5 only C, 6 only D; 7 E and F, 8 only
        E, 9 only F.
    reward : float
        1, `medium_reward` or 0 at the end of a trial; -1 for an invalid response, which ends the
        trial.
    """
    forced = session.offer == session.step and session.step > 0
    not_offered = forced and action == OTHER - session.only
    if (action == CENTRE) != (session.step == 0) or not_offered:
        begin_trial(session, uniform)
        return FIXATION, -1.0

    session.step += 1
    if session.step == 1:
        return FIRST_BOTH + (1 + session.only if session.offer == FIRST_FORCED else 0), 0.0

    picture = action - ONE
    if session.step == 2:
        is_common = uniform[5] < session.common_probability
        session.second_state = picture if is_common else 1 - picture
        shown = 1 + session.only if session.offer == SECOND_FORCED else 0
        return SECOND_BOTH + 3 * session.second_state + shown, 0.0

    level = level_of(session, picture)
    begin_trial(session, uniform)
    return FIXATION, 1.0 if level == HIGH else (session.medium_reward if level == MEDIUM else 0.0)


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the first offer and the first levels."""
    draw_levels(session, uniform[1:5])
    draw_offer(session, uniform[0])


@dataclass(frozen=True)
class TwoStepThreeRewards(Task):
    """The two-step task with a second choice and rewards of three levels.

    The task is that of Miranda et al. (PLoS Comput Biol 16:e1007944, 2020; eLife RP106032, 2025) on
    macaques. Where a setting says "monkeys", it was measured in three of their sessions (1,686
    trials). Their pictures were at two of three places, drawn anew in each trial; here an action
    chooses a picture, not a place.

    Parameters
    ----------
    common_probability : float
        Probability that A leads to C and D, and B to E and F (monkeys: 0.7).
    shortest, longest : int
        After a number of trials that is uniform between these, a second picture draws its level
        anew, each of the three with the same probability, independently of the others (monkeys: the
        shortest stay is 5 trials, and a level changes in 0.096 of trials; these settings make it
        0.095).
    medium_reward : float
        Reward of the medium level; high pays 1 and low 0 (this toolkit's setting).
    first_forced_probability, second_forced_probability : float
        Share of trials in which only one picture is offered at the first or at the second choice
        (monkeys: 0.076 and 0.077).
    trials : int
        Trials per session (monkeys: 507 to 624; the setting is this toolkit's). An invalid response
        pays -1 and the next trial begins. The trial that it ended counts.
    """

    common_probability: Probability = 0.7
    shortest: Count = 5
    longest: Count = 9
    medium_reward: Probability = 0.5
    first_forced_probability: Probability = 0.075
    second_forced_probability: Probability = 0.075
    trials: Count = 100

    name = "two_step_three_rewards"
    questions = "two_step_three_rewards"
    uniforms_per_step = 6
    observations = (
        "fixation",
        "a_and_b",
        "only_a",
        "only_b",
        "c_and_d",
        "only_c",
        "only_d",
        "e_and_f",
        "only_e",
        "only_f",
    )
    actions = ("centre", "first_picture", "second_picture")
    steps = ("fixation", "stage_1", "second_state")

    class Session:
        """Levels of C to F and trials until each is drawn anew; second state; what is offered."""

        level_c: int
        level_d: int
        level_e: int
        level_f: int
        left_c: int
        left_d: int
        left_e: int
        left_f: int
        second_state: int
        offer: int
        only: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.shortest <= self.longest:
            raise ValueError(
                f"shortest = {self.shortest!r}, longest = {self.longest!r}: expected the shortest "
                "stay of a level not to be longer than the longest."
            )
        if self.first_forced_probability + self.second_forced_probability > 1.0:
            raise ValueError(
                f"first_forced_probability = {self.first_forced_probability!r}, "
                f"second_forced_probability = {self.second_forced_probability!r}: expected their "
                "sum to be at most 1."
            )

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the trial table: both choices, transition, levels, forced choices."""
        invalid, offer = trials.invalid, trials.hidden("offer")
        choice = trials.choice("stage_1", ONE)
        state = np.where(invalid, MISSING, trials.hidden("second_state", "second_state"))
        picture = np.where(invalid, MISSING, 2 * state + trials.choice("second_state", ONE))
        levels = {letter: trials.hidden(f"level_{letter}") for letter in "cdef"}
        return {
            "choice": code(choice, FIRST_PICTURES),
            "reward": number(trials.reward),
            "invalid": code(invalid),
            "common_transition": code(np.where(invalid, MISSING, state == choice)),
            "second_state": code(state, SECOND_STATES),
            "second_choice": code(picture, SECOND_PICTURES),
            "forced": code(offer == FIRST_FORCED),
            "second_choice_forced": code(offer == SECOND_FORCED),
            **{f"level_{letter}": code(own, LEVELS) for letter, own in levels.items()},
        }

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from both choices, the second state and the reward.

        Where a choice was forced (`forced`, `second_choice_forced`), only the chosen picture was
        shown.
        """
        choice = trials.code("choice", FIRST_PICTURES)
        state = trials.code("second_state", SECOND_STATES)
        place = trials.code("second_choice", SECOND_PICTURES) - 2 * state
        trials.leave_out("second_choice is not of the second_state", (place < 0) | (place > 1))
        first = FIRST_BOTH + trials.flag("forced") * (1 + choice)
        second = SECOND_BOTH + 3 * state + trials.flag("second_choice_forced") * (1 + place)
        reward = trials.earned(0.0, self.medium_reward, 1.0)
        steps = {
            "fixation": ScriptStep(FIXATION, CENTRE),
            "stage_1": ScriptStep(first, ONE + choice),
            "second_state": ScriptStep(second, ONE + place, reward),
        }
        return lay_out_script(steps, "stage_1", (ONE, OTHER), trials.n_trials)
