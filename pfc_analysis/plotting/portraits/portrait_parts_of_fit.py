"""Phase portraits inside the result of a fit, subject by subject."""

from __future__ import annotations

import xarray as xr

from pfc_analysis.packed_parts import has_part, unpack

PARTS = ("curves", "field", "points")
"""Portraits of networks of one and of two units, and trials of each subject's best learner."""


def list_portraits(result: xr.Dataset) -> list[str]:
    """List the kinds of portraits that a result has."""
    return [part for part in PARTS if has_part(result, part)]


def list_portrayed(result: xr.Dataset, part: str) -> list[str]:
    """List the subjects that have a portrait of one kind."""
    found = unpack(result, part)
    name = "subject" if "subject" in found.dims else "owner"
    return list(dict.fromkeys(map(str, found[name].values)))


def select_portrait(
    result: xr.Dataset, part: str, subject: str
) -> tuple[xr.Dataset, xr.Dataset | None]:
    """Return the portrait of one subject, and its fixed points if the result has them."""
    found = unpack(result, part)
    if "subject" in found.dims:
        portrait = found.sel(subject=subject)
    else:
        portrait = found.isel(point=(found["owner"] == subject).values)
    if not has_part(result, f"{part}_fixed"):
        return portrait, None
    fixed = unpack(result, f"{part}_fixed")
    return portrait, fixed.isel(fixed_point=(fixed["owner"] == subject).values)
