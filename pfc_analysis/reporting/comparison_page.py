"""Lay out the page of a comparison: result, figure, tables, and where the data come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from pfc_analysis.reporting.comparison_lists import (
    count_groups,
    list_assumptions,
    list_mixed_notes,
    list_sentences,
    list_sources,
)
from pfc_analysis.reporting.comparison_tables import (
    lay_out_effects,
    lay_out_headlines,
    lay_out_sessions,
    lay_out_subjects,
    lay_out_trials,
)
from pfc_analysis.reporting.page import Page, PageFigure, PageList, PageTable
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
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
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
    """
    names = " and ".join(map(str, result["group"].values))
    lists = [list_sentences(result), list_mixed_notes(result)]
    about = [*list_assumptions(recordings), *list_sources(recordings)]
    subtitle = count_groups(result)
    tables = [lay_out_headlines(result), lay_out_effects(result), lay_out_trials(result)]
    folded = [lay_out_subjects(result), lay_out_sessions(result)]
    sections: list[PageTable | PageList]
    sections = [
        lay_out_tasks(result),
        list_matched(result),
        lists[0],
        *tables[:2],
        lists[1],
        tables[2],
        *about,
        *folded,
    ]
    return Page(
        title=f"{names[:1].upper()}{names[1:]} compared: {result.attrs['experiment']}",
        subtitle=subtitle,
        summary=[str(text) for text in result["summary"].values],
        figure=figure,
        sections=[section for section in sections if section.rows],
        command=command,
        files=files,
    )
