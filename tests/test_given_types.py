"""Public functions say in one line what they were given, what they expect, and the way out."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.given_types import WrongTypeError
from pfc_analysis.learners.definition.learner_error import LearnerError
from pfc_analysis.tasks.two_step import TwoStep

DATA = {"xr.Dataset", "xr.DataArray", "xr.Dataset | xr.DataArray", "FloatArray", "IntArray"}


@pytest.fixture(scope="module")
def recording() -> xr.Dataset:
    return pfc.record("two_step", sessions=2)


@pytest.fixture(scope="module")
def result(recording) -> xr.Dataset:
    return pfc.analysis.compute_stay_probability(recording)


def functions_of_data() -> list[str]:
    """Public analyses whose first argument is a recording, a result or an array."""
    found = []
    for name in dir(pfc.analysis):
        function = getattr(pfc.analysis, name)
        if inspect.isfunction(function):
            first, *_ = inspect.signature(function).parameters.values()
            found += [name] if first.annotation in DATA else []
    return found


@pytest.mark.parametrize("name", functions_of_data())
@pytest.mark.parametrize("wrong", ["rats.nc", Path("rats.nc"), {"rats": 1}, None])
def test_every_analysis_says_what_it_expects(name, wrong):
    function = getattr(pfc.analysis, name)
    parameters = inspect.signature(function).parameters.values()
    needed = [p for p in parameters if p.default is p.empty]
    named = {p.name: wrong for p in needed if p.kind is p.KEYWORD_ONLY}
    first = needed[0].name
    with pytest.raises(
        WrongTypeError, match=rf"^{first}: found .*, expected a[n ].*\. [A-Z]\w+ .*"
    ):
        function(*[wrong] * (len(needed) - len(named)), **named)


def test_there_are_such_analyses():
    assert len(functions_of_data()) > 50


def test_a_result_in_place_of_one_of_its_variables(result):
    with pytest.raises(
        ValueError, match=r"^one: found the dataset \"Compute.*Choose one of its va"
    ):
        pfc.analysis.compute_group_difference(result, result, "stay_probability")


def test_a_recording_in_place_of_an_array(recording):
    with pytest.raises(TypeError, match=r"^states: found the dataset .* variables: .*'hidden'"):
        pfc.analysis.compute_principal_components(recording, 2)
    with pytest.raises(TypeError, match=r"^values: .*, expected an array of numbers\. Choose one"):
        pfc.analysis.bootstrap_mean(recording, np.random.default_rng(1))


def test_an_array_or_a_table_in_place_of_a_recording(recording):
    with pytest.raises(
        WrongTypeError, match=r"found the array 'choice', .* Pass the whole dataset"
    ):
        pfc.analysis.compute_stay_probability(recording["choice"])
    with pytest.raises(
        WrongTypeError, match=r"type DataFrame, expected a rec.*: pfc.load\(table\)"
    ):
        pfc.analysis.compute_stay_probability(pd.DataFrame({"choice": [1]}))


def test_a_recording_in_place_of_a_result(recording, result):
    with pytest.raises(
        pfc.analysis.MissingVariableError, match=r"'regret'.* of pfc.*compute_regret"
    ):
        pfc.analysis.compute_share_of_best(recording, chance=1.0, best=0.0)
    with pytest.raises(
        pfc.analysis.MissingVariableError, match=r"'weight'.*fit_volatility_decoder"
    ):
        pfc.analysis.decode_volatility(recording, result)
    with pytest.raises(
        pfc.analysis.MissingVariableError, match=r"no variable 'choice', only 'stay"
    ):
        pfc.analysis.find_interval(result, "choice")


def test_a_number_in_place_of_a_list(recording):
    with pytest.raises(
        WrongTypeError, match=r"trials: found .* int, expected a list, such as \[3\]"
    ):
        pfc.analysis.compute_payoff_order(recording, 3)


def test_arguments_in_another_order(recording):
    with pytest.raises(WrongTypeError, match=r"learner: found the dataset .*Look at the order"):
        pfc.analysis.run_learner(recording, pfc.learners.ModelBased())
    with pytest.raises(WrongTypeError, match=r"recording: found the text or path 'mine.csv', exp"):
        pfc.export_recording("mine.csv", recording)
    with pytest.raises(WrongTypeError, match=r"groups: found the dataset .*, expected a dict"):
        pfc.compare_recordings("two_step", recording, 1)


def test_a_recording_in_place_of_its_file(recording):
    for function in (pfc.open_recording, pfc.load):
        with pytest.raises(WrongTypeError, match=r"^path: found .* It is in memory already"):
            function(recording)


def test_a_class_in_place_of_an_object():
    with pytest.raises(
        WrongTypeError, match=r"task: found the class TwoStep, .*: TwoStep\(\.\.\.\)"
    ):
        pfc.simulate(pfc.learners.ModelBased(), TwoStep, sessions=1, seed=1, subject="one")


def test_pictures_say_the_same():
    with pytest.raises(
        WrongTypeError, match=r"data: found the text or path 'x.nc', expected a rec"
    ):
        pfc.plot.stay_probability("x.nc")


def test_learners_name_the_setting_that_is_wrong():
    with pytest.raises(
        LearnerError,
        match=r"IdealObserver.better_pays: found 80, expected .* from 1e-06 to 0.999999",
    ):
        pfc.analysis.IdealObserver(better_pays=80)
    with pytest.raises(LearnerError, match=r"ModelBased.alpha: found 'a', expected a n"):
        pfc.learners.ModelBased(alpha="a")


def test_too_many_arguments_are_told_by_python(recording):
    with pytest.raises(TypeError, match=r"takes .* positional argument"):
        pfc.analysis.compute_stay_probability(recording, "history", 1, 2, 3)


def test_a_text_in_place_of_a_list(recording):
    """Otherwise its letters would be taken for names."""
    with pytest.raises(
        WrongTypeError, match=r"variables: found .* expected a list, such as \['rew"
    ):
        pfc.analysis.select_features(recording, "reward", "reward")
