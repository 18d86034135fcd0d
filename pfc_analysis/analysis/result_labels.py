"""Label what analyses return: a title, and `long_name` and `units` of every variable.

The attributes are those of recordings (`pfc_analysis.recording.schema`): "1" is the unit of pure
numbers and counts, and a category, given by name or as an index into `labels`, has no unit. A name
means the same in all analyses; what an analysis says itself comes first. The first attributes of a
result, a dataset or an array, say what was computed (`title`, `analysis`) and from which recording
(`recording`). xarray keeps the title of the first where results are merged or joined; give the
whole its own: ``xr.merge(results).assign_attrs(title=...)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import xarray as xr

from pfc_analysis.analysis.result_names import LABELS, UNIT_OF_INPUT, Label
from pfc_analysis.given_types import make_check

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result", xr.Dataset, xr.DataArray)

PARTS = {
    "lower": "lower end of the 95 % interval of the {}",
    "upper": "upper end of the 95 % interval of the {}",
    "standard_error": "standard error of the {}",
    "mean": "mean over subjects of the {}",
}
"""Endings of names, and names by themselves, of what belongs to another variable."""

_DESCRIBED = ("title", "analysis", "recording")
"""Attributes that are written anew: those of the recording or of another analysis are not kept."""

_PART = re.compile(rf"(.+)_({'|'.join(PARTS)})")


def labelled(analysis: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate an analysis, so that its arguments are checked and its result is labelled."""
    check = make_check(analysis)

    @wraps(analysis)
    def label(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        check(args, kwargs)
        result = label_result(analysis(*args, **kwargs))
        _title(result, _describe(analysis, args, kwargs))
        return result

    return label


def _title(result: xr.Dataset | xr.DataArray, described: dict[Hashable, Any]) -> None:
    """Put the description before the attributes of a result, in place."""
    kept = {key: value for key, value in result.attrs.items() if key not in _DESCRIBED}
    result.attrs = described | kept


def _describe(
    analysis: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> dict[Hashable, Any]:
    """Return the attributes that say what was computed, and from which recording."""
    about = (analysis.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    described: dict[Hashable, Any] = {"title": about, "analysis": analysis.__name__}
    given = [
        one for one in (*args, *kwargs.values()) if isinstance(one, (xr.Dataset, xr.DataArray))
    ]
    # Of another result: the recording that this was computed from.
    sources = [one.attrs.get("recording" if "analysis" in one.attrs else "title") for one in given]
    named = list(dict.fromkeys(str(source) for source in sources if source is not None))
    if named:
        described["recording"] = "; ".join(named)
    return described


def label_result(result: Result) -> Result:
    """Give the variables of a result their `long_name` and `units`, in place.

    Parameters
    ----------
    result : xarray.Dataset or xarray.DataArray
        What an analysis returns. Attributes that it has already stay, other than those of counts.

    Returns
    -------
    xarray.Dataset or xarray.DataArray
        The same object.
    """
    if isinstance(result, xr.DataArray):
        _label(str(result.name), result.variable, LABELS.get(str(result.name)))
        return result
    # Variables, not arrays with coordinates, which take longer to make than to label.
    arrays = {str(name): result.variables[name] for name in result.data_vars}
    for name, array in arrays.items():
        if name not in PARTS and (name in LABELS or not _PART.fullmatch(name)):
            _label(name, array, LABELS.get(name) or _count(name))
    for name, array in arrays.items():
        part, main = _find_main(name, arrays)
        if main is not None:
            described = main.attrs.get("long_name", "values given")
            _label(name, array, Label(PARTS[part].format(described), main.attrs.get("units")))
    return result


def _label(name: str, array: xr.Variable, label: Label | None) -> None:
    """Add what is missing. Counts are relabelled, since sums keep attributes of what they count."""
    if label is None:
        return
    is_count = name.startswith("n_")
    if is_count or "long_name" not in array.attrs:
        array.attrs["long_name"] = label.long_name
    named = array.dtype.kind in "OUS" or "labels" in array.attrs
    if (
        label.units not in (None, UNIT_OF_INPUT)
        and not named
        and (is_count or "units" not in array.attrs)
    ):
        array.attrs["units"] = label.units


def _count(name: str) -> Label | None:
    """Label a count, such as "n_trials"."""
    return Label(f"number of {name[2:].replace('_', ' ')}") if name.startswith("n_") else None


def _find_main(name: str, arrays: dict[str, xr.Variable]) -> tuple[str, xr.Variable | None]:
    """Find what kind of part a variable is, and the variable that it is a part of."""
    if name in LABELS:
        return "", None
    own = _PART.fullmatch(name)
    if own and own[1] in arrays:
        return own[2], arrays[own[1]]
    if name not in PARTS:
        return "", None
    mains = [
        (array.dims == arrays[name].dims, array)
        for other, array in arrays.items()
        if not (other in PARTS or _PART.fullmatch(other) or other.startswith("n_"))
    ]
    if mains:  # the first on the same dimensions, or else the first
        return name, max(mains, key=lambda main: main[0])[1]
    return name, arrays[name]
