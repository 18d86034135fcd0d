"""How often is the risky option chosen, and what changes that? (Wang et al. 2018, Fig. 7)

Percentages of free choices, by subject, and their differences in percentage points.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, FloatArray, IntArray
from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
    listed,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.analysis.trials.choice_trials import (
    ChoiceTrials,
    check_values,
    read_trials,
    read_variable,
)

MOST_PROBABILITIES = 20
"""Most different probabilities of one recording; more were probably drawn at random."""

PREFERENCE_INTERVAL = (
    "95 %, Wilson score at the effective sample size under clustering by session (Korn and "
    "Graubard 1998); independent trials where there is one session or a preference of 0 or 100 %"
)
CHANGE_INTERVAL = (
    "95 %; a subject's own from those of its two preferences (Zou and Donner 2008), the sessions "
    "of both taken as independent; that of the mean by Student's t over subjects"
)


@labelled
def compute_risky_preference(recording: xr.Dataset, *, by_probability: bool = False) -> xr.Dataset:
    """Compute the percentage of free choices that are of the risky option.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `risky_choice` (1 risky, 0 safe, -1 none), `choice` and `reward` on `trial`; `forced` and
        `invalid` where it has them: forced and invalid trials are left out.
    by_probability : bool
        Whether preferences are computed for each value of `risky_probability`, at most 20.

    Returns
    -------
    xarray.Dataset
        On `subject`, and on `probability` where told apart by it: `risky_preference` (%), its 95 %
        interval `lower`, `upper`, `n_trials` and `n_effective`; `n_sessions` on `subject`.
        Cells without a trial are NaN. Attributes count the trials left out.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no trial is left.
    AnalysisError
        If a variable has a value it cannot have, or there are too many probabilities.

    Notes
    -----
    Choices of a session depend on what its first trials paid, and are nearly one choice. The
    intervals therefore count sessions rather than trials: they are Wilson score intervals at the
    effective sample size of the session-clustered variance (Korn & Graubard 1998, Survey
    Methodology 24:193).

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 7.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> player = pfc.analysis.ExpectedReward(inverse_temperature=3.0)
    >>> recording = pfc.simulate(player, RiskyChoice(), sessions=30, seed=1, subject="player")
    >>> result = pfc.analysis.compute_risky_preference(recording).sel(subject="player")
    >>> print(f"{result['risky_preference']:.0f} % risky choices, "
    ...       f"{result['lower']:.0f} to {result['upper']:.0f}")
    73 % risky choices, 60 to 83
    """
    trials = read_trials(recording)
    risky = _read_risky_choice(recording, trials)
    used = trials.predicted
    if not used.any():
        counts = trials.counts()
        raise EmptySelectionError(
            f"risky_choice: no free and valid trial is left of {risky.size}: found "
            f"{counts['n_trials_forced']} forced and {counts['n_trials_invalid']} invalid one(s)"
        )
    levels, cell = np.zeros(1), np.zeros(risky.size, np.int64)
    if by_probability:
        levels, cell = _read_probabilities(recording, used)
    parts = [
        _estimate(risky, cell, trials, used & (trials.subject == index), levels)
        for index, _ in trials.by_subject()
    ]
    result = xr.concat(parts, dim=xr.Variable("subject", list(trials.subjects)))
    if not by_probability:
        result = result.isel(probability=0, drop=True)
    result["risky_preference"].attrs["long_name"] = "free choices that are of the risky option"
    result.attrs = trials.counts() | {"interval": PREFERENCE_INTERVAL}
    return result


@labelled
def compute_preference_change(
    control: xr.Dataset, experimental: xr.Dataset, *, expected_direction: Literal[-1, 1] = 1
) -> xr.Dataset:
    """Compute by how much a manipulation changes the preference of the same subjects.

    Parameters
    ----------
    control, experimental : xarray.Dataset
        Preferences without and with the manipulation, of the same subjects
        (`compute_risky_preference`).
    expected_direction : {-1, 1}
        Whether fewer risky choices were expected, or more.

    Returns
    -------
    xarray.Dataset
        On `subject`, and on `probability` where the preferences are: `change`, experimental less
        control in percentage points, with `change_lower`, `change_upper`. Without `subject`:
        `mean_change` with `mean_change_lower`, `mean_change_upper`; `n_subjects`; `n_expected`,
        how many of them changed in the expected direction. With one subject, the interval of the
        mean is that of the subject.

    Raises
    ------
    MissingVariableError
        If one of them is no result of `compute_risky_preference`.
    AnalysisError
        If the two are not of the same subjects and probabilities, or the direction is neither -1
        nor 1.

    Notes
    -----
    Where both were recorded with the same seed, the same sessions were played twice, and a
    subject's own interval is too wide.

    References
    ----------
    Wang et al. (2018), Nature Neuroscience 21:860, Fig. 7. Zou & Donner (2008), Statistics in
    Medicine 27:1693: intervals of a difference from those of its terms.

    Examples
    --------
    The same player with and without its risky rewards perceived as nothing:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.risky_choice import RiskyChoice
    >>> def measure(**settings):
    ...     player = pfc.analysis.ExpectedReward(inverse_temperature=3.0, **settings)
    ...     played = pfc.simulate(player, RiskyChoice(), sessions=30, seed=1, subject="player")
    ...     return pfc.analysis.compute_risky_preference(played)
    >>> change = pfc.analysis.compute_preference_change(
    ...     measure(), measure(manipulation="block_risky_reward"), expected_direction=-1
    ... )
    >>> print(f"{change['mean_change'].item():.0f} percentage points")
    -56 percentage points
    """
    if expected_direction not in (-1, 1):
        raise AnalysisError(
            f"expected_direction: found {expected_direction!r}, expected -1 (fewer risky choices) "
            "or 1 (more)"
        )
    before, after = _align(control, experimental)
    change = after["risky_preference"] - before["risky_preference"]
    # Each end combines the lower half of one preference's interval with the upper of the other's.
    below = (after["risky_preference"] - after["lower"]) ** 2
    below += (before["upper"] - before["risky_preference"]) ** 2
    above = (after["upper"] - after["risky_preference"]) ** 2
    above += (before["risky_preference"] - before["lower"]) ** 2
    result = xr.Dataset(
        {
            "change": change,
            "change_lower": change - below**0.5,
            "change_upper": change + above**0.5,
        }
    )
    mean = summarise_subjects(result, "change")
    for name, source in (("", "mean"), ("_lower", "lower"), ("_upper", "upper")):
        result[f"mean_change{name}"] = mean[source]
    result["n_subjects"] = mean["n_subjects"]
    result["n_expected"] = (np.sign(change) == expected_direction).sum("subject")
    for array in result.data_vars.values():
        array.attrs = {} if str(array.name).startswith("n_") else {"units": "percentage points"}
    result.attrs = {"expected_direction": expected_direction, "interval": CHANGE_INTERVAL}
    return result


def _read_risky_choice(recording: xr.Dataset, trials: ChoiceTrials) -> IntArray:
    """Read where the risky option was chosen (1, else 0); checked where a choice is valid."""
    risky = read_variable(recording, "risky_choice")
    holds = np.isin(risky, (0, 1)) | (~trials.valid & (risky == -1))
    check_values(
        "risky_choice", risky, holds, "0 (safe) or 1 (risky), and -1 only without a choice"
    )
    return risky.astype(np.int64)


def _read_probabilities(recording: xr.Dataset, used: BoolArray) -> tuple[FloatArray, IntArray]:
    """Read the different probabilities of the trials used, and the index of each trial's."""
    probability = read_variable(recording, "risky_probability")
    holds = ~used | ((probability >= 0) & (probability <= 1))
    check_values("risky_probability", probability, holds, "a probability, between 0 and 1")
    levels = np.unique(probability[used])
    if levels.size > MOST_PROBABILITIES:
        raise AnalysisError(
            f"risky_probability: found {levels.size} different values, expected at most "
            f"{MOST_PROBABILITIES}; play the task with fixed probabilities, or put them into bins "
            "first"
        )
    return levels.astype(np.float64), np.searchsorted(levels, probability).astype(np.int64)


def _estimate(
    risky: IntArray, cell: IntArray, trials: ChoiceTrials, rows: BoolArray, levels: FloatArray
) -> xr.Dataset:
    """Estimate one subject's preferences on `probability`."""
    found = estimate_clustered_proportions(
        risky[rows].astype(np.float64), cell[rows], trials.session[rows], levels.size
    )
    per_cent = {
        "risky_preference": found.proportion,
        "lower": found.lower,
        "upper": found.upper,
    }
    counts = {"n_trials": found.n_trials, "n_effective": found.n_effective}
    result = xr.Dataset(
        {name: ("probability", 100.0 * value, {"units": "%"}) for name, value in per_cent.items()}
        | {name: ("probability", value) for name, value in counts.items()},
        coords={"probability": levels},
    )
    result["n_sessions"] = found.n_sessions
    return result


def _align(control: xr.Dataset, experimental: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """Put subjects and probabilities of both in the same order, or raise an error."""
    for which, preference in (("control", control), ("experimental", experimental)):
        missing = {"risky_preference", "lower", "upper"} - set(preference.data_vars)
        if missing:
            raise MissingVariableError(
                f"{which}: found no {listed(sorted(missing))}, expected the result of "
                "compute_risky_preference"
            )
    for dim in ("subject", "probability"):
        one, other = (
            list(np.atleast_1d(preference[dim].values)) if dim in preference.dims else []
            for preference in (control, experimental)
        )
        if set(one) != set(other):
            raise AnalysisError(
                f"{dim}: found {listed(one)} in control and {listed(other)} in experimental, "
                "expected the same; select those that are in both first"
            )
        if one:
            experimental = experimental.sel({dim: one})
    return control, experimental
