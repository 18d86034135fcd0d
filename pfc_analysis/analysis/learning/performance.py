"""How much reward does the subject earn a trial, compared with chance and an ideal observer?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.result_names import find_range
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.trials.choice_trials import read_trials


@labelled
def compute_performance(recording: xr.Dataset) -> xr.Dataset:
    """Compute the mean reward and the share of invalid responses.

    Parameters
    ----------
    recording : xarray.Dataset
        `reward` and `choice` (0, 1, ... for any number of arms, -1 where none is valid) on `trial`.

    Returns
    -------
    xarray.Dataset
        On `subject`: `reward` (mean reward a trial, invalid trials included), `invalid` (share of
        trials, 0 to 1), each with `_lower` and `_upper`, a 95 % interval (Student's t over
        sessions, which are independent, for `invalid` on the logit scale; NaN for one session), and
        `n_sessions`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> result = pfc.analysis.compute_performance(recording).sel(subject="planner")
    >>> print(f"{result['reward']:.2f} rewards a trial, "
    ...       f"{result['reward_lower']:.2f} to {result['reward_upper']:.2f}")
    0.64 rewards a trial, 0.61 to 0.67
    """
    trials = read_trials(recording, two_arms=False)
    # Sessions are numbered over all subjects, in order.
    first = np.unique(trials.session, return_index=True)[1]
    n_trials = np.bincount(trials.session)
    subject = trials.subject[first]
    earned = np.bincount(trials.session, recording["reward"].values) / n_trials
    invalid = np.bincount(trials.session, ~trials.valid) / n_trials
    parts = []
    for code, name in enumerate(trials.subjects):
        # Each session has equal weight, since sessions of a recording are about equally long.
        of_subject = {
            "reward": xr.DataArray(earned[subject == code], dims="session"),
            "invalid": xr.DataArray(invalid[subject == code], dims="session"),
        }
        part = xr.Dataset({"n_sessions": int((subject == code).sum())})
        for quantity, values in of_subject.items():
            mean = compute_subject_mean(values, "session", find_range(quantity))
            part[quantity] = mean["mean"]
            part[f"{quantity}_lower"], part[f"{quantity}_upper"] = mean["lower"], mean["upper"]
        parts.append(part.assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result


@labelled
def compute_reward_share(performance: xr.Dataset, chance: float, ceiling: float) -> xr.Dataset:
    """Express reward as a share of what an ideal observer earns above chance.

    Parameters
    ----------
    performance : xarray.Dataset
        `reward`, `reward_lower` and `reward_upper` (`compute_performance`).
    chance, ceiling : float
        Reward a trial of random choices, and of an ideal observer.

    Returns
    -------
    xarray.Dataset
        `reward_share`, `lower`, `upper`: 0 at chance, 1 for the ideal observer. The interval takes
        chance and ceiling as known.

    Raises
    ------
    AnalysisError
        If the ceiling is not above chance.

    Examples
    --------
    Where does a planner stand between random choices (0.5 rewards a trial) and the ideal observer?

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> def measure(learner):
    ...     played = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="one")
    ...     return pfc.analysis.compute_performance(played)
    >>> planner = measure(pfc.learners.ModelBased(0.5, 5.0))
    >>> ceiling = measure(pfc.analysis.IdealObserver())["reward"].item()
    >>> result = pfc.analysis.compute_reward_share(planner, chance=0.5, ceiling=ceiling)
    >>> print(f"{result['reward_share'].item():.1f}")
    0.7
    """
    needed = ("reward", "reward_lower", "reward_upper")
    require_result(performance, needed, "performance", "compute_performance")
    if not ceiling > chance:
        raise AnalysisError(f"ceiling: found {ceiling:g}, expected more than chance ({chance:g})")
    span = ceiling - chance
    names = {"reward_share": "reward", "lower": "reward_lower", "upper": "reward_upper"}
    return xr.Dataset({new: (performance[old] - chance) / span for new, old in names.items()})
