"""Do hidden states order sessions by what the arms pay? (Wang et al. 2018, Fig. 1f)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, list_names
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)
from pfc_analysis.analysis.result_labels import labelled

SMALLEST_SPREAD = 1e-5
"""Scores of a trial that differ by less, in units of their range over all trials, are equal except
for rounding: states are float32, and those at the start of all sessions differ by about 1e-7."""

_DIGITS = 5  # of the range of a score that count for its rank

FOLDS = 10
"""Number of parts of the sessions; payoffs of each part are decoded by a fit to the others."""


@labelled
def compute_payoff_order(
    recording: xr.Dataset,
    trials: Sequence[int],
    *,
    n_components: int = 2,
    payoff: xr.DataArray | None = None,
) -> xr.Dataset:
    r"""Rank sessions by hidden states, and compare with the ranking by payoff.

    Principal components are those of all states of a subject, in every trial and step. States often
    lie on a bent line, so that sessions at the ends of the range differ in another component than
    sessions in between. The payoff is therefore decoded both from each component alone and from all
    of them together, by a least-squares polynomial of degree 2 in their scores that is fitted to
    nine tenths of the sessions and applied to the last tenth, in turn.

    Parameters
    ----------
    recording : xarray.Dataset
        `hidden` (`trial`, `step`, `unit`), of which the first step of the trial is read, and
        `reward_probability` (`trial`, `arm`).
    trials : sequence of int
        Trials of the session at which to rank, counted from 0.
    n_components : int
        Number of components.
    payoff : xarray.DataArray, optional
        The quantity by which sessions are ranked, on `trial`; by default the first arm's
        probability of reward.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `trial_in_session`, `component`): `rank_correlation`, Spearman's, of each
        component with the payoff, and its `_lower` and `_upper`. The sign of a component is
        arbitrary; here it increases with the payoff at the last of `trials`. NaN in a trial in
        which the states of all sessions are the same, such as the first one of agents, whose
        sessions all begin in one state.
        On (`subject`, `trial_in_session`): `joint_rank_correlation` of the payoff with the payoff
        decoded from all components, likewise; somewhat below 0 where states say nothing of it.
        Intervals are 95 %, by Fisher's transformation with the standard error of Bonett & Wright.
        On (`subject`, `component`): `explained_variance_ratio`; on `subject`: `n_sessions`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If a session lacks one of the trials, or there are fewer than 20 sessions.

    References
    ----------
    Wang et al. (2018), Fig. 1e, f. Bonett & Wright (2000), Psychometrika 65:23.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("bandit_correlated", sessions=40)
    >>> agent = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> order = pfc.analysis.compute_payoff_order(agent, trials=[10, 99]).sel(subject="seed_1")
    >>> print(order["joint_rank_correlation"].values.round(1))
    [0.9 0.9]

    The rank correlation of the payoff with the payoff decoded from the states, in trials 10 and 99
    of a session.
    """
    for name in ("hidden", "reward_probability"):
        if name not in recording:
            raise MissingVariableError(
                f"{name}: missing from the recording ({listed(recording.data_vars)}); expected "
                "hidden states and the arms' probabilities; record with units"
            )
    if payoff is None:
        payoff = recording["reward_probability"].isel(arm=0)
    parts = []
    for subject, rows in _subjects(recording):
        hidden = recording["hidden"].isel(trial=rows)
        components = compute_principal_components(hidden, n_components)
        score = project_states(hidden.isel(step=0), components).values
        at = recording["trial_in_session"].values[rows]
        n_sessions = _count_sessions(recording, rows, at, trials, subject)
        smallest = SMALLEST_SPREAD * np.ptp(score, axis=0)
        ranked = [_rank(score[at == t], payoff.values[rows][at == t], smallest) for t in trials]
        part = _label(ranked, trials, n_sessions).assign_coords(subject=subject)
        parts.append(part.assign(explained_variance_ratio=components["explained_variance_ratio"]))
    result = xr.concat(parts, dim="subject")
    result.attrs["interval"] = "95 %, Fisher's z over sessions"
    return result


def _subjects(recording: xr.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    names = recording["subject"].values.astype(str)
    for name in list_names(names):
        yield name, np.flatnonzero(names == name)


def _count_sessions(
    recording: xr.Dataset, rows: np.ndarray, at: np.ndarray, trials: Sequence[int], subject: str
) -> int:
    n_sessions = np.unique(recording["session"].values[rows]).size
    if n_sessions < 2 * FOLDS:
        raise AnalysisError(
            f"session: found {n_sessions} of {subject}, expected at least {2 * FOLDS}; record more "
            "sessions"
        )
    for trial in trials:
        found = int((at == trial).sum())
        if found != n_sessions:
            raise AnalysisError(
                f"trial_in_session: found trial {trial} in {found} of {n_sessions} sessions of "
                f"{subject}, expected it in all; ask for an earlier one"
            )
    return n_sessions


def _rank(score: FloatArray, payoff: FloatArray, smallest: FloatArray) -> FloatArray:
    """Compute rank correlations of each component and of all together; (component + 1,).

    A component whose scores differ by no more than `smallest` has no order, nor have all together.
    """
    from scipy.stats import rankdata

    # Before the first outcome all states are equal and have no ranks. A payoff decoded from them
    # would be the mean of the other sessions, which is lower the higher a session's own payoff is.
    varies = np.ptp(score, axis=0) > smallest
    varies = np.append(varies, varies.all())
    correlation = np.full(varies.size, np.nan)
    if varies.any() and np.ptp(payoff) > 0:
        read = np.stack([*score.T, _read_payoff(score, payoff) if varies[-1] else payoff])
        ranks = rankdata([payoff, *(_without_rounding(x) for x in read[varies])], axis=1)
        correlation[varies] = np.corrcoef(ranks)[0, 1:]
    return correlation


def _without_rounding(values: FloatArray) -> FloatArray:
    """Make equal what differs by rounding alone: sessions in one state get one rank.

    Weights and states are float32, with about seven digits; sums in another order, on another
    processor, change the last of them.
    """
    return np.round(values / np.ptp(values), _DIGITS)


def _read_payoff(score: FloatArray, payoff: FloatArray) -> FloatArray:
    """Decode each session's payoff from its state by a polynomial fitted to other sessions."""
    scaled = (score / score.std(axis=0)).T
    squares = [x * y for x, y in combinations_with_replacement(scaled, 2)]
    design = np.column_stack([np.ones(len(score)), *scaled, *squares])
    fold = np.arange(len(score)) % FOLDS
    read = np.empty(len(score))
    for part in range(FOLDS):
        fitted = fold != part
        weights = np.linalg.lstsq(design[fitted], payoff[fitted], rcond=None)[0]
        read[~fitted] = design[~fitted] @ weights
    return read


def _label(ranked: list[FloatArray], trials: Sequence[int], n_sessions: int) -> xr.Dataset:
    r = np.stack(ranked)
    r[:, :-1] *= np.where(r[-1, :-1] < 0, -1.0, 1.0)
    # A correlation of 1 has no finite transform, so the nearest number below is used.
    z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    reach = 1.959964 * np.sqrt((1 + r**2 / 2) / (n_sessions - 3))
    result = xr.Dataset(coords={"trial_in_session": list(trials)})
    for ending, values in (("", r), ("_lower", np.tanh(z - reach)), ("_upper", np.tanh(z + reach))):
        dims = ("trial_in_session", "component")
        result[f"rank_correlation{ending}"] = (dims, values[:, :-1])
        result[f"joint_rank_correlation{ending}"] = ("trial_in_session", values[:, -1])
    result = result.assign_coords(component=np.arange(1, r.shape[1]))
    return result.assign(n_sessions=n_sessions)
