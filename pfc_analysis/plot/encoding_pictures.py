"""Picture of what units encode: how much of their variance each set of features tells."""

from __future__ import annotations

import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import MissingVariableError
from pfc_analysis.analysis.neurons.encoding.model_naming import name_best_features
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import write_caption
from pfc_analysis.plot.picture_data import Data, name_groups
from pfc_analysis.plotting.neurons.encoding_gains import draw_encoding_gains

WIDTH, PER_SET = 1.4, 0.7
"""Inches of a new figure: of its margins, and of each set."""


def encoding(
    data: Data,
    ax: Axes | None = None,
    *,
    style: Style = None,
    score: str = "components",
    unique: bool | None = None,
) -> Axes:
    """Draw how much of the variance of units each set of features tells.

    Parameters
    ----------
    data : xarray.Dataset or mapping of str to xarray.Dataset
        Result of `pfc.analysis.compare_encoding_models`, or of `compare_encoding_by_subject`; or
        several by name, such as one for each session, at most five.
    ax, style
        As for `pfc.plot.stay_probability`.
    score : {"components", "units"}
        Whether the variance of the population's components is drawn, or the mean over units.
    unique : bool, optional
        Whether to draw also what is lost without each set from a model with all; default: if there
        is one result, and it has that.

    Returns
    -------
    matplotlib.axes.Axes
        Marks, what each set adds to the base, with 95 % intervals over blocks (or subjects, if the
        result is of several) and replicas; small dots, single replicas; open marks, what is lost
        without the set.

    Raises
    ------
    MissingVariableError
        If it is no such result, or one without unique variance that is asked for.
    ValueError
        If there is no such score, or more than five results.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> events = pfc.analysis.build_event_features(one)
    >>> sets = [
    ...     pfc.analysis.build_learner_features(learner, one)
    ...     for learner in (pfc.learners.ModelBased(), pfc.learners.ModelFreeDirect())
    ... ]
    >>> states = one["hidden"].sel(step="fixation")
    >>> found = pfc.analysis.compare_encoding_models(states, events, sets, n_folds=4)
    >>> axes = pfc.plot.encoding(found)
    >>> axes.get_ylabel()
    'variance explained (%)'
    >>> print(pfc.plot.caption(axes))
    Variance of 48 units in 800 trials that each set of features tells beyond events...
    """
    groups = name_groups(data)
    for name, one in groups.items():
        _check(one, score, f"data[{name!r}]" if name else "data")
    has_unique = all("unique" in one for one in groups.values())
    if unique and not has_unique:
        raise MissingVariableError(
            "unique: found a comparison without models of all sets, expected "
            "pfc.analysis.compare_encoding_models(..., nested=True)"
        )
    shown = has_unique and len(groups) == 1 if unique is None else unique
    n_sets = next(iter(groups.values())).sizes["features"]
    with open_axes(ax, style, (WIDTH + PER_SET * n_sets, 2.8)) as axes:
        draw_encoding_gains(axes, groups, score, shown)
    return write_caption(
        axes,
        *(_describe(name, one, score) for name, one in groups.items()),
        "Marks, what a set adds to the base; bars, 95 % intervals over "
        f"{_list_over(groups)}; small dots, single replicas.",
        "Open marks, what is lost without the set from a model with all." if shown else "",
    )


def _check(one: xr.Dataset, score: str, name: str) -> None:
    if "gain" not in one or "rival" not in one.dims:
        raise MissingVariableError(
            f"{name}: found no variable 'gain' on 'features', expected the result of "
            "pfc.analysis.compare_encoding_models"
        )
    scores = [str(each) for each in one["score"].values]
    if score not in scores:
        raise ValueError(f"score: found {score!r}, expected one of {', '.join(scores)}")


def _list_over(groups: dict[str, xr.Dataset]) -> str:
    """Say over what intervals are."""
    several = any(one.attrs.get("n_subjects", 1) > 1 for one in groups.values())
    return "subjects and replicas" if several else "blocks and replicas"


def _describe(name: str, one: xr.Dataset, score: str) -> str:
    """Say what was compared, how much the base tells, and which set is named."""
    base = str(one["rival"].values[0])
    share = 100 * float(one["r_squared"].sel(score=score, model=base))
    whose = f"{name}: variance" if name else "Variance"
    best = name_best_features(one, score)
    verdict = {
        "undecided": "No set is better than all others",
        base: f"No set adds to {base} with an interval above 0",
    }.get(best, f"{best} tells more than every other set")
    n_units, n_subjects = one.attrs["n_units"], one.attrs.get("n_subjects", 1)
    what = "of components of the population" if score == "components" else "mean over units"
    scored = "" if n_units == 1 else f"{what}; "
    responses = "a signal" if n_units == 1 else f"{n_units} units"
    if n_subjects > 1:
        responses = f"{'a signal' if n_units == 1 else 'units'} of {n_subjects} subjects"
    return (
        f"{whose} of {responses} in {one.attrs['n_trials']} trials that each set "
        f"of features tells beyond {base} ({share:.1f} %; {scored}blocks of trials held out). "
        f"{verdict}."
    )
