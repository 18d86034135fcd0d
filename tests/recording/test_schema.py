import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.schema import did_you_mean, with_attributes
from pfc_analysis.recording.standard_variables import COORDINATES, DIMENSIONS, VARIABLES


def test_dimensions_are_those_of_the_design():
    assert set(DIMENSIONS) == {
        "trial",
        "step",
        "event",
        "unit",
        "arm",
        "time",
        "window",
        "response",
    }


def test_no_name_is_both_coordinate_and_variable():
    assert not set(COORDINATES) & set(VARIABLES)


@pytest.mark.parametrize("name", [*COORDINATES, *VARIABLES])
def test_every_standard_variable_is_described(name):
    spec = {**COORDINATES, **VARIABLES}[name]
    assert spec.attributes()["long_name"]
    assert (spec.kind == "real") == ("units" in spec.attributes())


def test_labels_become_cf_flags(recording):
    choice = with_attributes(recording)["choice"]
    assert choice.attrs["flag_values"].dtype == choice.dtype
    assert choice.attrs["flag_values"].tolist() == [-1, 0, 1]
    assert choice.attrs["flag_meanings"] == "none left right"
    better = with_attributes(recording)["better_state"]
    assert better.attrs["flag_values"].tolist() == [0, 1]
    assert better.attrs["flag_meanings"] == "left right"


def test_flags_of_the_schema_need_no_labels(recording):
    transition = with_attributes(recording)["common_transition"]
    assert transition.attrs["flag_values"].tolist() == [-1, 0, 1]
    assert transition.attrs["flag_meanings"] == "none uncommon common"


def test_blanks_in_labels_do_not_split_meanings(recording):
    recording["choice"].attrs["labels"] = ["far left", "right"]
    assert with_attributes(recording)["choice"].attrs["flag_meanings"] == "none far_left right"


def test_unsigned_flags_hold_no_minus_one(recording):
    recording["common_transition"] = ("trial", np.ones(12, dtype=np.uint8))
    flags = with_attributes(recording)["common_transition"].attrs["flag_values"]
    assert flags.tolist() == [0, 1]


def test_description_keeps_what_was_there_and_changes_nothing(recording):
    recording["reward"].attrs = {"units": "drops"}
    before = recording.copy(deep=True)
    described = with_attributes(recording)
    assert described["reward"].attrs["units"] == "drops"
    assert described["reward"].attrs["long_name"] == "reward earned in the trial"
    assert described.attrs == recording.attrs
    xr.testing.assert_identical(recording, before)
    xr.testing.assert_equal(described, recording)


def test_did_you_mean():
    assert did_you_mean("trials", DIMENSIONS) == " (did you mean 'trial'?)"
    assert did_you_mean("xyz", DIMENSIONS) == ""
