"""Sentences of captions: what the marks of each panel of a fit are."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.plotting.fits.model_rows import title_of_model
from pfc_analysis.plotting.portraits.portrait_parts_of_fit import list_portrayed, select_portrait
from pfc_analysis.plotting.portraits.portrait_styles import tell_styles


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
    ceiling = (
        " Dashes on the right, the likelihood of an agent's choices under its own policy, which no "
        "model can exceed but by chance."
    ) * ("ceiling" in result)
    return (
        "Normalised likelihood of held-out choices against the number of units, a line for each of "
        f"{count_subjects(result)}. Rings, the best number of units; pale bars, its 95 % interval "
        f"over draws of sessions.{learner}{ceiling}"
    )


def tell_parameters(result: xr.Dataset, learner: str) -> str:
    """Describe the panels of `estimate_rows.draw_estimates`."""
    return (
        f"Parameters of {title_of_model(result, learner)}, fitted to all sessions of "
        f"{count_subjects(result)}, with 95 % intervals of each subject's estimate; arrows, "
        "intervals that go on beyond the panel."
    )


def tell_recovery(part: xr.Dataset, title: str) -> str:
    """Describe the panel of `recovery_rows.draw_recovery`."""
    own = part.attrs
    line = f" (r at least {own['identifiable_from']:g}, dotted line)" * ("identifiable_from" in own)
    more = [f"{int(times)}" for times in part["repeat"].values[1:]]
    small = f"; small marks, r with {' and '.join(more)} times the trials" * bool(more)
    return (
        f"Recovery of the parameters of {title} in the subjects' own sessions: correlation of true "
        f"and estimated values of {own['n_players']} simulated players, with 95 % intervals "
        f"(Fisher's z). Filled, identifiable parameters{line}; open, the others{small}."
    )


def tell_confusion(part: xr.Dataset) -> str:
    """Describe the panel of `confusion_cells.draw_confusion`."""
    n = int(part["count"].isel(generating=0).sum())
    how = "BIC" if part.attrs.get("criterion") == "bic" else "held-out likelihood"
    frames = ""
    if "confused" in part:
        limit = part.attrs.get("confused_from")
        above = f" (more than {100 * limit:.0f} % of the data sets)" if limit else ""
        frames = f" Frames, models that pass for another one{above}."
    return (
        f"Confusion of models in the subjects' own sessions: share of {n} simulated data sets of "
        f"the model in the row for which the model in the column is chosen by {how}. Columns have "
        f"the numbers of the rows; shares below .005 are not written.{frames}"
    )


def tell_predictions(part: xr.Dataset, result: xr.Dataset) -> str:
    """Describe the panels of `predictive_rows.draw_predictions`."""
    titles = [title_of_model(result, str(name)) for name in part["learner"].values]
    order = f"; in each row from the top: {', '.join(titles)}" if len(titles) > 1 else ""
    whose = "the fitted models" if len(titles) > 1 else titles[0]
    return (
        f"Do the fitted models behave as the subjects do ({count_subjects(part)})? Diamonds, "
        f"observed; bars, central 95 % of {part.attrs['n_replicas']} replicas that {whose} played "
        f"in the subject's own sessions, with the mean as a tick{order}."
    )


def tell_portraits(result: xr.Dataset) -> str:
    """Describe the panels of phase portraits."""
    subjects = list_portrayed(result, "curves")
    portrait, fixed = select_portrait(result, "curves", subjects[0])
    points = (
        "; diamonds, fixed points, filled where stable, open where unstable, crosses neutral ones"
    )
    return (
        "Phase portraits of the network of one unit that was fitted to each subject: log-odds of a "
        "choice before a trial against their change in the trial, by what happened: "
        f"{tell_styles(portrait)}{points * (fixed is not None)}."
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
