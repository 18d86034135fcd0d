"""States of all agents are drawn on one scale, with their middle at zero."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.plotting.paper import print_style
from pfc_analysis.plotting.style import new_figure
from pfc_analysis.reproduction.panels.bandit_panels import draw_final_states_of_all


def test_panels_of_all_agents_have_one_scale_and_keep_distances():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(40, 1, 2)) * [3, 1] + [10, 0]
    hidden = np.concatenate([first, first / 2])  # the second agent's states lie half as far apart
    n = len(hidden)
    recording = xr.Dataset(
        {"hidden": (("trial", "step", "unit"), hidden)},
        coords={
            "subject": ("trial", ["a"] * 40 + ["b"] * 40),
            "trial_in_session": ("trial", np.arange(n) % 2),
        },
    )
    panels = new_figure(4, 2).subplots(1, 2, sharex=True, sharey=True)
    with print_style():
        draw_final_states_of_all(panels, recording, xr.DataArray(np.full(n, 0.5), dims="trial"))
    one, other = (np.asarray(axes.collections[0].get_offsets()) for axes in panels)
    assert len(one) == 20  # the last trial of each session
    assert np.abs(one) == pytest.approx(2 * np.abs(other))
    assert one.max(axis=0) == pytest.approx(-one.min(axis=0))
    low, high = panels[0].get_xlim()
    assert low == -high == panels[0].get_ylim()[0] == panels[1].get_xlim()[0]
    assert np.abs(one).max() < high < 1.2 * np.abs(one).max()
    assert [axes.get_title(loc="left") for axes in panels] == ["a", "b"]
    assert panels[0].get_xlabel() == "component 1"
