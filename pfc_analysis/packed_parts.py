"""Keep datasets with dimensions of their own inside one dataset, by a prefix of all their names."""

from __future__ import annotations

import json

import xarray as xr

_ATTRIBUTES = "attributes"


def pack(part: xr.Dataset, prefix: str) -> xr.Dataset:
    """Rename variables, coordinates and dimensions of a dataset: "share" to "confusion_share".

    Parameters
    ----------
    part : xarray.Dataset
        Its attributes are kept as JSON, in the attribute of a variable named after the prefix.
    prefix : str
        "confusion".

    Returns
    -------
    xarray.Dataset
        To be merged into another one.
    """
    names = {str(name): f"{prefix}_{name}" for name in {*part.variables, *part.dims}}
    packed = part.drop_attrs(deep=False).rename(names)
    attributes = {name: _plain(value) for name, value in part.attrs.items()}
    packed[prefix] = ((), 1, {"long_name": "1: the part is there"})
    packed[prefix].attrs[_ATTRIBUTES] = json.dumps(attributes)
    return packed


def unpack(result: xr.Dataset, prefix: str) -> xr.Dataset:
    """Take out a dataset that `pack` put into another one, with its own names and attributes.

    Raises
    ------
    KeyError
        If there is no such part; `has_part` tells.
    """
    marked = result[prefix]
    longer = list_parts(result, f"{prefix}_")
    own = [name for name in result.variables if _belongs(str(name), prefix, longer)]
    others = [name for name in result.coords if name not in own]
    part = result[own].drop_vars(others, errors="ignore")
    names = {
        str(name): str(name).removeprefix(f"{prefix}_") for name in {*part.variables, *part.dims}
    }
    found = part.rename(names)
    found.attrs = json.loads(str(marked.attrs[_ATTRIBUTES]))
    return found


def has_part(result: xr.Dataset, prefix: str) -> bool:
    """Return whether `pack` put such a part into a dataset."""
    # Not result[prefix]: xarray would look for its coordinates, among many, each time.
    return prefix in result and _ATTRIBUTES in result.variables[prefix].attrs


def list_parts(result: xr.Dataset, beginning: str) -> list[str]:
    """List the parts whose prefix begins so: "recovery_"."""
    names = [str(name) for name in result.data_vars if str(name).startswith(beginning)]
    return [name for name in names if has_part(result, name)]


def _belongs(name: str, prefix: str, longer: list[str]) -> bool:
    """Return whether a variable is of the part `prefix`, and of no part with a longer prefix.

    "recovery_model_free_lapse_r" may be of "recovery_model_free_lapse", not "recovery_model_free".
    """
    return name.startswith(f"{prefix}_") and not any(
        f"{name}_".startswith(f"{one}_") for one in longer
    )


def _plain(value: object) -> object:
    """Return a value of an attribute as JSON takes it."""
    return value.tolist() if hasattr(value, "tolist") else value
