"""Check what public functions are given: a recording, a result, an array or a path.

A path in place of a recording, or a whole recording in place of one of its variables, would end in
an error of another library. The annotations of a function say what it expects, so that one check
serves all of them.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import ParamSpec, TypeVar, get_args

import pandas as pd
import xarray as xr

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")

_LABELLED = {"xr.Dataset": xr.Dataset, "xr.DataArray": xr.DataArray}
_PLAIN = {"FloatArray", "IntArray", "npt.ArrayLike"}
_PATHS = {"str", "Path", "None"}
_NO_ARRAY = (xr.Dataset, str, Path, Mapping, type(None))
_NO_PATH = (xr.Dataset, xr.DataArray, pd.DataFrame, Mapping, type(None))


class WrongTypeError(ValueError, TypeError):
    """An argument is of another kind than expected; the message says how to get the right one."""


def checks_types(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
    """Decorate a function, so that it refuses arguments of the wrong kind (`make_check`)."""
    check = make_check(function)

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Returned:
        check(args, kwargs)
        return function(*args, **kwargs)

    return call


def make_check(
    function: Callable[..., object],
) -> Callable[[tuple[object, ...], Mapping[str, object]], None]:
    """Return a function that checks positional and named arguments by the annotations.

    The check raises `WrongTypeError`. What no rule below knows passes.
    """
    signature = inspect.signature(function)
    names: dict[str, object] = getattr(function, "__globals__", {})

    def check(args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return  # the call itself says what is missing or too much
        for name, value in given.items():
            annotation = str(signature.parameters[name].annotation)
            kind = names.get(annotation)
            if isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
                expected = "" if isinstance(value, kind) else kind.__name__
            elif isinstance(kind, UnionType):  # an alias, such as Blocks = str | xr.DataArray
                expected = "" if _is_any(value, kind) else _find_expected(annotation, value)
                expected = _name_union(kind) if expected == annotation else expected
            else:
                expected = _find_expected(annotation, value)
            if expected:
                raise WrongTypeError(say_wrong(name, value, expected))

    return check


def _is_any(value: object, union: UnionType) -> bool:
    """Whether a value is of one of the classes of a union; parts such as Any do not count."""
    classes = tuple(each for each in get_args(union) if isinstance(each, type))
    return isinstance(value, classes)


def _name_union(union: UnionType) -> str:
    parts = [getattr(each, "__name__", str(each)) for each in get_args(union)]
    return " or ".join("None" if part == "NoneType" else part for part in parts)


def require_dataset(data: object, name: str = "data") -> xr.Dataset:
    """Return a dataset as it is; raise `WrongTypeError` if it is none."""
    if not isinstance(data, xr.Dataset):
        raise WrongTypeError(say_wrong(name, data, _name_kinds(["xr.Dataset"])))
    return data


def _find_expected(annotation: str, value: object) -> str:
    """Return what was expected in place of a value; nothing if the value fits."""
    kinds = annotation.split(" | ")
    optional = "None" in kinds and value is None
    labelled = [kind for kind in kinds if kind in _LABELLED]
    if _PATHS.issuperset(kinds):
        return "a name or path" if isinstance(value, _NO_PATH) and not optional else ""
    if optional or isinstance(value, tuple(_LABELLED[kind] for kind in labelled)):
        return ""
    if len(labelled) == len([kind for kind in kinds if kind != "None"]):
        return _name_kinds(labelled)
    if any(kind in _PLAIN for kind in kinds):
        no_array = isinstance(value, _NO_ARRAY) or not (
            "npt.ArrayLike" in kinds or hasattr(value, "dtype")
        )
        return "an array of numbers" if no_array else ""
    if annotation.startswith("Sequence[str]") and len(kinds) == 1 and isinstance(value, str):
        return f"a list, such as [{value!r}]"
    if annotation.startswith("Sequence["):
        return "" if isinstance(value, Iterable) else f"a list, such as [{value!r}]"
    if annotation.startswith("Mapping["):
        fits = isinstance(value, Mapping) and not isinstance(value, xr.Dataset)
        return "" if fits or optional else "a dict"
    strangers = xr.Dataset if "Labels" in annotation else (xr.Dataset, xr.DataArray)
    if isinstance(value, strangers) and not labelled and "Any" not in annotation:
        return annotation
    return ""


def _name_kinds(kinds: Iterable[str]) -> str:
    """Name recordings and arrays for a message."""
    names = {"xr.Dataset": "a recording or result (xarray.Dataset)", "xr.DataArray": "a DataArray"}
    return " or ".join(names[kind] for kind in kinds)


def say_wrong(name: str, value: object, expected: str) -> str:
    """Say in one line what was found, what was expected, and the way out."""
    return f"{name}: found {_describe(value)}, expected {expected}. {_way_out(value, expected)}"


def _describe(value: object) -> str:
    if isinstance(value, xr.Dataset):
        title = textwrap.shorten(str(value.attrs.get("title", "")), 60, placeholder=" ...")
        return f'the dataset "{title}"' if title else "a dataset"
    if isinstance(value, xr.DataArray):
        return f"the array {str(value.name)!r}" if value.name is not None else "an array"
    if isinstance(value, (str, Path)):
        return f"the text or path {str(value)!r}"
    if isinstance(value, Mapping):
        return f"a mapping of {_quote(value)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "None" if value is None else f"an object of type {type(value).__name__}"


def _quote(names: Iterable[object]) -> str:
    return ", ".join(repr(str(name)) for name in names) or "nothing"


def _way_out(value: object, expected: str) -> str:
    if expected.startswith("a list"):
        return "Put it into brackets"
    if isinstance(value, type):
        return f"Make an object of it: {value.__name__}(...)"
    if isinstance(value, xr.Dataset):
        if "rray" in expected:
            return f"Choose one of its variables: {_quote(value.data_vars)}"
        if "path" in expected.lower():
            return "It is in memory already, and no file need be read"
        return "Look at the order of the arguments"
    if isinstance(value, xr.DataArray):
        return "Pass the whole dataset, not one of its variables"
    if isinstance(value, (str, Path)):
        return "Open files first: pfc.open_recording(path), or pfc.load(path) for other formats"
    if isinstance(value, pd.DataFrame):
        return "Make the table a recording first: pfc.load(table)"
    if isinstance(value, Mapping):
        return "Pass one of its entries"
    if "array of numbers" in expected:
        return "Convert it with numpy.asarray"
    return "Read a file by pfc.load, or record agents by pfc.record"
