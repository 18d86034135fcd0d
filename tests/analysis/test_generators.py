"""Random numbers come from a seed or from a generator, wherever an analysis draws any."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc

MODULES = {"": pfc, "analysis.": pfc.analysis, "plot.": pfc.plot}


def list_drawing() -> dict[str, str]:
    """Annotations of the arguments of public functions that take random numbers, by function."""
    return {
        f"{where}{name}": str(parameter.annotation)
        for where, module in MODULES.items()
        for name in dir(module)
        if inspect.isfunction(getattr(module, name))
        for parameter in inspect.signature(getattr(module, name)).parameters.values()
        if "Generator" in str(parameter.annotation)
    }


@pytest.fixture(scope="module")
def agents() -> xr.Dataset:
    return pfc.record("two_step", sessions=5)


def test_every_call_takes_either():
    drawing = list_drawing()
    assert len(drawing) >= 12
    assert {"plot.unit_coding", "analysis.bootstrap_mean", "compare_recordings"} <= set(drawing)
    for name, annotation in drawing.items():
        assert annotation.startswith("np.random.Generator | int"), name


def test_a_seed_is_that_of_a_new_generator(agents):
    values = np.random.default_rng(0).normal(size=12)
    seeded = pfc.analysis.bootstrap_mean(values, 3)
    assert seeded == pfc.analysis.bootstrap_mean(values, np.random.default_rng(3))
    assert seeded != pfc.analysis.bootstrap_mean(values, 4)
    agent = agents.isel(trial=agents["subject"].values == "seed_1")
    few = {"n_permutations": 30, "n_resamples": 20}
    xr.testing.assert_identical(
        pfc.analysis.compute_unit_coding(agent, 3, **few),
        pfc.analysis.compute_unit_coding(agent, np.random.default_rng(3), **few),
    )


def test_a_generator_goes_on_from_its_state():
    values, generator = np.random.default_rng(0).normal(size=12), np.random.default_rng(3)
    first = pfc.analysis.bootstrap_mean(values, generator)
    assert first != pfc.analysis.bootstrap_mean(values, generator)


def test_pictures_take_either(agents):
    axes = [
        pfc.plot.unit_coding(agents, seed=seed, n_permutations=20)
        for seed in (3, np.random.default_rng(3))
    ]
    heights = [[bar.get_height() for bar in one.patches] for one in axes]
    assert heights[0] == heights[1]


@pytest.mark.parametrize("wrong", [None, True, -1, 0.5, "1"])
def test_what_is_neither_is_refused(wrong):
    with pytest.raises(pfc.analysis.AnalysisError, match=r"^rng: found .*, expected a seed .*_rng"):
        pfc.analysis.bootstrap_mean(np.array([1.0, 2.0, 3.0, 4.0]), wrong)
