"""What is lost to finding out which arm pays more: regret, trial by trial."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.summary import compute_subject_mean


def compute_regret(recording: xr.Dataset) -> xr.Dataset:
    r"""Compute cumulative regret over the trials of a session.

    .. math:: R_T = \sum_{t \le T} (\max_a p_a - p_{a_t})

    with p the probabilities of reward, not the rewards, so that luck adds no noise.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 first arm, 1 second) and `reward_probability` (`trial`, `arm`); every choice
        valid, all sessions of a subject equally long.

    Returns
    -------
    xarray.Dataset
        On `subject` and `trial_in_session` (counted from 0): `regret` (mean over sessions, in
        rewards), `lower` and `upper` (95 % interval, Student's t over sessions); `n_sessions` on
        `subject`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a choice is missing or sessions differ in length.

    References
    ----------
    Wang et al. (2018), Fig. 1d; Wang et al. (2016), arXiv:1611.05763.
    """
    parts = []
    for name, lost in read_losses(recording).items():
        regret = xr.DataArray(lost.cumsum(axis=1), dims=("session", "trial_in_session"))
        mean = compute_subject_mean(regret, dim="session")
        part = mean[["mean", "lower", "upper"]].rename({"mean": "regret"})
        parts.append(part.assign(n_sessions=len(lost)).assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    n_trials = result.sizes["trial_in_session"]
    result = result.assign_coords(trial_in_session=np.arange(n_trials))
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result


def compute_switch_trial(recording: xr.Dataset) -> xr.Dataset:
    """Find when subjects settle: the first trial from which on they choose the better arm only.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_regret`, the arms of each session unequal.

    Returns
    -------
    xarray.Dataset
        On `subject`: `switch_trial` (mean over sessions; the trial counted from 0, or the number of
        trials where a session ends with the worse arm), `lower` and `upper` (95 % interval,
        Student's t over sessions) and `n_sessions`.

    Raises
    ------
    MissingVariableError, AnalysisError
        As for `compute_regret`.
    """
    parts = []
    for name, lost in read_losses(recording).items():
        # Trials after the last one that lost something.
        settled = (lost[:, ::-1] > 0).argmax(axis=1)
        never_lost = ~(lost > 0).any(axis=1)
        switch = np.where(never_lost, 0, lost.shape[1] - settled)
        mean = compute_subject_mean(xr.DataArray(switch.astype(float), dims="session"), "session")
        part = mean[["mean", "lower", "upper"]].rename({"mean": "switch_trial"})
        parts.append(part.assign(n_sessions=len(lost)).assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result


def read_losses(recording: xr.Dataset) -> dict[str, np.ndarray]:
    """Read what each choice lost against the better arm.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_regret`.

    Returns
    -------
    dict
        Float array (session, trial in session) by subject.
    """
    for name in ("choice", "reward_probability"):
        if name not in recording:
            raise MissingVariableError(
                f"{name}: missing from the recording; regret needs each arm's probability of "
                "reward and the arm chosen"
            )
    choice = recording["choice"].values
    if (choice < 0).any():
        raise AnalysisError(
            f"choice: found {int((choice < 0).sum())} trials without a valid choice, expected "
            "none; leave out their sessions"
        )
    probability = recording["reward_probability"].values
    chosen = np.take_along_axis(probability, choice[:, None].astype(np.int64), axis=1)[:, 0]
    lost = probability.max(axis=1) - chosen
    found = {}
    for name in dict.fromkeys(recording["subject"].values.tolist()):
        rows = recording["subject"].values == name
        _, lengths = np.unique(recording["session"].values[rows], return_counts=True)
        if np.unique(lengths).size > 1:
            raise AnalysisError(
                f"session: found sessions of {lengths.min()} to {lengths.max()} trials in {name}, "
                "expected equally long ones; select trials that all of them have"
            )
        found[str(name)] = lost[rows].reshape(lengths.size, lengths[0])
    return found
