"""Where options change sides, let the options stand for the sides."""

from __future__ import annotations

import numpy as np
import xarray as xr


def name_options(recording: xr.Dataset) -> xr.Dataset:
    """Describe a recording by options instead of sides, where options change sides.

    A learner of values must then learn those of options: an image, a tube of some colour.

    Parameters
    ----------
    recording : xarray.Dataset
        With `chosen_option` and `option_on_left` on `trial` if its options have names.

    Returns
    -------
    xarray.Dataset
        If `option_on_left` takes two values, `choice` is `chosen_option`, `rewarded_side` is
        `rewarded_option`, the columns of variables on (`trial`, `arm`) belong to options, and
        `option_on_left` is 0. Otherwise the recording as it is. Doing it twice changes nothing.
    """
    if not {"chosen_option", "option_on_left"} <= set(recording.data_vars):
        return recording
    left = np.asarray(recording["option_on_left"].values)
    if np.unique(left[left >= 0]).size < 2:
        return recording
    changed = {
        "choice": ("trial", np.asarray(recording["chosen_option"].values)),
        "option_on_left": ("trial", np.minimum(left, 0)),
    }
    if {"rewarded_option", "rewarded_side"} <= set(recording.data_vars):
        changed["rewarded_side"] = ("trial", np.asarray(recording["rewarded_option"].values))
    for name in ("reward_probability", "base_probability", "automatic_reward", "baited"):
        if name in recording and recording[name].dims == ("trial", "arm"):
            values = np.asarray(recording[name].values)
            swapped = np.where((left == 1)[:, None], values[:, ::-1], values)
            changed[name] = (("trial", "arm"), swapped)  # type: ignore[assignment]
    attrs = {name: recording[name].attrs for name in changed}
    found = recording.assign(changed)
    for name, own in attrs.items():
        found[name].attrs = own
    return found
