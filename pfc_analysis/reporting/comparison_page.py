"""Lay out the page of a comparison: result, figure, tables, and where the data come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.reporting.comparison_lists import (
    count_groups,
    define_quantities,
    list_assumptions,
    list_mixed_notes,
    list_sentences,
    list_sources,
    say_what_was_asked,
)
from pfc_analysis.reporting.comparison_tables import (
    lay_out_effects,
    lay_out_headlines,
    lay_out_sessions,
    lay_out_subjects,
    lay_out_trials,
)
from pfc_analysis.reporting.methods_text import lay_out_methods
from pfc_analysis.reporting.page import (
    Page,
    PageCode,
    PageFigure,
    PageLinks,
    PageList,
    PageTable,
    PageText,
    Section,
)
from pfc_analysis.reporting.task_rows import lay_out_tasks, list_matched


def lay_out_page(
    result: xr.Dataset,
    recordings: Mapping[str, xr.Dataset],
    figure: PageFigure,
    command: str,
    files: Sequence[str],
) -> Page:
    """Lay out the page of a comparison.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`. With the settings of the
        tasks merged into it (`pfc_analysis.comparison.settings.compare_tasks.compare_tasks`), the
        page has a table of them, and names those that differ beside the answer.
    recordings : mapping of str to xarray.Dataset
        What was compared, by group. Their attributes say where the data come from and what was
        assumed when they were read.
    figure : PageFigure
        The figure of the comparison.
    command : str
        The command that makes the comparison again.
    files : sequence of str
        Names of the files beside the page.

    Returns
    -------
    Page
        The answer first, then what was asked, the quantities, the figure, tables and sources.
    """
    tasks = str(result.attrs.get("tasks", ""))
    names = " and ".join(map(str, result["group"].values))
    mixed = Section(
        "Mixed-effects logistic regression", [lay_out_effects(result), list_mixed_notes(result)]
    )
    sections = [
        say_what_was_asked(result),
        define_quantities(result),
        Section("Figure", [figure]),
        lay_out_headlines(result),
        list_sentences(result),
        lay_out_tasks(result),
        list_matched(result),
        mixed,
        lay_out_trials(result),
        *list_assumptions(recordings),
        lay_out_methods(result, recordings),
        list_sources(recordings),
        lay_out_subjects(result),
        lay_out_sessions(result),
        lay_out_again(command, files),
    ]
    return Page(
        title=f"{names[:1].upper()}{names[1:]} compared: {result.attrs['experiment']}",
        subtitle=count_groups(result),
        summary=[*map(str, result["summary"].values), *([tasks] if tasks else [])],
        sections=[found for section in sections if (found := drop_empty(section)).parts],
    )


def lay_out_again(command: str, files: Sequence[str]) -> Section:
    """Say how to make the page again, and where its numbers are."""
    links = PageLinks([(name, name) for name in files])
    text = PageText(["The numbers on this page and its figure are in the files beside it:"])
    return Section("Make this page again", [PageCode(command), text, links])


def drop_empty(section: Section) -> Section:
    """Leave out tables and lists without rows."""
    parts = [
        part
        for part in section.parts
        if not isinstance(part, (PageTable, PageList)) or len(part.rows)
    ]
    return Section(section.title, parts, section.folded)
