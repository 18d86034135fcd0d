"""Learning sets, as numbers of Figure 6: published curves, training, solvers, and the test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.learning.learning_set import (
    compute_finished,
    compute_learning_set,
    find_solvers,
)
from pfc_analysis.analysis.learning.stage_curves import compute_stage_curves
from pfc_analysis.analysis.neurons.decoding.problem_decoding import decode_problem
from pfc_analysis.recording.published import published_row
from pfc_analysis.reproduction.agents.harlow_agents import compute_mean_colours
from pfc_analysis.reproduction.numbers import MEAN, Numbers, tabulate_result, untabulate_result

N_BINS = 50
"""Number of equal parts of training over which its curve is averaged."""


def find_curves(published: pd.DataFrame, group: str, of: str) -> xr.Dataset:
    """Select published curves of correct choices by trial.

    Parameters
    ----------
    published : pandas.DataFrame
        Rows of quantity `correct`, conditions such as "stage_1 trial 2" or "problems_1_8 trial 2".
    group, of : str
        Group of subjects, such as "monkeys", and name of the dimension that the first label of a
        condition becomes: "stage" or "problems".

    Returns
    -------
    xarray.Dataset
        `correct` on (`subject`, `of`, `trial`), of one subject, the group.
    """
    rows = published[(published["group"] == group) & (published["quantity"] == "correct")]
    curves = untabulate_result(
        rows.assign(subject=group), "correct", "correct", {of: str, "trial": int}
    )
    return curves[["correct"]]


def average_training(logs: dict[str, pd.DataFrame], n_bins: int = N_BINS) -> xr.Dataset:
    """Average the training logs over equal parts of training.

    Parameters
    ----------
    logs : dict of str to DataFrame
        Log of every replica (`read_training_logs`).
    n_bins : int
        Number of parts, or of rows of the logs where that is less.

    Returns
    -------
    xarray.Dataset
        `reward_per_trial` on (`subject`, `sessions`), the number
        trained at the end of each part; NaN after the end of a replica's training.
    """
    own = {name: log.set_index("sessions")["reward_per_trial"] for name, log in logs.items()}
    table = pd.DataFrame(own)
    stretches = np.array_split(np.arange(len(table)), min(n_bins, len(table)))
    curves = np.array([table.iloc[rows].mean() for rows in stretches])
    return xr.Dataset(
        {"reward_per_trial": (("subject", "sessions"), curves.T)},
        {"subject": list(logs), "sessions": [int(table.index[rows[-1]]) for rows in stretches]},
    )


def add_monkeys(numbers: Numbers) -> xr.Dataset:
    """Tabulate the published curves of Harlow's monkeys in panel b, and return them."""
    monkeys = find_curves(numbers.published, "monkeys", "problems")
    named = {"panel": "b", "source": "monkeys", "quantity": "correct"}
    numbers.tables.append(tabulate_result(monkeys, "correct", **named))
    return monkeys


def describe_paper(published: pd.DataFrame) -> str:
    """Describe how many of the paper's networks its training curves are averaged over."""
    row = published_row(published, "replicas_at_ceiling", group="agents")
    return f"Wang et al. 2018, {row['value']:.0f} of {row['n']:.0f} networks"


def measure_stages(logs: Mapping[str, pd.DataFrame], share: float) -> tuple[xr.Dataset, xr.Dataset]:
    """Compute learning curves at stages of training, and which agents solved the task.

    Parameters
    ----------
    logs : mapping of str to DataFrame
        Log of every replica (`read_training_logs`).
    share : float
        Share of training that a stage is averaged over.

    Returns
    -------
    stages : xarray.Dataset
        `correct` on (`subject`, `stage`, `trial`) (`compute_stage_curves`).
    solvers : xarray.Dataset
        As of `find_solvers`, by the last stage.
    """
    stages = compute_stage_curves(dict(logs), max(1, round(share * min(map(len, logs.values())))))
    return stages, find_solvers(stages["correct"].sel(stage="final"))


def compare_stages(numbers: Numbers, learned: xr.Dataset, paper: xr.Dataset) -> None:
    """Tabulate, in panel c, how stages of training compare with the published ones.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows, by stage: how much agents improve within a problem after its first outcome
        (correct choices in the last trial less those in trial 2), ours and the published ones; and
        how far our curves are from the published ones (the mean over trials, from the second on, of
        the absolute difference).
    learned, paper : xarray.Dataset
        `correct` on (`subject`, `stage`, `trial`) (`measure_stages`, `find_curves`).
    """
    for source, curve in {"agents": learned, "published agents": paper}.items():
        correct = curve["correct"]
        rise = correct.isel(trial=-1, drop=True) - correct.sel(trial=2, drop=True)
        numbers.add("c", source, "rise_within_problem", rise.to_dataset(name="rise"), "rise")
    theirs = paper["correct"].isel(subject=0, drop=True)
    distance = abs(learned["correct"] - theirs).sel(trial=slice(2, None)).mean("trial")
    named = distance.to_dataset(name="distance")
    numbers.add("c", "agents", "distance_from_published", named, "distance")


def tabulate_solvers(solvers: xr.Dataset, panel: str, source: str) -> pd.DataFrame:
    """Tabulate which subjects solved the task, and their share with its exact interval.

    Parameters
    ----------
    solvers : xarray.Dataset
        As of `find_solvers`.
    panel, source : str
        Entries of those columns.
    """
    named = {"panel": panel, "source": source, "quantity": "share_at_ceiling"}
    bounds = {"share": "value", "share_lower": "lower", "share_upper": "upper"}
    share = solvers[list(bounds)].rename(bounds).assign(n_subjects=solvers.sizes["subject"])
    return pd.concat(
        [
            tabulate_result(solvers, "solved", **named),
            tabulate_result(share.expand_dims(subject=[MEAN]), "value", **named),
        ],
        ignore_index=True,
    )


def select_solvers(solvers: xr.Dataset) -> np.ndarray:
    """Return the names of the subjects that solved the task, or of all where none did.

    Parameters
    ----------
    solvers : xarray.Dataset
        As of `find_solvers`.

    Returns
    -------
    ndarray of str
    """
    names, solved = solvers["subject"].values, solvers["solved"].values == 1
    return names[solved] if solved.any() else names


def describe_solvers(solvers: xr.Dataset) -> str:
    """Describe how many agents solved the task."""
    n_solved, n = int((solvers["solved"] == 1).sum()), solvers.sizes["subject"]
    if n_solved:
        return f"{n_solved} of {n} agents, which solved it"
    return f"{n} agents, none of which solved it"


def measure_decoding(
    recording: xr.Dataset, names: np.ndarray, sessions: int, n_trials: int
) -> xr.Dataset:
    """Decode from units which side and which image are rewarded.

    Parameters
    ----------
    recording : xarray.Dataset
        Of Harlow's task as its recipe tests it.
    names : ndarray of str
        Subjects to decode.
    sessions : int
        Sessions of each subject to use.
    n_trials : int
        Trials of a problem.

    Returns
    -------
    xarray.Dataset
        Of `decode_problem`.
    """
    chosen = recording["subject"].isin(names) & (recording["session"] < sessions)
    some = recording.isel(trial=chosen.values)
    return decode_problem(some, *compute_mean_colours(some), n_trials=n_trials)


def add_test(
    numbers: Numbers,
    played: Mapping[str, xr.Dataset],
    groups: Mapping[str, np.ndarray],
    n_trials: int,
) -> dict[str, xr.Dataset]:
    """Compute how agents choose among images that they never saw, and tabulate it in panel d.

    Parameters
    ----------
    numbers : Numbers
        Gets the rows.
    played : mapping of str to xarray.Dataset
        Recordings by kind of image.
    groups : mapping of str to ndarray of str
        Subjects of each source.
    n_trials : int
        Trials of a problem.

    Returns
    -------
    dict of str to xarray.Dataset
        By kind of image: `correct` on (`subject`, `trial`) (`compute_learning_set`).
    """
    curves = {}
    for images, recording in played.items():
        curves[images] = compute_learning_set(recording, n_trials)
        finished = compute_finished(recording, n_trials)
        for source, names in groups.items():
            own = curves[images].sel(subject=names)
            numbers.add("d", source, f"correct_{images}", own, "correct")
            done = finished.sel(subject=names)
            numbers.add("d", source, f"finished_{images}", done, "finished")
    return curves
