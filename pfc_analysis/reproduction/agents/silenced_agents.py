"""Two-step agents while a share of their units is silenced."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import xarray as xr

from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.tables.two_step_numbers import measure_error_planning
from pfc_analysis.training.interventions.intervention import Intervention

Lstm = Literal["both", "policy", "value"]
"""Of which LSTM units are silenced, in agents that have two."""

STEPS = ("fixation", "stage_1", "second_state")


def measure_silenced(
    experiment: str,
    agents: str | Path | None,
    share: float,
    *,
    lstm: Lstm = "both",
    sessions: int,
    seed: int,
) -> xr.Dataset:
    """Measure prediction errors and choices of agents of whose units a share is silent.

    Parameters
    ----------
    experiment, agents
        As for `record_agent`; an experiment of the two-step task.
    share : float
        Share of the units, drawn at random, whose output is 0 at every step; 0: none.
    lstm : {"both", "policy", "value"}
        Of which LSTM, in agents that have two.
    sessions, seed : int
        Sessions of each replica, and the seed by which units are drawn and errors resampled.

    Returns
    -------
    xarray.Dataset
        As of `measure_error_planning`.
    """
    rule = Intervention("hidden", STEPS, gain=0.0, share=share or 1.0, lstm=lstm, seed=seed)
    played = record_agent(
        experiment, agents, sessions=sessions, units=False, interventions=[rule] if share else []
    )
    return measure_error_planning(played, seed)
