"""The episodic two-step task (Ritter et al. 2018).

Each trial of the two-step task ends with a barcode of its own. In the first trials of a session
nothing else is new. In the later ones, the cued trials, the first stage shows the barcode of a past
trial: its second state pays again what it paid then, and the other one pays by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pfc_analysis.tasks.contract import (
    LEFT_RIGHT,
    MISSING,
    Array,
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
from pfc_analysis.tasks.two_step import TwoStep

CENTRE, LEFT, RIGHT = range(3)
"""Codes of actions in trials that begin with fixation."""

MOST_REMEMBERED = 62
"""Largest number of uncued trials: what they paid is stored as the bits of one integer."""

MOST_BITS = 16
"""Largest number of bits of a barcode."""


@njit(cache=True)
def is_set(bits, place):  # type: ignore[no-untyped-def]
    """Return 1 if the bit at a place is set, otherwise 0."""
    return (bits >> place) & 1


@njit(cache=True)
def barcode_of(seed, context, bits):  # type: ignore[no-untyped-def]
    """Return the barcode of a context, whose bits are those of an integer above 0.

    Multiplying by an odd number and folding upper bits onto lower ones are one-to-one and keep 0,
    so the barcodes of a session differ from each other and none is empty.
    """
    mask, code = (1 << bits) - 1, context + 1
    for part in range(3):
        code = (code * (2 * (seed >> (15 * part)) + 1)) & mask
        code ^= code >> ((bits + 1) // 2)
    return code


@njit(cache=True)
def draw_cue(session, uniform):  # type: ignore[no-untyped-def]
    """Draw a trial that has not been a cue yet, from the past block of this cued trial; or -1."""
    session.cued_trial = -1
    cued = session.trial - session.uncued_trials
    if cued < 0 or session.trial >= session.n_trials:
        return
    n_blocks = session.cue_blocks
    block = cued // ((session.n_trials - session.uncued_trials) // n_blocks)
    size = session.uncued_trials // n_blocks
    left = 0
    for past in range(block * size, (block + 1) * size):
        left += is_set(session.completed, past) & (1 - is_set(session.used, past))
    wanted = draw_number(uniform, left) if left > 0 else -1
    for past in range(block * size, (block + 1) * size):
        if is_set(session.completed, past) & (1 - is_set(session.used, past)):
            if wanted == 0:
                session.cued_trial = past
                session.used |= 1 << past
            wanted -= 1


@njit(cache=True)
def begin_trial(session, uniform):  # type: ignore[no-untyped-def]
    """Begin the next trial; the better second state may reverse, and a cue is drawn."""
    session.trial += 1
    session.step = 0
    session.context = -1
    if uniform[1] < session.reversal_probability:
        session.better_state = 1 - session.better_state
    draw_cue(session, uniform[2])


@njit(cache=True)
def repeats(session, state):  # type: ignore[no-untyped-def]
    """Return whether a second state is that of the cued trial."""
    return session.cued_trial >= 0 and is_set(session.states, session.cued_trial) == state


@njit(cache=True)
def reward_chance(session, state):  # type: ignore[no-untyped-def]
    """Return the probability that a second state pays in this trial."""
    if repeats(session, state):
        return float(is_set(session.rewards, session.cued_trial))
    if session.cued_trial >= 0:
        return session.chance_probability
    better = state == session.better_state
    return session.reward_probability if better else 1.0 - session.reward_probability


@njit(cache=True)
def remember(session, reward):  # type: ignore[no-untyped-def]
    """Store what an uncued trial led to."""
    if session.trial < session.uncued_trials:
        session.completed |= 1 << session.trial
        session.states |= session.second_state << session.trial
        session.rewards |= int(reward) << session.trial


@njit(cache=True)
def step(session, action, uniform):  # type: ignore[no-untyped-def]
    """Play one step of one session.

    Actions: 0 centre, 1 left, 2 right; without the fixation step, 0 left, 1 right. At the outcome,
    any response is accepted.
    Random numbers: for the event (transition or reward), for the next trial's reversal, and for the
    next trial's cue.

    Returns
    -------
    observation : int
        0 fixation, 1 stage 1, 2 and 3 the second states, 4 outcome; without the fixation step, one
        less.
    reward : float
        1 or 0 for the response in a second state; -1 for an invalid response, which ends the trial.
    """
    first = session.fixation
    fixating = first == 1 and session.step == 0
    if session.step == first + 2:
        begin_trial(session, uniform)
        return 0, 0.0

    if first == 1 and (action == CENTRE) != fixating:
        begin_trial(session, uniform)
        return 0, -1.0

    session.step += 1
    if fixating:
        return first, 0.0

    if session.step == first + 1:
        own_side = action - first
        is_common = uniform[0] < session.common_probability
        session.second_state = own_side if is_common else 1 - own_side
        again = repeats(session, session.second_state)
        session.context = session.cued_trial if again else session.trial
        return first + 1 + session.second_state, 0.0

    reward = 1.0 if uniform[0] < reward_chance(session, session.second_state) else 0.0
    remember(session, reward)
    return first + 3, reward


@njit(cache=True)
def show(session, cues):  # type: ignore[no-untyped-def]
    """Show the barcode of the cued trial at stage 1, and that of this trial after it."""
    context = -1
    if session.step == session.fixation:
        context = session.cued_trial
    elif session.step > session.fixation:
        context = session.context
    bits = 0
    if context >= 0:
        bits = barcode_of(session.barcode_seed, context, session.barcode_bits)
    for k in range(session.barcode_bits):
        cues[k] = is_set(bits, k)


@njit(cache=True)
def begin(session, uniform):  # type: ignore[no-untyped-def]
    """Start a session: draw the better second state and what makes its barcodes."""
    session.better_state = 1 if uniform[0] < 0.5 else 0
    session.barcode_seed = draw_number(uniform[1], 1 << 45)
    session.cued_trial = -1
    session.context = -1


@dataclass(frozen=True)
class EpisodicTwoStep(Task):
    """The two-step task in which barcodes cue past trials (Ritter et al. 2018).

    "Published" is what the papers say; "replication" is what a public replication of them says.
    A cue is never shown twice in a session. The barcodes of a session differ from each other.

    Parameters
    ----------
    common_probability : float
        Probability that a first choice leads to the second state of its own side (replication:
        0.9).
    reward_probability : float
        Reward probability in the better second state of an uncued trial; in the other it is one
        minus this (replication: 0.9).
    reversal_probability : float
        Probability, at the start of each trial, that the better state changes (replication: 0.1,
        the default; in the two-step task of Wang et al. 2018: 0.025).
    chance_probability : float
        In a cued trial, reward probability of the second state that was not that of the cued trial
        (0.5, this toolkit's setting).
    trials : int
        Trials per session (replication: 100). What follows an invalid response is as in the
        two-step task: it pays -1 and the next trial begins.
    uncued_trials : int
        Trials at the start of a session that are not cued (replication: 50), at most 62. All later
        trials are cued; there are none if it is not below `trials`.
    cue_blocks : int
        Number of blocks of cued trials (replication: 2). The cues of the first block are drawn from
        the first half of the uncued trials, those of the second from the second half, and likewise
        for other numbers. An uncued trial that an invalid response ended is no cue. Should none be
        left, the trial is not cued.
    barcode_bits : int
        Bits of a barcode (replication: 10), at most 16. Fewer bits make barcodes more similar.
    barcode_input : bool
        Whether networks with a memory read barcodes as inputs, too. If not (the default; this
        toolkit's setting), barcodes are only the keys of the memory. Networks without a memory
        read them always.
    fixation : bool
        Whether a trial begins with fixation (the default is no; this toolkit's setting). If not, no
        response is invalid.
    """

    common_probability: Probability = 0.9
    reward_probability: Probability = 0.9
    reversal_probability: Probability = 0.1
    chance_probability: Probability = 0.5
    trials: Count = 100
    uncued_trials: Count = 50
    cue_blocks: Count = 2
    barcode_bits: Count = 10
    barcode_input: bool = False
    fixation: bool = False

    name = "episodic_two_step"
    questions = "episodic_two_step"
    uniforms_per_step = 3

    class Session:
        """The second state, the better one, cue and context; bits of past trials, by trial."""

        second_state: int
        better_state: int
        cued_trial: int
        context: int
        barcode_seed: int
        completed: int
        states: int
        rewards: int
        used: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.uncued_trials > MOST_REMEMBERED:
            raise ValueError(
                f"uncued_trials = {self.uncued_trials!r}: expected at most {MOST_REMEMBERED}."
            )
        cued = max(self.trials - self.uncued_trials, 0)
        if cued > self.uncued_trials or cued % self.cue_blocks:
            raise ValueError(
                f"trials = {self.trials!r}, uncued_trials = {self.uncued_trials!r}, cue_blocks = "
                f"{self.cue_blocks!r}: expected at most as many cued trials (trials - "
                "uncued_trials) as uncued ones, in blocks of the same length."
            )
        if self.uncued_trials % self.cue_blocks:
            raise ValueError(
                f"uncued_trials = {self.uncued_trials!r}, cue_blocks = {self.cue_blocks!r}: "
                "expected a number of uncued trials that the number of blocks divides."
            )
        if self.barcode_bits > MOST_BITS or self.trials >= 2**self.barcode_bits:
            raise ValueError(
                f"barcode_bits = {self.barcode_bits!r}: expected at most {MOST_BITS}, and so many "
                f"that all trials (here {self.trials}) have different barcodes."
            )

    @property
    def observations(self) -> tuple[str, ...]:
        """Names of the observations, by code."""
        names = ("fixation", "stage_1", "second_state_left", "second_state_right", "outcome")
        return names[1 - self.fixation :]

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions, by code."""
        return ("centre", "left", "right")[1 - self.fixation :]

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the decision steps of a trial."""
        return ("fixation", "stage_1", "second_state", "outcome")[1 - self.fixation :]

    @property
    def events(self) -> tuple[str, ...]:
        """Name of the event that follows each step; the reward comes with the outcome."""
        return (*self.steps[1:], "next_trial")

    @property
    def cues(self) -> tuple[str, ...]:
        """Names of the bits of the barcode."""
        return tuple(f"barcode_{k}" for k in range(self.barcode_bits))

    @property
    def context(self) -> tuple[str, ...]:
        """The barcode is the context."""
        return self.cues

    @property
    def context_is_input(self) -> bool:
        """Whether networks with a memory read the barcode as an input, too."""
        return self.barcode_input

    def tabulate(self, trials: Trials) -> TrialTable:
        """Return the table of the two-step task, with the cue and the context of each trial.

        `reward_probability` is that of each second state in this very trial: in a cued trial, 0 or
        1 for the second state of the cued trial, and `chance_probability` for the other.
        """
        first = int(self.fixation)  # without the fixation step, all codes are one less
        invalid, cued = trials.invalid, trials.hidden("cued_trial")
        choice = trials.choice("stage_1", first)
        second_state = np.where(invalid, MISSING, trials.observation("second_state") - first - 1)
        context = np.where(invalid, MISSING, trials.hidden("context", "second_state"))
        return {
            "choice": code(choice, LEFT_RIGHT),
            "reward": number(trials.reward),
            "invalid": code(invalid),
            "common_transition": code(np.where(invalid, MISSING, second_state == choice)),
            "second_state": code(second_state, LEFT_RIGHT),
            "better_state": code(trials.hidden("better_state"), LEFT_RIGHT),
            "reward_probability": per_arm(self._reward_chances(trials, cued)),
            "cued_trial": code(cued, kind=np.int32),
            "context": code(context, kind=np.int32),
        }

    def _reward_chances(self, trials: Trials, cued: Array) -> list[Array]:
        """Return the reward probability of each second state, as `reward_chance`."""
        past = np.maximum(cued, 0)
        state = trials.hidden("states") >> past & 1
        paid = trials.hidden("rewards") >> past & 1
        better, high = trials.hidden("better_state"), self.reward_probability
        chances = []
        for side in (0, 1):
            again = np.where(state == side, paid, self.chance_probability)
            chances.append(np.where(cued >= 0, again, np.where(better == side, high, 1.0 - high)))
        return chances

    def script(self, trials: GivenTrials) -> Script:
        """Return the script of trials, from `choice`, `common_transition`, `cued_trial`, `reward`.

        Barcodes are made anew. What is assumed of second states and of responses to them is as in
        the two-step task; at the outcome, the same response as in the second state is assumed.
        """
        bare = TwoStep(fixation=self.fixation).script(trials)
        response = bare.action[:, -1]
        steps = {
            name: ScriptStep(bare.observation[:, k], bare.action[:, k], bare.reward[:, k])
            for k, name in enumerate(bare.steps)
        }
        cued = trials.number("cued_trial").astype(np.int64)
        context = trials.number("context").astype(np.int64)
        steps["stage_1"] = steps["stage_1"]._replace(cues=self._barcodes(cued))
        steps["second_state"] = steps["second_state"]._replace(cues=self._barcodes(context))
        outcome = ScriptStep(len(self.observations) - 1, response, cues=self._barcodes(context))
        return lay_out_script(
            {**steps, "outcome": outcome}, "stage_1", bare.choice_actions, trials.n_trials
        )

    def _barcodes(self, context: Array) -> Array:
        """Return the barcode of each context, (trial, bit); 0 where there is none (-1)."""
        bits = [barcode_of(0x2545F4914F6C, int(one), self.barcode_bits) for one in context]
        shown = np.where(context >= 0, bits, 0)
        return (shown[:, None] >> np.arange(self.barcode_bits) & 1).astype(np.float64)
