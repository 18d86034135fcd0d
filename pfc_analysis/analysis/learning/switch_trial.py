"""When do subjects stop exploring? The trial from which they keep choosing one of two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.trials.choice_trials import NONE, ChoiceTrials, read_trials

EVIDENCE = 20.0
"""Fewest times by which a switch must make the choices likelier than random choices throughout."""

MOST_VALUES = 2**20
"""Choices that are analysed at a time, which take 60 MB."""


@dataclass(frozen=True)
class Switch:
    """The trial at which a session's choices settle on one arm.

    Attributes
    ----------
    trial : int
        Most probable switch: from this choice on the subject keeps to one arm. The number of
        choices where they do not settle.
    lower, upper : float
        95 % credible interval of the switch; NaN where choices do not settle.
    preferred : int
        Arm chosen more often after the switch; -1 where choices do not settle.
    preference : float
        Share of the choices after the switch that went to it; NaN where choices do not settle.
    evidence : float
        Natural logarithm of the Bayes factor of a switch against choosing at random throughout.
    """

    trial: int
    lower: float
    upper: float
    preferred: int
    preference: float
    evidence: float


def find_switch(choice: IntArray) -> Switch:
    r"""Find when choices between two arms settle.

    While exploring, a subject chooses either arm with probability one half. From the switch on it
    chooses the right arm with a constant probability, whose prior is uniform. With s right choices
    among the m from trial :math:`\tau` on, a switch there makes the choices likelier than exploring
    throughout by the factor

    .. math:: L(\tau) = 2^m B(s + 1, m - s + 1)

    The switch is where L is largest, and the Bayes factor is the mean of L over all trials. A
    subject that chooses at random has an expected Bayes factor of 1. The factor then exceeds 20, so
    that the session counts as settled, in at most one session in twenty (Markov's inequality).

    A single choice of the other arm has little effect, however late it occurs. With the definition
    "only the same arm from then on" the switch would move behind it.

    Parameters
    ----------
    choice : int array
        0 or 1, in order; at least one.

    Returns
    -------
    Switch
        Trials are indices into `choice`. The estimate is about one trial early on average, since
        the last exploring choices may happen to be of the arm preferred later. Fewer than 10
        choices never settle.

    References
    ----------
    Kass & Raftery (1995), J Am Stat Assoc 90:773 (Bayes factors; above 20 is strong).
    """
    found = _find_in_rows(choice[None])
    return Switch(*(values[0].item() for values in found.values()))


def _find_in_rows(choice: IntArray) -> dict[str, np.ndarray]:
    """Find the switch of each session, choices (session, trial); fields of `Switch`, (session,)."""
    from scipy.special import betaln, logsumexp

    n_sessions, n = choice.shape
    right = choice[:, ::-1].cumsum(axis=1)[:, ::-1]
    left = np.arange(n, 0, -1) - right
    likelihood = np.log(2.0) * (left + right) + betaln(right + 1.0, left + 1.0)
    total = np.asarray(logsumexp(likelihood, axis=1))
    cumulative = np.exp(likelihood - total[:, None]).cumsum(axis=1)
    evidence, row = total - np.log(n), np.arange(n_sessions)
    settled, trial = evidence >= np.log(EVIDENCE), likelihood.argmax(axis=1)
    most = np.maximum(right[row, trial], left[row, trial])
    return {
        "trial": np.where(settled, trial, n),
        "lower": np.where(settled, np.sum(cumulative < 0.025, axis=1), np.nan),
        "upper": np.where(settled, np.sum(cumulative < 0.975, axis=1), np.nan),
        "preferred": np.where(settled, right[row, trial] > left[row, trial], NONE),
        "preference": np.where(settled, most / (n - trial), np.nan),
        "evidence": evidence,
    }


@labelled
def find_switches(recording: xr.Dataset) -> xr.Dataset:
    """Find when each session's choices settle on one arm.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 or 1; -1 where none is valid) and `reward`. Trials without a free valid choice
        are passed over.

    Returns
    -------
    xarray.Dataset
        On `session` (all sessions of the recording, in order; coordinate `subject`): `switch_trial`
        (`trial_in_session` of the first choice that keeps to the arm; one more than the last
        trial's where the session does not settle), `lower`, `upper` (95 % credible interval),
        `preferred` (arm), `preference` (share of later choices), `evidence` (natural logarithm) as
        in `Switch`, and `settled` (1 or 0). A session without any choice does not settle.

    Raises
    ------
    MissingVariableError, AnalysisError
        If the recording lacks a variable or a variable has a value it cannot have.

    Examples
    --------
    A session of 30 choices that alternate at first, and settle on the right arm (1) from trial 9
    on, counted from 0:

    >>> import numpy as np
    >>> import xarray as xr
    >>> import pfc_analysis as pfc
    >>> choice = np.array([0, 1] * 5 + [1] * 20)
    >>> recording = xr.Dataset(
    ...     {"choice": ("trial", choice), "reward": ("trial", choice)},
    ...     {
    ...         "subject": ("trial", ["rat"] * 30),
    ...         "session": ("trial", [0] * 30),
    ...         "trial_in_session": ("trial", np.arange(30)),
    ...     },
    ... )
    >>> found = pfc.analysis.find_switches(recording)
    >>> print(found["switch_trial"].values, found["preferred"].values, found["settled"].values)
    [9] [1] [1]
    """
    trials = read_trials(recording)
    found = _find_in_sessions(trials)
    first = np.unique(trials.session, return_index=True)[1]
    names = np.array(trials.subjects)[trials.subject[first]]
    columns = {
        "switch_trial": found["trial"],
        "settled": (found["preferred"] != NONE).astype(np.int64),
        **{name: found[name] for name in found if name != "trial"},
    }
    result = xr.Dataset(
        {name: ("session", values) for name, values in columns.items()},
        coords={"subject": ("session", names)},
    )
    result.attrs["interval"] = "95 % credible"
    return result


@labelled
def compute_switch_trial(recording: xr.Dataset) -> xr.Dataset:
    """Compute when subjects settle on one arm, on average over their sessions.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `find_switches`.

    Returns
    -------
    xarray.Dataset
        On `subject`: `switch_trial` (mean over sessions; a session that does not settle counts as
        if it settled right after its end, so the mean is then too small), `lower`, `upper`;
        `settled` (share of sessions that settle), `settled_lower`, `settled_upper`; `n_sessions`.
        Intervals are 95 %, Student's t over sessions. To compare two conditions of the same
        subjects, apply `compute_subject_mean` to the difference of their switch trials.

    Raises
    ------
    MissingVariableError, AnalysisError
        As for `find_switches`.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player, task = pfc.analysis.Thompson(), Bandit("fixed", left=0.25, right=0.75)
    >>> recording = pfc.simulate(player, task, sessions=20, seed=1, subject="player")
    >>> result = pfc.analysis.compute_switch_trial(recording).sel(subject="player")
    >>> print(f"trial {result['switch_trial']:.0f}, settled in {result['settled']:.0%} of sessions")
    trial 9, settled in 100% of sessions
    """
    sessions = find_switches(recording)
    parts = []
    for name in dict.fromkeys(sessions["subject"].values.tolist()):
        own = sessions.isel(session=(sessions["subject"] == name).values).reset_coords(drop=True)
        switch, settled = (
            compute_subject_mean(own[variable].astype(float), dim="session")
            for variable in ("switch_trial", "settled")
        )
        part = switch[["mean", "lower", "upper"]].rename({"mean": "switch_trial"})
        part = part.assign(
            settled=settled["mean"],
            settled_lower=settled["lower"].clip(0, 1),
            settled_upper=settled["upper"].clip(0, 1),
            n_sessions=own.sizes["session"],
        )
        parts.append(part.assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result


def _find_in_sessions(trials: ChoiceTrials) -> dict[str, np.ndarray]:
    """Find the switch of every session, in trials as the session counted them."""
    last = np.cumsum(np.bincount(trials.session)) - 1
    found = {
        "trial": trials.position[last] + 1,
        "lower": np.full(last.size, np.nan),
        "upper": np.full(last.size, np.nan),
        "preferred": np.full(last.size, NONE),
        "preference": np.full(last.size, np.nan),
        "evidence": np.zeros(last.size),
    }
    chosen = np.flatnonzero(trials.predicted)
    n_chosen = np.bincount(trials.session[chosen], minlength=last.size)
    begin = np.cumsum(n_chosen) - n_chosen
    # Sessions with the same number of choices are analysed together.
    for n in np.unique(n_chosen[n_chosen > 0]):
        sessions = np.flatnonzero(n_chosen == n)
        for part in np.array_split(sessions, -(-sessions.size * n // MOST_VALUES)):
            rows = chosen[begin[part, None] + np.arange(n)]
            switch, position = _find_in_rows(trials.choice[rows]), trials.position[rows]
            settled = switch["preferred"] != NONE
            found["evidence"][part] = switch["evidence"]
            for name in ("preferred", "preference"):
                found[name][part] = switch[name]
            for name in ("trial", "lower", "upper"):
                at = switch[name][settled].astype(np.int64)
                found[name][part[settled]] = position[settled, at]
    return found
