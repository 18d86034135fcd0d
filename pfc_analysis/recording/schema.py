"""What a recording is: one xarray dataset per recording, the same for agents and animals.

Dimension ``trial`` counts every trial of every session of every subject, in order; sessions are
never padded. Agents add ``step`` (the decision steps inside a trial, by name), ``event`` (the
arrivals at which a prediction error is stamped, by name) and ``unit`` (recurrent units).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

MISSING = -1
"""Code of an integer that has no value: no valid choice, a step that was never reached."""


class RecordingError(ValueError):
    """A dataset is no valid recording; the message names every fault found."""


@dataclass(frozen=True)
class VariableSpec:
    """One standard variable: its dimensions, kind of number, allowed values and description."""

    dims: tuple[str, ...]
    kind: str
    long_name: str
    units: str | None = None
    allowed: tuple[int, ...] | None = None
    lowest: float | None = None
    highest: float | None = None
    nullable: bool = False
    required: bool = False

    def attributes(self) -> dict[str, Any]:
        """Attributes (`long_name`, `units`, allowed values) as netCDF stores them."""
        found: dict[str, Any] = {"long_name": self.long_name}
        if self.units is not None:
            found["units"] = self.units
        return found


INTEGER, REAL, TEXT = "integer", "real", "text"
FLAG = (0, 1)
FLAG_OR_MISSING = (MISSING, 0, 1)

COORDINATES = {
    "subject": VariableSpec(("trial",), TEXT, "trained replica or animal", required=True),
    "session": VariableSpec(
        ("trial",), INTEGER, "session or episode, counted from 0 within a subject",
        lowest=0, required=True,
    ),
    "trial_in_session": VariableSpec(
        ("trial",), INTEGER, "trial within its session, counted from 0", lowest=0, required=True
    ),
    "step": VariableSpec(("step",), TEXT, "decision step within a trial"),
    "event": VariableSpec(("event",), TEXT, "arrival at which a prediction error is stamped"),
    "unit": VariableSpec(("unit",), INTEGER, "recurrent unit or neuron, counted from 0", lowest=0),
    "arm": VariableSpec(("arm",), TEXT, "source of reward"),
}
"""Coordinates, by name. The first three are on `trial` and always there."""

VARIABLES = {
    "choice": VariableSpec(
        ("trial",), INTEGER, "choice of the trial, an index into `labels`; -1 where none is valid",
        lowest=MISSING, required=True,
    ),
    "reward": VariableSpec(("trial",), REAL, "reward earned in the trial", "1", required=True),
    "forced": VariableSpec(("trial",), INTEGER, "1 where the choice was instructed", allowed=FLAG),
    "invalid": VariableSpec(
        ("trial",), INTEGER, "1 where the trial was broken off or violated the task's rules",
        allowed=FLAG,
    ),
    "common_transition": VariableSpec(
        ("trial",), INTEGER, "1 common transition, 0 uncommon, -1 none", allowed=FLAG_OR_MISSING
    ),
    "second_state": VariableSpec(
        ("trial",), INTEGER, "second-stage state reached, an index into `labels`; -1 none",
        lowest=MISSING,
    ),
    "better_state": VariableSpec(
        ("trial",), INTEGER, "second-stage state that pays more often; an index into `labels`",
        lowest=0,
    ),
    "reward_probability": VariableSpec(
        ("trial", "arm"), REAL, "probability of reward at each arm or second-stage state", "1",
        lowest=0.0, highest=1.0,
    ),
    "observation": VariableSpec(
        ("trial", "step"), INTEGER, "observation shown, an index into `labels`; -1 not reached",
        lowest=MISSING,
    ),
    "action": VariableSpec(
        ("trial", "step"), INTEGER, "action taken, an index into `labels`; -1 not reached",
        lowest=MISSING,
    ),
    "value": VariableSpec(
        ("trial", "step"), REAL, "the critic's estimate V(o_t) of discounted future reward", "1",
        nullable=True,
    ),
    "rpe": VariableSpec(
        ("trial", "event"), REAL,
        "reward prediction error r_t + gamma V(o_t+1) - V(o_t), stamped where o_t+1 arrives", "1",
        nullable=True,
    ),
    "hidden": VariableSpec(
        ("trial", "step", "unit"), REAL, "LSTM output h_t", "1",
        lowest=-1.0, highest=1.0, nullable=True,
    ),
    "cell": VariableSpec(
        ("trial", "step", "unit"), REAL, "LSTM cell state c_t", "1", nullable=True
    ),
}
"""Standard variables, by name. Others are allowed if they hang on known dimensions."""
