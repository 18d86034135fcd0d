"""What does a cue bring back? Decode the cued trial from units before and after the cue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import IntArray
from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.memory.cued_trials import read_cued_trials
from pfc_analysis.analysis.neurons.decoding.variable_decoding import decode_variable
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import (
    NONE,
    ChoiceTrials,
    find_previous,
    read_trials,
    read_variable,
)

MOMENTS = ("before", "after")
"""The step before the cue, and the step at which it is seen."""

CUED_VARIABLES = ("reward", "second_state", "choice")
"""What is decoded of the cued trial."""


@labelled
def compute_reinstatement(
    recording: xr.Dataset,
    generator: np.random.Generator | int,
    step: str | None = None,
    *,
    activity: str = "cell",
    variables: Sequence[str] = CUED_VARIABLES,
    n_folds: int = 5,
    n_permutations: int = 39,
) -> xr.Dataset:
    """Decode variables of the cued trial from the units just before and just after the cue.

    What units carry of an old trial only after the cue was brought back by the cue. Sessions that
    are decoded were not seen by the decoder (`decode_variable`).

    Parameters
    ----------
    recording : xarray.Dataset
        Agents in the episodic two-step task, with units: `activity`, `cued_trial` and the
        variables to be decoded.
    generator : numpy.random.Generator or int
        Source of permutations: the same seed gives the same result.
    step : str, optional
        Step of the trial at which the cue is seen; default: the first. The moment before it is the
        step before, which for the first step is the last one of the trial before.
    activity : str
        On (`trial`, `step`, `unit`): "cell" (the state that a memory reinstates) or "hidden".
    variables : sequence of str
        Variables on `trial`, each a code; of `reward`, whether it was above 0.
    n_folds, n_permutations : int
        As for `decode_variable`.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `moment`, `variable`), with moments "before" and "after": what
        `decode_variable` gives of codes, `balanced_accuracy` (chance: .5 for two classes) with
        `_lower`, `_upper`, `_null`, `_null_upper`, `_p_value`; and `n_trials` of cued trials.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If there is no such step, or as `decode_variable`.

    Notes
    -----
    The cue comes before the choice, so that the choice of the trial itself is not in the units yet;
    but what the old trial brought may go with the better state of the session, which an agent also
    knows from the last trials. The moment before the cue shows how much that is.

    References
    ----------
    Ritter, Wang, Kurth-Nelson, Jayakumar, Blundell, Pascanu & Botvinick (2018), arXiv:1805.09692,
    whose networks add a stored cell state to the cell. Decoding it is an analysis of ours.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("episodic_two_step", sessions=6)
    >>> agent = recording.isel(trial=recording["subject"].values == "seed_1")
    >>> read = pfc.analysis.compute_reinstatement(
    ...     agent, 1, variables=["reward"], n_folds=3, n_permutations=19
    ... )
    >>> for moment in ("before", "after"):
    ...     share = read["balanced_accuracy"].sel(moment=moment).item()
    ...     print(f"{moment} the cue: {share:.1f}")
    before the cue: 0.5
    after the cue: 1.0

    The cue brings back whether the old trial was rewarded.
    """
    generator = as_generator(generator, "generator")
    trials = read_trials(recording)
    cued = read_cued_trials(recording, trials)
    rows = np.flatnonzero(cued.row >= 0)
    states = _find_states(recording, trials, activity, step)
    told = recording.isel(trial=rows)
    moments = []
    for moment in MOMENTS:
        held = states[moment].isel(trial=rows)
        found = [
            decode_variable(
                told,
                _read_old(recording, name, cued.row[rows]),
                generator,
                activity=held,
                kind="code",
                n_folds=n_folds,
                n_permutations=n_permutations,
            )
            for name in variables
        ]
        moments.append(xr.concat(found, xr.Variable("variable", list(variables))))
    result = xr.concat(moments, xr.Variable("moment", list(MOMENTS)))
    result = result.transpose("subject", "moment", "variable", ...)
    result.attrs = {**moments[0].attrs, "activity": activity, "target": "of the cued trial"}
    result.attrs |= {"step": _name_step(recording, activity, step)} | cued.counts()
    return result


def _name_step(recording: xr.Dataset, activity: str, step: str | None) -> str:
    """Return the name of the step at which the cue is seen, or raise."""
    values = read_variable(recording, activity)
    if values.ndim != 3 or recording[activity].dims[1] != "step":
        raise AnalysisError(
            f"{activity}: found dimensions {listed(recording[activity].dims)}, expected 'trial', "
            "'step', 'unit'"
        )
    steps = [str(name) for name in recording["step"].values]
    if step is not None and step not in steps:
        raise AnalysisError(f"step: found {step!r}, expected one of {listed(steps)}")
    return steps[0] if step is None else step


def _find_states(
    recording: xr.Dataset, trials: ChoiceTrials, activity: str, step: str | None
) -> dict[str, xr.DataArray]:
    """Return the units' state at both moments, (trial, unit); NaN where there is none."""
    name = _name_step(recording, activity, step)
    at = [str(label) for label in recording["step"].values].index(name)
    every = recording[activity]
    after = every.isel(step=at, drop=True)
    if at > 0:
        return {"before": every.isel(step=at - 1, drop=True), "after": after}
    previous = find_previous(trials)
    before = every.isel(step=-1, drop=True).isel(trial=previous)
    before = before.copy(data=np.where((previous >= 0)[:, None], before.values, np.nan))
    return {"before": before.assign_coords(after.coords), "after": after}


def _read_old(recording: xr.Dataset, name: str, row: IntArray) -> xr.DataArray:
    """Read a variable of the cued trials: a code on trial, -1 for none."""
    values = read_variable(recording, name)[row]
    if name == "reward":
        values = np.where(np.isfinite(values), values > 0, NONE)
    return xr.DataArray(values.astype(np.int64), dims="trial", name=f"{name} of the cued trial")
