"""Lay out the page of a fit: answer, figure, models, parameters, and what can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from pfc_analysis.reporting.comparison_lists import list_assumptions, list_sources
from pfc_analysis.reporting.comparison_page import drop_empty, lay_out_again
from pfc_analysis.reporting.estimate_text import count_of
from pfc_analysis.reporting.fits.fit_check_sections import lay_out_checks
from pfc_analysis.reporting.fits.fit_methods import lay_out_fit_methods
from pfc_analysis.reporting.fits.fit_page_notes import lay_out_notes
from pfc_analysis.reporting.fits.fit_page_tables import (
    lay_out_models,
    lay_out_parameters,
    lay_out_subjects,
)
from pfc_analysis.reporting.page import Page, PageFigure, PageTerms, Section

TERMS = (
    (
        "Normalised likelihood",
        "The exponential of the mean log-probability of a choice: the geometric mean of the "
        "probabilities that the model gave to the choices made. A model that chooses at random "
        "between two options has 0.5.",
    ),
    (
        "Held out",
        "The choices of a session are predicted with parameters that were fitted to other sessions "
        "of the same subject, so more parameters do not by themselves make a better prediction.",
    ),
    (
        "Difference",
        "Mean log-probability of a choice minus that of the subject's best learner, paired by "
        "session. The best learner is chosen by the same held-out sessions, which favours it.",
    ),
    (
        "Protected exceedance probability",
        "Probability that a model is the most frequent one among subjects like these, allowing for "
        "the possibility that all models are equally frequent (Rigoux et al. 2014).",
    ),
)


def lay_out_fit_page(
    result: xr.Dataset,
    recording: xr.Dataset,
    figure: PageFigure,
    command: str,
    files: Sequence[str],
) -> Page:
    """Lay out the page of a fit.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.
    recording : xarray.Dataset
        What was fitted; its attributes say where the data come from.
    figure : PageFigure
        The figure of the fit.
    command : str
        The command that makes the fit again.
    files : sequence of str
        Names of the files beside the page.

    Returns
    -------
    Page
        The answer first, then the figure, tables, checks and sources.
    """
    recordings = {"the recording": recording}
    sections = [
        Section("Figure", [figure]),
        Section("What the quantities mean", [PageTerms(TERMS)]),
        lay_out_models(result),
        lay_out_subjects(result),
        lay_out_parameters(result),
        *lay_out_checks(result),
        lay_out_notes(result),
        *list_assumptions(recordings),
        lay_out_fit_methods(result, recording),
        list_sources(recordings),
        lay_out_again(command, files),
    ]
    return Page(
        title=f"Learners and networks fitted to choices: {result.attrs['experiment']}",
        subtitle=_count(result),
        summary=[*map(str, result["summary"].values)],
        sections=[found for section in sections if (found := drop_empty(section)).parts],
    )


def _count(result: xr.Dataset) -> str:
    counts = [
        count_of(result.sizes["subject"], "subject"),
        count_of(int(result["n_sessions"].sum()), "session"),
        count_of(int(result["n_choices"].sum()), "predicted choice"),
        count_of(result.sizes["model"], "model"),
    ]
    return f"{', '.join(counts)}."
