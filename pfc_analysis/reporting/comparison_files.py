"""Write the files of a comparison: page, picture, table and dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.atomic import atomic_path
from pfc_analysis.comparison.long_table import tabulate_comparison
from pfc_analysis.plotting.style import figure_style, save_figure
from pfc_analysis.recording.hdf5_target import write_netcdf
from pfc_analysis.reporting.comparison_figure import draw_comparison, draw_for_page
from pfc_analysis.reporting.comparison_page import lay_out_page
from pfc_analysis.reporting.render_page import write_page
from pfc_analysis.spreadsheet_cells import neutral_table

if TYPE_CHECKING:
    import xarray as xr

STEM = "comparison"
"""Name of the files, without their endings."""


def list_written(out: str | Path) -> list[Path]:
    """List the files that a comparison writes into a folder, the page first."""
    return [Path(out) / f"{STEM}.{ending}" for ending in ("html", "svg", "png", "csv", "nc")]


def write_comparison(
    result: xr.Dataset, recordings: Mapping[str, xr.Dataset], out: str | Path, command: str
) -> None:
    """Write a comparison; each file appears complete or not at all.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
    recordings : mapping of str to xarray.Dataset
        What was compared, by group.
    out : str or Path
        Folder.
    command : str
        The command that makes the comparison again, for the page.
    """
    page, *pictures, numbers, dataset = list_written(out)
    with figure_style():
        drawn = draw_comparison(result)
        save_figure(drawn, Path(out), STEM)
    figure = draw_for_page(result, drawn)
    with atomic_path(numbers) as temporary:
        table = neutral_table(tabulate_comparison(result))
        table.to_csv(temporary, index=False, float_format="%.6g")
    with atomic_path(dataset) as temporary:
        write_netcdf(result, temporary)
    beside = [path.name for path in (numbers, dataset, *pictures)]
    write_page(lay_out_page(result, recordings, figure, command, beside), page)
