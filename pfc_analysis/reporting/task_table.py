"""Lay out the tasks of several groups side by side, one row for each setting."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.reporting.estimate_text import NOTHING, format_estimate
from pfc_analysis.reporting.page import PageTable, Section

_FLAGS = {1: "differs", 0: "", -1: "not known for both"}


def lay_out_tasks(result: xr.Dataset) -> Section:
    """Lay out the settings of the tasks, with those marked that differ.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.settings.compare_tasks.compare_tasks`, or a comparison that was
        merged with one.
    """
    groups = [str(name) for name in result["group"].values]
    rows = []
    for at in range(result.sizes["setting"]):
        one = result.isel(setting=at)
        own = [one.sel(group=group) for group in groups]
        cells = [cell for setting in own for cell in _show_setting(setting)]
        flags = dict.fromkeys(_FLAGS[int(setting["setting_differs"])] for setting in own[1:])
        rows.append([_name_setting(one), *cells, ", ".join(flag for flag in flags if flag)])
    text = (
        "Groups may differ because their tasks differ, and not because they are of different "
        "kinds. Brackets hold 95 % intervals; a setting differs where they do not overlap."
    )
    titles = [title for group in groups for title in (f">{group}", f"n ({group})", "known as")]
    return Section("The tasks, side by side", [PageTable(["setting", *titles, ""], rows, text)])


def _show_setting(setting: xr.Dataset) -> tuple[str, str, str]:
    """Show the value of a setting in one group, what it was counted from, and how it is known."""
    value, lower, upper = (
        setting[f"setting_{name}"].item() for name in ("value", "lower", "upper")
    )
    exact = lower == upper
    shown = f"{value:g}" if exact else format_estimate(value, lower, upper)
    n, counted = int(setting["setting_n"]), setting["setting_counted"].item()
    detail, basis = (str(setting[f"setting_{name}"].item()) for name in ("detail", "basis"))
    known = f"{basis}: {detail}" if detail else basis
    return shown, f"{n:,} {counted}" if n else NOTHING, known


def _name_setting(one: xr.Dataset) -> str:
    title, unit = (str(one[f"setting_{name}"].item()) for name in ("title", "unit"))
    named = f"{title[:1].upper()}{title[1:]}"
    return named if unit in ("", "1") else f"{named} ({unit})"
