"""Regret of agents and algorithms on the two-armed bandit, as numbers of Figure 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.analysis.learning.switch_trial import compute_switch_trial
from pfc_analysis.analysis.statistics.means_over_subjects import compute_group_difference
from pfc_analysis.reproduction.numbers import Numbers

Arms = tuple[float, float]
"""Reward probability of the left and of the right arm."""


def compute_final_regret(recording: xr.Dataset) -> xr.Dataset:
    """Compute the regret at the end of a session, on `subject`."""
    return compute_regret(recording).isel(trial_in_session=-1, drop=True)


def compare_switch_trials(played: Mapping[Arms, xr.Dataset]) -> xr.Dataset:
    """Compute on which trial agents settle on an arm, for several pairs of arms.

    Parameters
    ----------
    played : mapping of (float, float) to xarray.Dataset
        Recordings by reward probability of the arms.

    Returns
    -------
    xarray.Dataset
        `switch_trial` on (`arms`, `subject`); `arms` is labelled such as "0.25/0.75".
    """
    labels = xr.Variable("arms", [f"{left:g}/{right:g}" for left, right in played])
    return xr.concat([compute_switch_trial(found) for found in played.values()], labels)


def add_regret(
    numbers: Numbers,
    regret: Mapping[str, xr.Dataset],
    exchanged: Mapping[str, xr.Dataset],
    trials: Sequence[int],
) -> None:
    """Tabulate regret in panel d, and how much two agents differ in it at the end of a session.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    regret : mapping of str to xarray.Dataset
        By player: cumulative `regret` on (`subject`, `trial_in_session`).
    exchanged : mapping of str to xarray.Dataset
        The same of the two agents that are compared, with the arms exchanged.
    trials : sequence of int
        Trials to tabulate, counted from 0; the last one is the end of the session.
    """
    for name, result in regret.items():
        numbers.add("d", name, "regret", result.isel(trial_in_session=list(trials)))
    for name, result in exchanged.items():
        numbers.add("d", name, "regret_arms_exchanged",
                    result.isel(trial_in_session=[trials[-1]]), "regret")  # fmt: skip
    once, twice = (
        [found[name]["regret"].isel(trial_in_session=-1, drop=True) for name in exchanged]
        for found in (regret, exchanged)
    )
    both = [(one + other) / 2 for one, other in zip(once, twice, strict=True)]
    for quantity, of in (("regret_difference", once), ("regret_difference_both_orders", both)):
        difference = compute_group_difference(of[0], of[1])
        numbers.add("d", "independent - correlated", quantity, difference, "difference")
