"""Phase portraits for tests of drawing, with the layout of `pfc_analysis.fitting.portraits`."""

from __future__ import annotations

from itertools import product

import numpy as np
import xarray as xr


def list_kinds(states, rewards=(0.0, 1.0)):
    """Coordinates of `trial_kind`."""
    rows = list(product((0, 1), states, rewards))
    names = [
        f"choice {choice}, " + (f"state {state}, " if state >= 0 else "") + f"reward {reward:g}"
        for choice, state, reward in rows
    ]
    choice, state, reward = zip(*rows, strict=True)
    return {
        "trial_kind": names,
        "choice": ("trial_kind", list(choice)),
        "second_state": ("trial_kind", list(state)),
        "reward": ("trial_kind", list(reward)),
    }


def _targets(coords):
    """Log-odds that a kind of trial moves towards: of the choice, if it paid."""
    choice, reward = (np.array(coords[name][1], dtype=float) for name in ("choice", "reward"))
    return (2 * choice - 1) * (2 * reward - 0.5)


def make_curves(states, rewards=(0.0, 1.0)):
    coords, log_odds = list_kinds(states, rewards), np.linspace(-3, 3, 41)
    change = 0.2 * (_targets(coords)[:, None] - log_odds)
    coords["log_odds"] = ("point", log_odds)
    return xr.Dataset({"change": (("trial_kind", "point"), change)}, coords)


def make_points(states):
    rng, coords = np.random.default_rng(1), list_kinds(states)
    kind = rng.integers(0, len(coords["trial_kind"]), 60)
    log_odds = rng.normal(size=60)
    change = 0.2 * (_targets(coords)[kind] - log_odds)
    data = {"log_odds": ("point", log_odds), "change": ("point", change)}
    return xr.Dataset(data, coords | {"kind": ("point", kind)})


def make_field():
    coords, axis = list_kinds((-1,)), np.linspace(-0.999, 0.999, 21)
    second, first = np.meshgrid(axis, axis, indexing="ij")
    target = 0.3 * _targets(coords)[:, None, None]
    arrows = np.stack([0.4 * (target - first), 0.4 * (0.5 * target - second)], axis=-1)
    dims = ("second_unit", "first_unit")
    return xr.Dataset(
        {
            "state_change": (("trial_kind", *dims, "unit"), arrows),
            "change": (("trial_kind", *dims), arrows[..., 0]),
            "log_odds": (dims, first + 0.5 * second),
        },
        coords | {"first_unit": axis, "second_unit": axis},
    )


def make_fixed_points():
    return xr.Dataset(
        {
            "kind": ("fixed_point", [3, 1, 0]),
            "log_odds": ("fixed_point", [2.0, -2.0, 0.5]),
            "state": (("fixed_point", "state_number"), [[0.6, 0.3], [-0.6, -0.3], [0.1, 0.2]]),
            "stability": ("fixed_point", ["stable", "unstable", "neutral"]),
        }
    )
