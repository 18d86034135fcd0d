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
    from scipy.special import betaln, logsumexp

    n = choice.size
    right = choice[::-1].cumsum()[::-1]
    left = np.arange(n, 0, -1) - right
    likelihood = np.log(2.0) * (left + right) + betaln(right + 1.0, left + 1.0)
    evidence = float(logsumexp(likelihood) - np.log(n))
    if evidence < np.log(EVIDENCE):
        return Switch(n, np.nan, np.nan, NONE, np.nan, evidence)
    trial = int(likelihood.argmax())
    cumulative = np.exp(likelihood - logsumexp(likelihood)).cumsum()
    lower, upper = np.searchsorted(cumulative, (0.025, 0.975))
    preferred = int(right[trial] > left[trial])
    preference = max(right[trial], left[trial]) / (n - trial)
    return Switch(trial, float(lower), float(upper), preferred, float(preference), evidence)


@labelled
def find_switches(recording: xr.Dataset) -> xr.Dataset:
    """Find when each session's choices settle on one arm.

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
    """
    trials = read_trials(recording)
    found = [_find_in_session(trials, rows) for rows in _rows_of_sessions(trials)]
    first = np.unique(trials.session, return_index=True)[1]
    names = np.array(trials.subjects)[trials.subject[first]]
    columns = {
        "switch_trial": np.array([switch.trial for switch in found]),
        "settled": np.array([int(switch.preferred != NONE) for switch in found]),
        "lower": np.array([switch.lower for switch in found]),
        "upper": np.array([switch.upper for switch in found]),
        "preferred": np.array([switch.preferred for switch in found]),
        "preference": np.array([switch.preference for switch in found]),
        "evidence": np.array([switch.evidence for switch in found]),
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


def _rows_of_sessions(trials: ChoiceTrials) -> list[IntArray]:
    """List the trials of each session, in order."""
    ends = np.cumsum(np.bincount(trials.session))[:-1]
    return np.split(np.arange(trials.session.size), ends)


def _find_in_session(trials: ChoiceTrials, rows: IntArray) -> Switch:
    """Find the switch of one session, in trials as the session counted them."""
    chosen = rows[trials.predicted[rows]]
    after = int(trials.position[rows[-1]]) + 1
    if chosen.size == 0:
        return Switch(after, np.nan, np.nan, NONE, np.nan, 0.0)
    switch = find_switch(trials.choice[chosen])
    if switch.preferred == NONE:
        return Switch(after, np.nan, np.nan, NONE, np.nan, switch.evidence)
    position = trials.position[chosen]
    return Switch(
        trial=int(position[switch.trial]),
        lower=float(position[int(switch.lower)]),
        upper=float(position[int(switch.upper)]),
        preferred=switch.preferred,
        preference=switch.preference,
        evidence=switch.evidence,
    )
