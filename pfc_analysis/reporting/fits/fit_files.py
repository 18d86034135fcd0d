"""Write the files of a fit: page, picture, tables and dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pfc_analysis.atomic import atomic_path
from pfc_analysis.plotting.style import figure_style, save_figure
from pfc_analysis.recording.hdf5_target import write_netcdf
from pfc_analysis.reporting.fits.fit_figure import draw_fit, draw_fit_for_page
from pfc_analysis.reporting.fits.fit_page import lay_out_fit_page
from pfc_analysis.reporting.fits.fit_table import tabulate_fit
from pfc_analysis.reporting.render_page import write_page
from pfc_analysis.spreadsheet_cells import neutral_table

if TYPE_CHECKING:
    import xarray as xr

STEM = "fit"
"""Name of the files, without their endings."""


def list_fit_files(out: str | Path) -> list[Path]:
    """List the files that a fit writes into a folder, the page first."""
    return [Path(out) / f"{STEM}.{ending}" for ending in ("html", "svg", "png", "csv", "nc")]


def write_fit(result: xr.Dataset, recording: xr.Dataset, out: str | Path, command: str) -> None:
    """Write a fit; each file appears complete or not at all.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.fit`.
    recording : xarray.Dataset
        What was fitted.
    out : str or Path
        Folder.
    command : str
        The command that makes the fit again, for the page.
    """
    page, *pictures, numbers, dataset = list_fit_files(out)
    with figure_style():
        drawn = draw_fit(result)
        save_figure(drawn, Path(out), STEM)
    with atomic_path(numbers) as temporary:
        neutral_table(tabulate_fit(result)).to_csv(temporary, index=False, float_format="%.6g")
    with atomic_path(dataset) as temporary:
        write_netcdf(result, temporary)
    beside = [path.name for path in (numbers, dataset, *pictures)]
    figure = draw_fit_for_page(result, drawn)
    write_page(lay_out_fit_page(result, recording, figure, command, beside), page)
