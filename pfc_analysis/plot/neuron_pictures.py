"""Pictures of units and signals: state space, unit coding, and prediction errors."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from pfc_analysis.analysis.errors import EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.neurons.coding.unit_coding import compute_unit_coding
from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors
from pfc_analysis.analysis.signals.prediction_error import (
    compute_prediction_error_points,
    regress_prediction_error,
)
from pfc_analysis.analysis.statistics.means_over_subjects import summarise_subjects
from pfc_analysis.plot.picture_axes import Style, open_axes
from pfc_analysis.plot.picture_captions import count_data, write_caption
from pfc_analysis.plot.picture_data import analyse, require_dataset
from pfc_analysis.plotting.neurons.prediction_error import draw_prediction_error
from pfc_analysis.plotting.neurons.unit_coding import draw_unit_coding

LEARNERS = {
    "model_based": "model-based learner",
    "model_free": "model-free learner",
    "model_free_unique": "model-free learner, the part that the model-based learner lacks",
    "model_based_unique": "model-based learner, the part that the model-free learner lacks",
}
"""Whose prediction errors an agent's are compared with."""

MOST_POINTS = 3000
"""Most dots of one picture; of more, every second, third, ... is drawn."""


def select_subject(recording: xr.Dataset, subject: str | None) -> xr.Dataset:
    """Return the trials of one subject: the named one, or the first.

    Raises
    ------
    EmptySelectionError
        If the recording has no trial.
    ValueError
        If there is no such subject.
    """
    names = require_dataset(recording)["subject"].values
    if not names.size:
        raise EmptySelectionError("trial: found 0 trials, expected at least 1")
    wanted = names[0] if subject is None else subject
    if wanted not in names:
        known = ", ".join(str(name) for name in np.unique(names)[:8])
        raise ValueError(f"subject: found {subject!r}, expected one of the recording's: {known}")
    return recording.isel(trial=np.flatnonzero(names == wanted))


def state_space(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    subject: str | None = None,
    colour: str | None = None,
    states: str = "hidden",
    step: str | int = 0,
) -> Axes:
    """Draw the states of one subject's units in the plane of their first two components.

    Parameters
    ----------
    data : xarray.Dataset
        A recording with states on (`trial`, `step`, `unit`) or (`trial`, `unit`).
    ax, style
        As for `pfc.plot.stay_probability`.
    subject : str, optional
        Whose units; default: the first subject. Components of different networks have nothing in
        common.
    colour : str, optional
        Variable on `trial` that colours the dots; default: the first of `reward_probability` (of
        the first arm), `better_state`, `rewarded_side`, `regime` and `choice` that there is.
    states : str
        Name of the variable with the states: "hidden", "cell", "spike_count", ...
    step : str or int
        Step of the trial, by its label or number, if there are steps.

    Returns
    -------
    matplotlib.axes.Axes
        A dot for each trial, or for every second, third, ... if there are more than 3,000.

    Raises
    ------
    MissingVariableError
        If the recording has no states (`pfc.record(..., units=True)` records them) or lacks the
        variable of the colour.
    ValueError
        If there is no such subject or step.

    References
    ----------
    Wang et al. (2018), Fig. 1e, f and 4c.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=5)
    >>> axes = pfc.plot.state_space(agents, subject="seed_2")
    >>> axes.get_xlabel().startswith("component 1")
    True
    """
    if states not in require_dataset(data):
        raise MissingVariableError(
            f"a state space needs the states of units, `{states}` on (`trial`, `unit`), which this "
            "recording does not have. Agents' are recorded by pfc.record(..., units=True)"
        )
    one = select_subject(data, subject)
    activity = one[states]
    if "step" in activity.dims:
        activity = _select_step(activity, step)
    components = compute_principal_components(activity, 2)
    score = project_states(activity, components)
    shade, name = _shade(one, colour)
    every = -(-one.sizes["trial"] // MOST_POINTS)
    with open_axes(ax, style, (4.0, 3.2)) as axes:
        x, y = score.transpose("component", "trial").values[:, ::every]
        dots = axes.scatter(x, y, 5, shade[::every], cmap="viridis", lw=0, rasterized=True)
        axes.figure.colorbar(dots, ax=axes, label=name)
        share = 100 * components["explained_variance_ratio"].values
        axes.set(
            xlabel=f"component 1 ({share[0]:.0f} % of variance)",
            ylabel=f"component 2 ({share[1]:.0f} %)",
        )
    return write_caption(
        axes,
        f"States (`{states}`) of the {activity.sizes['unit']} units of "
        f"{one['subject'].values[0]} in the plane of their first two principal components, of "
        f"{count_data(one)}.",
        f"A dot is {'a trial' if every == 1 else f'one trial of every {every}'}; colour, {name}.",
    )


def _select_step(activity: xr.DataArray, step: str | int) -> xr.DataArray:
    labels = [str(label) for label in activity["step"].values]
    if isinstance(step, str) and step not in labels:
        raise ValueError(f"step: found {step!r}, expected one of {', '.join(labels)}")
    return activity.isel(step=labels.index(step) if isinstance(step, str) else step)


def _shade(one: xr.Dataset, colour: str | None) -> tuple[np.ndarray, str]:
    """Return the values that colour the dots, and their name."""
    usual = ("reward_probability", "better_state", "rewarded_side", "regime", "choice")
    name = colour or next((name for name in usual if name in one), "choice")
    if name not in one:
        raise MissingVariableError(f"colour: the recording has no variable {name!r}")
    values = one[name]
    for dim in (dim for dim in values.dims if dim != "trial"):
        label = values[dim].values[0] if dim in values.coords else 0
        values, name = values.isel({dim: 0}), f"{name} ({dim} {label})"
    return np.asarray(values.values, dtype=float), name.replace("_", " ")


def unit_coding(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    step: str | None = None,
    seed: np.random.Generator | int = 0,
    n_permutations: int = 200,
) -> Axes:
    """Draw which task variables each unit codes, given the other variables.

    Parameters
    ----------
    data : xarray.Dataset
        A recording with the states of units (`hidden`), `choice`, `reward` and `value`, or the
        result of `pfc.analysis.compute_unit_coding`.
    ax, style
        As for `pfc.plot.stay_probability`.
    step : str, optional
        Step of the trial; default: the first.
    seed : numpy.random.Generator or int
        Of the permutations; the same seed gives the same picture.
    n_permutations : int
        Number of permutations of sessions for the level of chance.

    Returns
    -------
    matplotlib.axes.Axes
        Dots, absolute partial correlation of each unit (blue: significant after correction for the
        number of units); bars, mean over units and subjects with its 95 % interval over subjects;
        dashes, level of chance.

    Raises
    ------
    MissingVariableError
        If the recording has no states of units.

    References
    ----------
    Wang et al. (2018), Fig. 2e; Tsutsui et al. (2016), Nature Communications 7:12554.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("matching", sessions=12)
    >>> axes = pfc.plot.unit_coding(agents, n_permutations=20)
    >>> axes.get_ylabel()
    '|partial correlation|'
    """

    def code(recording: xr.Dataset) -> xr.Dataset:
        if "hidden" not in recording:
            raise MissingVariableError(
                "unit coding needs the states of units, `hidden`, which this recording does not "
                "have. Agents' are recorded by pfc.record(..., units=True)"
            )
        first = str(recording["step"].values[0]) if step is None else step
        return compute_unit_coding(
            recording, seed, step=first, n_permutations=n_permutations,
            n_resamples=100, factors=build_trial_factors(recording, first),
        )  # fmt: skip

    coding = analyse(data, "partial_correlation", code)
    with open_axes(ax, style, (4.6, 3.0)) as axes:
        draw_unit_coding(axes, coding, summarise_subjects(coding, "mean_absolute"))
    return write_caption(
        axes,
        f"Absolute partial correlation of {coding.sizes['unit']} units a subject with each task "
        f"variable, given the others, of {count_data(data)}.",
        "Dots, units (blue: significant after correction for the number of units); bars, mean over "
        "units and subjects, with its 95 % interval (Student's t over subjects); dashes, mean of "
        "permuted sessions.",
    )


def prediction_errors(
    data: xr.Dataset,
    ax: Axes | None = None,
    *,
    style: Style = None,
    against: str = "model_based",
    subject: str | None = None,
    seed: np.random.Generator | int = 0,
    legend: bool = True,
) -> Axes:
    """Draw one subject's prediction errors in the two-step task against those of a learner.

    Parameters
    ----------
    data : xarray.Dataset
        A recording of the two-step task with prediction errors (`rpe` on (`trial`, `event`)).
    ax, style
        As for `pfc.plot.stay_probability`.
    against : {"model_based", "model_free", "model_free_unique", "model_based_unique"}
        Whose errors: the learner's, or the part of them that the other learner does not have.
    subject : str, optional
        Whose errors are drawn; default: the first subject's. The caption gives r squared of all.
    seed : numpy.random.Generator or int
        Of the bootstrap over sessions; the same seed gives the same picture.
    legend : bool
        Whether to name the events.

    Returns
    -------
    matplotlib.axes.Axes
        A dot for each error at the second stage (orange) and at reward (blue); line, regression.

    Raises
    ------
    MissingVariableError
        If the recording has no prediction errors. Animals have none; a learner that lives through
        their trials has (`pfc.analysis.run_learner`).
    ValueError
        If there is no such subject or learner.

    References
    ----------
    Wang et al. (2018), Fig. 5f, g.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=5, units=False)
    >>> axes = pfc.plot.prediction_errors(agents)
    >>> axes.get_xlabel()
    'model-based prediction error'
    """
    if against not in LEARNERS:
        raise ValueError(f"against: found {against!r}, expected one of {', '.join(LEARNERS)}")
    if "rpe" not in require_dataset(data):
        raise MissingVariableError(
            "a picture of prediction errors needs `rpe` on (`trial`, `event`), which this "
            "recording does not have. Agents' recordings have it; of an animal's choices, "
            "pfc.analysis.run_learner computes what a learner would have expected"
        )
    errors = regress_prediction_error(data, seed, n_bootstrap=200)
    one = select_subject(data, subject)
    points = compute_prediction_error_points(one)
    line = errors.sel(subject=one["subject"].values[0], selection="both", regressor=against)
    every = -(-points.sizes["point"] // MOST_POINTS)
    with open_axes(ax, style, (3.4, 3.2)) as axes:
        draw_prediction_error(
            axes, points.isel(point=slice(None, None, every)), against, line, legend
        )
    mean = summarise_subjects(errors.sel(selection="both", regressor=against), "r2")
    middle, low, high = (mean[key].item() for key in ("mean", "lower", "upper"))
    drawn = "all" if every == 1 else f"one of every {every}"
    return write_caption(
        axes,
        f"Prediction errors of {one['subject'].values[0]} against those of the {LEARNERS[against]} "
        f"({count_data(one)}; {points.sizes['point']} errors, of which {drawn} are drawn).",
        f"Line, regression. r² is {middle:.2f} [{low:.2f}, {high:.2f}] in {count_data(data)}.",
    )
