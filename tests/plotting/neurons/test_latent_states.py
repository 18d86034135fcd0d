"""States around reversals: what colour and marker say."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.plotting.neurons.latent_states import draw_latent_states
from pfc_analysis.plotting.style import BLUE, VERMILLION, new_figure


def test_colour_is_the_paying_side_and_the_marker_points_to_the_cue():
    axes = new_figure(3, 3).subplots()
    score = xr.DataArray(np.arange(8.0).reshape(4, 2), dims=("trial", "component"))
    side = xr.DataArray([0, 0, 1, 1], dims="trial")
    cue = xr.DataArray([0, 1, 0, 1], dims="trial")
    assert draw_latent_states(axes, score, side, cue) is axes
    drawn = {
        (line.get_color(), line.get_marker()): (
            line.get_xdata().tolist(),
            line.get_ydata().tolist(),
        )
        for line in axes.lines
    }
    assert drawn == {
        (VERMILLION, "<"): ([0.0], [1.0]),
        (VERMILLION, ">"): ([2.0], [3.0]),
        (BLUE, "<"): ([4.0], [5.0]),
        (BLUE, ">"): ([6.0], [7.0]),
    }
