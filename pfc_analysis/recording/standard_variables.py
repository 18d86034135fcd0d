"""The standard variables of a recording: dimensions, kind, range and meaning of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = -1
"""Code of an integer that has no value: no valid choice, a step that was never reached."""


@dataclass(frozen=True)
class VariableSpec:
    """One standard variable: its dimensions, kind of number, allowed values and description.

    Parameters
    ----------
    dims : tuple of str
        The dimensions it hangs on, in order.
    kind : str
        `INTEGER`, `REAL` or `TEXT`.
    long_name : str
        What it is, in a sentence that a reader of the file understands.
    units : str, optional
        Its unit; "1" for a pure number.
    meanings : dict of int to str, optional
        What each allowed value means. Values outside it are faults.
    lowest, highest : float, optional
        The smallest and largest value allowed. Where a variable carries the attribute `labels`,
        its largest value is the index of the last label.
    nullable : bool
        Whether NaN is allowed.
    required : bool
        Whether every recording has it.
    unless : str, optional
        Variable that stands in for it: where a recording has that one, it may lack this one.
    """

    dims: tuple[str, ...]
    kind: str
    long_name: str
    units: str | None = None
    meanings: Mapping[int, str] | None = None
    lowest: float | None = None
    highest: float | None = None
    nullable: bool = False
    required: bool = False
    unless: str | None = None

    @property
    def allowed(self) -> tuple[int, ...] | None:
        """The values allowed, where they are few."""
        return None if self.meanings is None else tuple(self.meanings)

    def attributes(self) -> dict[str, Any]:
        """Attributes `long_name` and, where there is one, `units`, as netCDF stores them."""
        found: dict[str, Any] = {"long_name": self.long_name}
        if self.units is not None:
            found["units"] = self.units
        return found


INTEGER, REAL, TEXT = "integer", "real", "text"


_TRIAL = ("trial",)


_STEP = ("trial", "step")


_UNIT = ("trial", "step", "unit")


COORDINATES = {
    "subject": VariableSpec(_TRIAL, TEXT, "trained replica or animal", required=True),
    "session": VariableSpec(
        _TRIAL,
        INTEGER,
        "session or episode, counted from 0 within a subject",
        lowest=0,
        required=True,
    ),
    "trial_in_session": VariableSpec(
        _TRIAL, INTEGER, "trial within its session, counted from 0", lowest=0, required=True
    ),
    "replayed_subject": VariableSpec(
        _TRIAL, TEXT, "animal or agent whose trial an agent lived through"
    ),
    "replayed_session": VariableSpec(
        _TRIAL, INTEGER, "session of that subject, by its own number", lowest=0
    ),
    "replayed_trial_in_session": VariableSpec(
        _TRIAL, INTEGER, "trial of that session, by its own number", lowest=0
    ),
    "step": VariableSpec(("step",), TEXT, "decision step within a trial"),
    "event": VariableSpec(("event",), TEXT, "arrival at which a prediction error is stamped"),
    "seen_at_step": VariableSpec(
        ("event",), TEXT, "step at which units first see what arrived with the event"
    ),
    "seen_trials_later": VariableSpec(
        ("event",),
        INTEGER,
        "how many trials after the event's own that step is: 0, or 1 for the next trial",
        lowest=0,
    ),
    "unit": VariableSpec(("unit",), INTEGER, "recurrent unit or neuron, counted from 0", lowest=0),
    "arm": VariableSpec(("arm",), TEXT, "source of reward"),
    "response": VariableSpec(("response",), TEXT, "response that the task offers at a step"),
    "lstm": VariableSpec(("unit",), TEXT, "LSTM of the unit: policy or value"),
    # Neurons, and the windows in which their spikes were counted.
    "area": VariableSpec(("unit",), TEXT, "area of the brain that the unit was recorded in"),
    "quality": VariableSpec(("unit",), TEXT, "quality of the unit, as the file rates it"),
    "unit_subject": VariableSpec(("unit",), TEXT, "animal whose unit it is"),
    "unit_session": VariableSpec(
        ("unit",),
        INTEGER,
        "session in which the unit was recorded; -1 several. Elsewhere its counts are missing",
        lowest=MISSING,
    ),
    "drift": VariableSpec(
        ("unit",),
        REAL,
        "Spearman correlation of the unit's count (summed over windows) with the order of trials "
        "in its session; standard error 1 / sqrt(trials - 1) without drift; NaN where not known",
        "1",
        lowest=-1.0,
        highest=1.0,
        nullable=True,
    ),
    "window": VariableSpec(("window",), TEXT, "window of time in which spikes are counted"),
    "window_event": VariableSpec(("window",), TEXT, "event that the window is counted from"),
    "window_start": VariableSpec(("window",), REAL, "start of the window, from its event", "s"),
    "window_end": VariableSpec(
        ("window",), REAL, "end of the window, from its event; a spike at the end is outside", "s"
    ),
    "time": VariableSpec(("time",), REAL, "time of the sample, from the onset of the cue", "s"),
}
"""Coordinates, by name. The first three are on `trial` and always there."""

VARIABLES = {
    "choice": VariableSpec(
        _TRIAL,
        INTEGER,
        "choice of the trial, an index into `labels`; -1 where none is valid",
        lowest=MISSING,
        required=True,
        unless="cue",
    ),
    "reward": VariableSpec(_TRIAL, REAL, "reward earned in the trial", "1", required=True),
    "forced": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the choice was instructed",
        meanings={0: "free", 1: "instructed"},
    ),
    "invalid": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the trial was ignored, broken off or violated the task's rules",
        meanings={0: "valid", 1: "invalid"},
    ),
    "common_transition": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 common transition, 0 uncommon, -1 none",
        meanings={MISSING: "none", 0: "uncommon", 1: "common"},
    ),
    "second_state": VariableSpec(
        _TRIAL,
        INTEGER,
        "second-stage state reached, an index into `labels`; -1 none",
        lowest=MISSING,
    ),
    "cued_trial": VariableSpec(
        _TRIAL,
        INTEGER,
        "past trial of the session that the trial was cued with, by `trial_in_session`; -1 none",
        lowest=MISSING,
    ),
    "context": VariableSpec(
        _TRIAL,
        INTEGER,
        "trial of the session that first showed this trial's context (its barcode); -1 none",
        lowest=MISSING,
    ),
    "second_choice": VariableSpec(
        _TRIAL,
        INTEGER,
        "choice in the second state, an index into `labels`; -1 none",
        lowest=MISSING,
    ),
    "second_choice_forced": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the choice in the second state was instructed",
        meanings={0: "free", 1: "instructed"},
    ),
    **{
        f"level_{letter}": VariableSpec(
            _TRIAL,
            INTEGER,
            f"level of the reward that picture {letter.upper()} pays, an index into `labels`",
            lowest=0,
        )
        for letter in "cdef"
    },
    "better_state": VariableSpec(
        _TRIAL,
        INTEGER,
        "second-stage state that pays more often; an index into `labels`",
        lowest=0,
    ),
    # Where cues are shown and nothing is chosen (Pavlovian conditioning), a recording has `cue` and
    # no `choice`.
    "cue": VariableSpec(
        _TRIAL,
        INTEGER,
        "cue shown in the trial, an index into `labels`; -1 none",
        lowest=MISSING,
    ),
    "rewarded_side": VariableSpec(
        _TRIAL,
        INTEGER,
        "side that pays, an index into `labels`",
        lowest=0,
    ),
    "rewarded_image": VariableSpec(
        _TRIAL, INTEGER, "number of the image or object that pays", lowest=0
    ),
    "other_image": VariableSpec(
        _TRIAL, INTEGER, "number of the image or object that does not pay", lowest=0
    ),
    "fixation_latency": VariableSpec(
        _TRIAL,
        INTEGER,
        "steps from the start of the trial until the cross was fixated; -1 never",
        lowest=MISSING,
    ),
    "choice_latency": VariableSpec(
        _TRIAL,
        INTEGER,
        "steps from the onset of the stimuli until the choice; -1 none",
        lowest=MISSING,
    ),
    "risky_choice": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the risky option was chosen, 0 the safe one; -1 none",
        meanings={MISSING: "none", 0: "safe", 1: "risky"},
    ),
    "risky_side": VariableSpec(
        _TRIAL,
        INTEGER,
        "side of the risky option, an index into `labels`",
        lowest=0,
    ),
    "risky_probability": VariableSpec(
        _TRIAL,
        REAL,
        "probability that the risky option pays",
        "1",
        lowest=0.0,
        highest=1.0,
    ),
    "reversal": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where what pays changed at the start of the trial",
        meanings={0: "as_before", 1: "changed"},
    ),
    "block": VariableSpec(_TRIAL, INTEGER, "block within the session, counted from 0", lowest=0),
    "block_kind": VariableSpec(
        _TRIAL,
        INTEGER,
        "what the reward of the block depends on, an index into `labels`; -1 not known",
        lowest=MISSING,
    ),
    "trial_in_block": VariableSpec(
        _TRIAL, INTEGER, "trial within its block, counted from 0", lowest=0
    ),
    # Problems that are learned one after another (discriminations, serial reversal).
    "correct": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the option that pays more was chosen, otherwise 0; -1 no choice, unless that is 0",
        meanings={MISSING: "none", 0: "wrong", 1: "correct"},
    ),
    "reversal_number": VariableSpec(
        _TRIAL,
        INTEGER,
        "reversals so far, 0 before the first; -1 where nothing is to be discriminated",
        lowest=MISSING,
    ),
    "rewarded_option": VariableSpec(
        _TRIAL,
        INTEGER,
        "option that pays, whichever side it is on, an index into `labels`; -1 all alike",
        lowest=MISSING,
    ),
    "option_on_left": VariableSpec(
        _TRIAL,
        INTEGER,
        "option shown on the left, an index into `labels`; -1 not known, or all alike",
        lowest=MISSING,
    ),
    "chosen_option": VariableSpec(
        _TRIAL,
        INTEGER,
        "option chosen, whichever side it is on, an index into `labels`; -1 none",
        lowest=MISSING,
    ),
    "reward_probability": VariableSpec(
        ("trial", "arm"),
        REAL,
        "probability of reward at each arm or second-stage state",
        "1",
        lowest=0.0,
        highest=1.0,
    ),
    "base_probability": VariableSpec(
        ("trial", "arm"),
        REAL,
        "probability of reward of an arm that was just chosen; baiting raises it from there",
        "1",
        lowest=0.0,
        highest=1.0,
    ),
    "regime": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the better side is exchanged again and again, 0 where it stays",
        meanings={0: "stable", 1: "volatile"},
    ),
    "volatility": VariableSpec(
        _TRIAL,
        REAL,
        "hazard of reversal: probability that the better side was exchanged just before the trial",
        "1",
        lowest=0.0,
        highest=1.0,
    ),
    "baited": VariableSpec(
        ("trial", "arm"),
        INTEGER,
        "1 where a reward stood ready at the arm when the choice was made",
        meanings={0: "empty", 1: "baited"},
    ),
    "automatic_reward": VariableSpec(
        ("trial", "arm"),
        INTEGER,
        "1 where reward was given free at the arm; it is not in `reward`, which was earned",
        meanings={0: "none", 1: "given"},
    ),
    "stimulated": VariableSpec(
        _TRIAL,
        INTEGER,
        "1 where the brain was stimulated, by light or current, or a signal of the network changed",
        meanings={0: "not_stimulated", 1: "stimulated"},
    ),
    "trials_since_choice": VariableSpec(
        ("trial", "arm"),
        INTEGER,
        "trials for which an arm was left alone since it was last chosen",
        lowest=0,
    ),
    "observation": VariableSpec(
        _STEP,
        INTEGER,
        "observation shown, an index into `labels`; -1 not reached",
        lowest=MISSING,
    ),
    "action": VariableSpec(
        _STEP,
        INTEGER,
        "action taken, an index into `labels`; -1 not reached",
        lowest=MISSING,
    ),
    "value": VariableSpec(
        _STEP,
        REAL,
        "the critic's estimate V(o_t) of discounted future reward",
        "1",
        nullable=True,
    ),
    "rpe": VariableSpec(
        ("trial", "event"),
        REAL,
        "reward prediction error r_t + gamma V(o_t+1) - V(o_t), stamped where o_t+1 arrives",
        "1",
        nullable=True,
    ),
    "rpe_input": VariableSpec(
        ("trial", "event"),
        REAL,
        "prediction error as the policy's LSTM reads it, interventions included",
        "1",
        nullable=True,
    ),
    "choice_probability": VariableSpec(
        ("trial", "arm"),
        REAL,
        "probability of each choice by the policy, at the step at which the choice was made",
        "1",
        lowest=0.0,
        highest=1.0,
        nullable=True,
    ),
    "hidden": VariableSpec(
        _UNIT, REAL, "LSTM output h_t", "1", lowest=-1.0, highest=1.0, nullable=True
    ),
    "cell": VariableSpec(_UNIT, REAL, "LSTM cell state c_t", "1", nullable=True),
    # Networks with an episodic memory.
    "retrieved_trial": VariableSpec(
        _STEP,
        INTEGER,
        "trial of the session whose stored cell state was reinstated at the step; -1 none",
        lowest=MISSING,
    ),
    "stored": VariableSpec(
        _STEP,
        INTEGER,
        "1 where the cell state after the step was stored in the memory; -1 not reached",
        meanings={MISSING: "not_reached", 0: "not_stored", 1: "stored"},
    ),
    "memory_share": VariableSpec(
        _STEP,
        REAL,
        "share of the cell state that came from memory: absolute values of r tanh(m) summed over "
        "units, divided by those of f c, i g and r tanh(m) together",
        "1",
        lowest=0.0,
        highest=1.0,
        nullable=True,
    ),
    "reinstatement_gate": VariableSpec(
        _UNIT,
        REAL,
        "reinstatement gate r_t of the LSTM",
        "1",
        lowest=0.0,
        highest=1.0,
        nullable=True,
    ),
    # Networks with a habit learner beside them.
    "network_preference": VariableSpec(
        ("trial", "step", "response"),
        REAL,
        "what the network added to the log-odds of each response, less its mean over responses",
        "1",
        nullable=True,
    ),
    "habit_preference": VariableSpec(
        ("trial", "step", "response"),
        REAL,
        "what the habit learner added to the log-odds of each response, less its mean over "
        "responses",
        "1",
        nullable=True,
    ),
    # Neurons and signals.
    "spike_count": VariableSpec(
        ("trial", "window", "unit"),
        REAL,
        "spikes of the unit in the window; NaN where there was no event, or nothing was recorded",
        "1",
        lowest=0.0,
        nullable=True,
    ),
    "signal": VariableSpec(
        ("trial", "time"),
        REAL,
        "trace around an event of the trial; NaN where there was no event, or nothing was recorded",
        "1",
        nullable=True,
    ),
    "photometry": VariableSpec(
        ("trial", "time"), REAL, "fluorescence of an indicator, by fibre photometry", "1"
    ),
}
"""Standard variables, by name. Others are allowed on known dimensions, with a `long_name`."""

DIMENSIONS = tuple(
    dict.fromkeys(dim for spec in (*COORDINATES.values(), *VARIABLES.values()) for dim in spec.dims)
)
"""Every dimension a variable of a recording may hang on."""
