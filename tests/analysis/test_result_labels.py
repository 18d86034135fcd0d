"""Every public analysis labels what it returns, as recordings do."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as analysis
from pfc_analysis.analysis.result_labels import label_result
from pfc_analysis.analysis.result_names import LABELS, UNIT_OF_INPUT, Label
from pfc_analysis.recording.standard_variables import VARIABLES

from .analysed_examples import EXAMPLES

UNITS_OF_INPUT = {name for name, label in LABELS.items() if label.units == UNIT_OF_INPUT}


def list_labelled() -> set[str]:
    """Public functions that are annotated to return xarray."""
    functions = {name: getattr(analysis, name) for name in analysis.__all__}
    return {
        name
        for name, function in functions.items()
        if inspect.isfunction(function)
        and re.fullmatch(r"xr\.Data(set|Array)", str(inspect.signature(function).return_annotation))
    }


def test_every_analysis_that_returns_xarray_has_an_example():
    assert set(EXAMPLES) == list_labelled()
    assert len(EXAMPLES) > 60


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_results_are_labelled(name):
    result = EXAMPLES[name]()
    arrays = {result.name: result} if isinstance(result, xr.DataArray) else dict(result.data_vars)
    assert arrays
    for variable, array in arrays.items():
        assert array.attrs.get("long_name"), variable
        described = LABELS.get(str(variable)) or VARIABLES.get(str(variable))
        category = array.dtype.kind in "OUS" or (described and described.units is None)
        main = re.sub(r"_?(lower|upper|standard_error|mean)$", "", str(variable))
        if not category and main and main not in UNITS_OF_INPUT and len(arrays) > 1:
            assert array.attrs.get("units"), variable
        # Where others are predicted, the variance explained may be below 0.
        ranged = isinstance(described, Label) and variable != "r_squared"
        if ranged and described.valid_range and array.notnull().any():
            low, high = described.valid_range
            assert low <= array.min().item() <= array.max().item() <= high, variable


def test_parts_name_what_they_are_of():
    values = ("subject", np.array([0.5, 0.7]))
    result = xr.Dataset({"accuracy": values, "accuracy_lower": values, "lower": values,
                         "n_trials": ("subject", [3, 4], {"units": "dF/F"})})  # fmt: skip
    label_result(result)
    assert result["accuracy"].attrs == {
        "long_name": "share of trials decoded correctly",
        "units": "1",
    }
    text = "lower end of the 95 % interval of the share of trials decoded correctly"
    for name in ("accuracy_lower", "lower"):
        assert result[name].attrs == {"long_name": text, "units": "1"}
    assert result["n_trials"].attrs == {"long_name": "number of trials", "units": "1"}


def test_what_an_analysis_says_itself_stays():
    own = {"long_name": "response", "units": "dF/F"}
    result = xr.Dataset({"response": ("subject", [1.0], own), "lower": ("subject", [0.5])})
    assert label_result(result)["response"].attrs == own
    assert result["lower"].attrs["units"] == "dF/F"


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_results_say_what_was_computed(name):
    """Datasets and arrays alike."""
    about = getattr(analysis, name).__doc__.partition("\n")[0].rstrip(".")
    attributes = EXAMPLES[name]().attrs
    assert (attributes["title"], attributes["analysis"]) == (about, name)
