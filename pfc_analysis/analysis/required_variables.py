"""Check that a result which is analysed further holds the variables that are read."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr

from pfc_analysis.analysis.errors import MissingVariableError, listed


def require_result(
    result: xr.Dataset, variables: Iterable[str], name: str, made_by: str = ""
) -> None:
    """Raise `MissingVariableError` unless a result has the variables that an analysis reads.

    Parameters
    ----------
    result : xarray.Dataset
        What was given.
    variables : iterable of str
        Variables or coordinates that it must have.
    name : str
        Name of the argument.
    made_by : str
        The analysis that returns such a result.
    """
    missing = [variable for variable in variables if variable not in result.variables]
    if missing:
        wanted = f"; expected the result of pfc.analysis.{made_by}" if made_by else ""
        raise MissingVariableError(
            f"{name}: found no variable {listed(missing)}, only {listed(result.variables)}{wanted}"
        )
