r"""How much do a network and the habit learner beside it contribute to a choice?

Both add to the log-odds of responses. Of response a against b, the network adds :math:`z` and the
habit :math:`h`; the choice follows :math:`z + h`. The habit's share of the variance is

.. math:: \frac{\mathrm{cov}(h, z + h)}{\mathrm{var}(z + h)},

so that the shares of both sum to 1. It is below 0 if the habit opposes what the network says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.quantiles import student_quantile
from pfc_analysis.analysis.trials.choice_trials import read_trials, read_variable, require_any

SYSTEMS = ("network", "habit")
ROUNDING = 1e-12
"""Variance relative to the mean square, below which there is none."""

DIMS = ("trial", "step", "response")


@labelled
def compute_policy_contributions(
    recording: xr.Dataset,
    step: str = "stage_1",
    response: str = "right",
    against: str | Sequence[str] = "left",
) -> xr.Dataset:
    """Compute what a network and a habit learner beside it add to the log-odds of a response.

    Parameters
    ----------
    recording : xarray.Dataset
        Of agents that were trained with a habit: `network_preference` and `habit_preference` on
        (`trial`, `step`, `response`), and `action` on (`trial`, `step`).
    step : str
        The step at which the response is made.
    response : str
        The response.
    against : str or sequence of str
        The response it is compared with; of several, their mean preference.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `system`), of `network` and `habit`: `log_odds`, the mean contribution, and
        `log_odds_sd`, its standard deviation over trials. On `subject`: `habit_share` of the
        variance (see the module), `disagreement`, the share of trials in which the two favour
        opposite responses, and `follows_network`, the share of these in which the response was the
        network's; NaN if they never disagree or no variance is there. All with `_lower` and
        `_upper` (95 %, linearised over sessions, Student's t; shares of trials are cut to 0 to 1;
        NaN with one session). `n_trials` that reached the step, `n_sessions`. Attributes name the
        step and the responses.

    Raises
    ------
    MissingVariableError
        If a variable is missing: the agents have no habit.
    EmptySelectionError
        If no trial reached the step.
    AnalysisError
        If the step or a response is unknown.

    Notes
    -----
    That a habit stands beside the network is a setting of this toolkit, and so is this analysis.

    Examples
    --------
    Who makes trained agents fixate, and who chooses the side?

    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step_habit", sessions=5, units=False)
    >>> for step, response, against in (
    ...     ("fixation", "centre", ["left", "right"]), ("stage_1", "right", "left")
    ... ):
    ...     found = pfc.analysis.compute_policy_contributions(recording, step, response, against)
    ...     size = abs(found["log_odds"]) + found["log_odds_sd"]
    ...     habit = size.sel(system="habit") / size.sum("system")
    ...     print(step, "habit", "above" if habit.mean() > 0.3 else "below", "30 %")
    fixation habit above 30 %
    stage_1 habit below 30 %
    """
    trials = read_trials(recording, two_arms=False)
    place, chosen, others = _find_places(recording, step, response, against)
    values = [read_variable(recording, f"{name}_preference")[:, place] for name in SYSTEMS]
    added = np.stack([v[:, chosen] - v[:, others].mean(axis=1) for v in values]).astype(float)
    action = read_variable(recording, "action")[:, place]
    reached = np.isfinite(added).all(axis=0)
    require_any(reached, f"reach the step {step!r}", trials)
    found = []
    for code, _ in trials.by_subject():
        rows = np.flatnonzero(reached & (trials.subject == code))
        made = np.where(action[rows] == chosen, 1, np.where(np.isin(action[rows], others), -1, 0))
        found.append(_measure(added[:, rows], made, trials.session[rows]))
    result = xr.Dataset(
        {
            name: (("subject", "system")[: np.ndim(value) + 1], [one[name] for one in found])
            for name, value in found[0].items()
        },
        coords={"subject": list(trials.subjects), "system": list(SYSTEMS)},
    )
    result.attrs |= {
        "step": step,
        "response": response,
        "against": against if isinstance(against, str) else " and ".join(against),
        "interval": "95 %, linearised over sessions, Student's t",
    }
    return result


def _find_places(
    recording: xr.Dataset, step: str, response: str, against: str | Sequence[str]
) -> tuple[int, int, list[int]]:
    """Return the index of the step, of the response and of those that it is compared with."""
    others = [against] if isinstance(against, str) else list(against)
    for name in (f"{system}_preference" for system in SYSTEMS):
        read_variable(recording, name)
        if recording[name].dims != DIMS:
            raise AnalysisError(
                f"{name}: found on {listed(recording[name].dims)}, expected {listed(DIMS)}"
            )
    steps, responses = (recording[name].values.astype(str).tolist() for name in DIMS[1:])
    wrong = [one for one in (response, *others) if one not in responses]
    if step not in steps or wrong or not others or response in others:
        raise AnalysisError(
            f"step = {step!r}, response = {response!r}, against = {against!r}: expected a step "
            f"among {listed(steps)} and different responses among {listed(responses)}"
        )
    return steps.index(step), responses.index(response), [responses.index(o) for o in others]


def _measure(added: FloatArray, made: IntArray, session: IntArray) -> dict[str, Any]:
    """Measure one subject; `added` is (system, trial), `made` 1 the response, -1 another."""
    ones, away = np.ones(session.size), added - added.mean(axis=1, keepdims=True)
    found: dict[str, Any] = {}
    _put(found, "log_odds", np.stack([_ratio(one, ones, session) for one in added], axis=-1))
    spread = np.stack([_ratio(one**2, ones, session) for one in away], axis=-1)
    _put(found, "log_odds_sd", np.sqrt(np.maximum(spread, 0.0)))
    whole = away.sum(axis=0)
    whole *= np.sum(whole**2) > ROUNDING * np.sum(added**2)
    _put(found, "habit_share", _ratio(away[1] * whole, whole**2, session))
    opposed: BoolArray = added[0] * added[1] < 0.0
    _put(found, "disagreement", np.clip(_ratio(opposed, ones, session), 0.0, 1.0))
    told = opposed & (made != 0)
    follows = _ratio(told & (made * added[0] > 0.0), told, session)
    _put(found, "follows_network", np.clip(follows, 0.0, 1.0))
    found["n_trials"], found["n_sessions"] = np.array(session.size), np.unique(session).size
    return found


def _put(found: dict[str, Any], name: str, triple: FloatArray) -> None:
    """Add an estimate and its ends, given as rows."""
    found[name], found[f"{name}_lower"], found[f"{name}_upper"] = triple


def _ratio(
    top: FloatArray | BoolArray, bottom: FloatArray | BoolArray, session: IntArray
) -> FloatArray:
    """Estimate the sum of `top` over that of `bottom`: value, and 95 % interval over sessions."""
    _, place = np.unique(session, return_inverse=True)
    sums = [np.bincount(place, np.asarray(one, np.float64)) for one in (top, bottom)]
    n, total = sums[0].size, float(sums[1].sum())
    if total <= 0.0:
        return np.full(3, np.nan)
    value = float(sums[0].sum()) / total
    if n < 2:
        return np.array([value, np.nan, np.nan])
    influence = (sums[0] - value * sums[1]) / total
    reach = float(student_quantile(0.975, np.array([n - 1]))[0])
    half = reach * np.sqrt(n / (n - 1) * np.sum(influence**2))
    return np.array([value, value - half, value + half])
