"""Put the settings of the tasks into a comparison, and lay them out for its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pfc_analysis.comparison.settings.compare_tasks import DIFFERENT, UNKNOWN
from pfc_analysis.comparison.settings.task_setting import COUNTED
from pfc_analysis.reporting.page import PageList, PageTable, Section

if TYPE_CHECKING:
    from pfc_analysis.reporting.matched_agents import MatchedAgents

MATCHED_TITLE = "Agents trained for this task"

FLAGS = {DIFFERENT: "yes", UNKNOWN: "not known"}


def add_tasks(result: xr.Dataset, tasks: xr.Dataset, matched: MatchedAgents | None) -> xr.Dataset:
    """Add the settings of the tasks, and how matched agents were trained, to a comparison.

    Parameters
    ----------
    result : xarray.Dataset
        Of `pfc_analysis.comparison.compare_groups.compare_recordings`.
    tasks : xarray.Dataset
        Of `pfc_analysis.comparison.settings.compare_tasks.compare_tasks`, of the same groups.
    matched : MatchedAgents or None
        The agents, if they were trained for the animals' task.
    """
    found = result.merge(tasks, combine_attrs="no_conflicts")
    if matched is None:
        return found
    names = {"solved_share": "reward_share", "solved_lower": "lower", "solved_upper": "upper"}
    for new, old in names.items():
        found[new] = ("replica", matched.solved[old].values)
    what = f"share of the reward of {matched.solved.attrs['observer']}, above random choices"
    found["solved_share"].attrs = {"long_name": what, "units": "1"}
    found = found.assign_coords(replica=matched.solved["subject"].values.astype(str))
    return found.assign_attrs(matched=list(matched.said))


def say_tasks(result: xr.Dataset) -> list[str]:
    """Return sentences on how the tasks differ, and on matched agents, for the screen."""
    said = [str(result.attrs.get("tasks", "")), *_list_matched(result)]
    return [text for text in said if text]


def list_matched(result: xr.Dataset) -> Section:
    """List how the agents were trained for the animals' task; no rows for other agents."""
    return Section(MATCHED_TITLE, [PageList(_list_matched(result))])


def _list_matched(result: xr.Dataset) -> list[str]:
    said = result.attrs.get("matched", [])
    return [said] if isinstance(said, str) else [str(text) for text in said]


def lay_out_tasks(result: xr.Dataset) -> Section:
    """Lay out one row for each setting of the task: each group's value, and whether they differ."""
    groups = [str(name) for name in result["group"].values]
    rows = []
    for setting in result["setting"].values if "setting" in result else ():
        one = result.sel(setting=setting)
        unit = str(one["setting_unit"].item())
        title = str(one["setting_title"].item())
        named = title if unit in ("probability", "trials", "1") else f"{title} ({unit})"
        flags = {FLAGS.get(int(flag), "") for flag in one["setting_differs"].values}
        cells = [format_setting(one.sel(group=group)) for group in groups]
        rows.append([named, *cells, ", ".join(sorted(flags - {""}))])
    text = (
        "Groups may differ because their tasks differ, and not because they are of different "
        "kinds. Brackets hold 95 % intervals over sessions; values without them are known exactly. "
        "A setting differs where the intervals do not overlap."
    )
    table = PageTable(["setting", *groups, "differs"], rows, text)
    return Section("The tasks side by side", [table])


def format_setting(one: xr.Dataset) -> str:
    """Format a group's value of a setting with its interval, n and source: "0.80 [0.79, 0.81]"."""
    value, lower, upper = (
        float(one[f"setting_{key}"].item()) for key in ("value", "lower", "upper")
    )
    basis, detail = str(one["setting_basis"].item()), str(one["setting_detail"].item())
    if not np.isfinite(value):
        return basis
    text = f"{value:.4g}"
    if upper > lower:
        digits = int(np.clip(np.ceil(-np.log10((upper - lower) / 2)) + 1, 0, 6))
        text = f"{value:.{digits}f} [{lower:.{digits}f}, {upper:.{digits}f}]"
    n = f"{int(one['setting_n']):,} {one['setting_counted'].item()}"
    source = n if basis == COUNTED else f"{basis}, {n}" if upper > lower else basis
    return f"{text} ({'; '.join(filter(None, (source, detail)))})"
