"""How likely were an agent's choices under its own policy? No model can predict them better.

An agent draws each choice from the probabilities of its policy, which are known: they are the
softmax of weights on its units' output. Their logarithm, averaged over choices, is the noise
ceiling of all models that are fitted to the choices.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from pfc_analysis.recording.agents.agent_weights import WeightsReader
from pfc_analysis.reproduction.agents.agent_recording import agent_folder
from pfc_analysis.training.run.checkpoint import list_replicas
from pfc_analysis.training.run.experiment import find_agent


def compute_policy_likelihood(
    recording: xr.Dataset, step: str, agents: str | Path | None = None
) -> xr.DataArray:
    """Compute the log-probability of each choice under the policy of the agent that made it.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording of a shipped experiment with `hidden` on (`trial`, `step`, `unit`) and `choice`
        between left and right, of agents without interventions.
    step : str
        The step at which agents choose, such as "stage_1".
    agents : str or Path, optional
        Folder with the trained agents; the shipped ones where not given.

    Returns
    -------
    xarray.DataArray
        Natural logarithm on `trial`, given that the choice was left or right; NaN in invalid
        trials.
    """
    folder, recipe = find_agent(agent_folder(str(recording.attrs["experiment"]), agents))
    reader = WeightsReader(recipe)
    actions = recipe.testing_task().actions
    columns = [actions.index("left"), actions.index("right")]
    made = recording["choice"].values
    found = np.full(made.size, np.nan)
    for replica in list_replicas(folder):
        rows = np.flatnonzero((recording["subject"].values == replica.name) & (made >= 0))
        weights = reader.read(replica)
        units = recording["hidden"].sel(step=step).values[rows].astype(np.float64)
        logit = units @ weights["policy_weight"][:, columns] + weights["policy_bias"][columns]
        chosen = np.take_along_axis(logit, made[rows, None].astype(int), axis=1)[:, 0]
        found[rows] = chosen - np.logaddexp(logit[:, 0], logit[:, 1])
    return xr.DataArray(found, dims="trial", attrs={"units": "nats"})
