"""Risky choices of agents and learners with and without changed prediction errors."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from pfc_analysis.analysis.choices.risk_preference import compute_risky_preference
from pfc_analysis.analysis.learners.risk_learners import ExpectedReward, Manipulation, OptimalRisk
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.tasks.risky_choice import RiskyChoice

PROBABILITIES = (0.5, 0.125)
"""Probabilities that the risky arm pays: the two that the paper shows."""


def measure_agent_preference(
    agents: str | Path | None,
    rule: Manipulation,
    sessions: int,
    *,
    experiment: str = "risky_choice",
    plasticity: float | None = None,
) -> xr.Dataset:
    """Record agents at both probabilities and compute how often they choose the risky arm.

    Parameters
    ----------
    agents : str or Path, optional
        Folder with one trained agent an experiment; the shipped ones where not given.
    rule : Manipulation
        Name of the rule that changes prediction errors while the agents play; "none" for none.
    sessions : int
        Test sessions of each replica at each probability.
    experiment : str
        Experiment of the agents.
    plasticity : float, optional
        As for `pfc_analysis.record`; by default weights are frozen.

    Returns
    -------
    xarray.Dataset
        `risky_preference`, per cent, on (`subject`, `probability`).
    """
    recordings = [
        record_agent(
            experiment,
            agents,
            sessions=sessions,
            task={"schedule": "fixed", "probability": probability},
            interventions=[] if rule == "none" else [rule],
            units=False,
            plasticity=plasticity,
        )
        for probability in PROBABILITIES
    ]
    return _join(recordings)


def measure_learner_preference(
    learner: ExpectedReward | OptimalRisk, sessions: int, seed: int
) -> xr.Dataset:
    """Simulate a learner at both probabilities and compute how often it chooses the risky arm.

    Parameters
    ----------
    learner : ExpectedReward or OptimalRisk
        Who plays.
    sessions, seed : int
        Sessions at each probability, and their seed.

    Returns
    -------
    xarray.Dataset
        As of `measure_agent_preference`, of one subject.
    """
    name = "Bayes-optimal" if isinstance(learner, OptimalRisk) else "softmax learner"
    tasks = [RiskyChoice(schedule="fixed", probability=p) for p in PROBABILITIES]
    return _join(
        [simulate(learner, task, sessions=sessions, seed=seed, subject=name) for task in tasks]
    )


def _join(recordings: list[xr.Dataset]) -> xr.Dataset:
    """Compute the preference in each recording and join them along the probabilities."""
    parts = [compute_risky_preference(each, by_probability=True) for each in recordings]
    return xr.concat(parts, dim="probability", data_vars="minimal", combine_attrs="override")
