"""Record the agent of an experiment, the shipped one or one in a folder of trained agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from pfc_analysis.recording.record import record
from pfc_analysis.training.run.shipped_experiments import shipped_agent


def agent_folder(experiment: str, agents: str | Path | None) -> Path:
    """Return the folder of an experiment's agent.

    Parameters
    ----------
    experiment : str
        Name of the experiment, such as "two_step".
    agents : str or Path, optional
        Folder with one trained agent an experiment; None for the shipped ones.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If no agent is shipped for this experiment.
    """
    return shipped_agent(experiment) if agents is None else Path(agents) / experiment


def record_agent(experiment: str, agents: str | Path | None, **settings: Any) -> xr.Dataset:
    """Record an experiment's agent while it plays test sessions with frozen weights.

    Parameters
    ----------
    experiment, agents
        As for `agent_folder`.
    **settings
        As for `pfc_analysis.record`: `sessions`, `seed`, `task`, `interventions`, `units`.

    Returns
    -------
    xarray.Dataset
        A recording; the replicas are its subjects. Errors are those of `pfc_analysis.record`.
    """
    return record(experiment, agent=agent_folder(experiment, agents), **settings)
