"""Sentences of captions: what the marks of each panel of a fit are."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import title_of_model
from pfc_analysis.plotting.fits.predictive_rows import choose_checked_models


def tell_held_out(result: xr.Dataset) -> str:
    """Describe the panel of `held_out_rows.draw_held_out`."""
    chance = ""
    if "n_arms" in result.attrs:
        chance = f"; dotted line, chance (1 / {int(result.attrs['n_arms'])})"
    return (
        "Normalised likelihood of held-out choices (exponential of the mean log-probability of a "
        f"choice) under each model. {_tell_marks(result)}{chance}."
    )


def tell_difference(result: xr.Dataset) -> str:
    """Describe the panel of `held_out_rows.draw_difference`."""
    learners = bool((result["kind"] == "learner").any())
    base = "the subject's best learner" if learners else "the subject's best network"
    return (
        f"Mean log-probability of a held-out choice minus that of {base}, paired by session; "
        "positive where a model predicts better. The best one is chosen by the same sessions. "
        f"{_tell_marks(result)}; filled dots, subjects whose own 95 % interval over sessions "
        "leaves out 0."
    )


def tell_exceedance(result: xr.Dataset) -> str:
    """Describe the panel of `exceedance_bars.draw_exceedance`."""
    frequency = "; diamonds, estimated frequency of each model" * ("model_frequency" in result)
    return (
        "Bayesian model selection over subjects. Bars, protected exceedance probability: that a "
        f"model is the most frequent one among subjects like these ({count_subjects(result)})"
        f"{frequency}."
    )


def tell_units(result: xr.Dataset) -> str:
    """Describe the panel of `unit_curves.draw_unit_curves`."""
    learner = " Circles on the left, the subject's best learner." * bool(
        (result["kind"] == "learner").any()
    )
    return (
        "Normalised likelihood of held-out choices against the number of units, a line for each of "
        f"{count_subjects(result)}. Rings, the best number of units; pale bars, its 95 % interval "
        f"over draws of sessions.{learner}"
    )


def tell_parameters(result: xr.Dataset, learner: str) -> str:
    """Describe the panels of `estimate_rows.draw_estimates`."""
    return (
        f"Parameters of {title_of_model(result, learner)}, fitted to all sessions of "
        f"{count_subjects(result)}, with 95 % intervals of each subject's estimate; arrows, "
        "intervals that go on beyond the panel."
    )


def tell_recovery(result: xr.Dataset, learner: str) -> str:
    """Describe the panel of `recovery_rows.draw_recovery`."""
    own = result["recovery"].attrs
    line = f" (r at least {own['identifiable_from']:g}, dotted line)" * ("identifiable_from" in own)
    players = f" of {int(own['n_players'])} simulated players" * ("n_players" in own)
    return (
        f"Recovery of the parameters of {title_of_model(result, learner)} with these trials: "
        f"correlation of true and estimated values{players}, with 95 % intervals. Filled, "
        f"identifiable parameters{line}; open, the others."
    )


def tell_confusion(result: xr.Dataset) -> str:
    """Describe the panel of `confusion_cells.draw_confusion`."""
    frames = ""
    if "told_apart" in result:
        frames = " Frames, pairs that these trials cannot tell apart."
    drawn = result["confusion"].attrs.get("n_simulated")
    sets = f" of {int(drawn)} simulated data sets" if drawn else " of the simulated data sets"
    return (
        f"Confusion of models: share{sets} of the model in the row for which the model in the "
        f"column is chosen. Columns have the numbers of the rows; shares below .005 are not "
        f"written.{frames}"
    )


def tell_predictions(result: xr.Dataset) -> str:
    """Describe the panels of `predictive_rows.draw_predictions`."""
    titles = [title_of_model(result, name) for name in choose_checked_models(result)]
    drawn = result["replicated"].attrs.get("n_replicates")
    many = f" over {int(drawn)} replicates" if drawn else " over replicates"
    return (
        f"Do the fitted models behave as the subjects do ({count_subjects(result)})? Diamonds, "
        f"observed; bars, 95 % of what a fitted model does{many}, with the mean as a tick; in each "
        f"row from the top: {', '.join(titles)}."
    )


def count_subjects(result: xr.Dataset) -> str:
    """Write the number of subjects."""
    n = result.sizes["subject"]
    return f"{n} subject{'' if n == 1 else 's'}"


def _tell_marks(result: xr.Dataset) -> str:
    """Say what dots, marks and lines of rows of models are."""
    kinds = [kind for kind in ("learner", "network") if (result["kind"] == kind).any()]
    shapes = {"learner": "circles", "network": "squares"}
    named = " and ".join(
        f"{shapes[kind]}{f' ({kind}s)' if len(kinds) > 1 else ''}" for kind in kinds
    )
    known = int(result["heldout"].notnull().any("model").sum())
    if known == 1:
        return f"Dots and {named}, 1 subject; lines, its 95 % interval over sessions"
    about = set(map(str, np.atleast_1d(result["inference"].values)))
    interval = (
        f"its 95 % interval (Student's t over {known} subjects)"
        if about == {"population"}
        else "its 95 % interval over sessions, about these subjects only"
    )
    return f"Dots, {known} subjects; {named} with lines, mean over subjects and {interval}"
