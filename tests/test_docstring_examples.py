"""Every public call has an example in its docstring, and the example runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest

import pfc_analysis as pfc
import pfc_analysis.fitting

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NEEDS_PUBLIC_DATA = {"pfc.fetch_dataset", "pfc.load_dataset"}
NEEDS_NUMPYRO = {"pfc.fitting.estimation.groups.full_posterior.fit_posterior"}


def list_calls() -> Iterator[str]:
    """Names of all public functions and classes, as a user writes them."""
    rooms = {name: getattr(pfc, name) for name in ("analysis", "learners", "plot")}
    rooms = {"pfc": pfc} | {f"pfc.{name}": room for name, room in rooms.items()}
    for room, module in rooms.items():
        for name in module.__all__:
            if callable(getattr(module, name)):
                yield f"{room}.{name}"
    for path in re.findall(r"`(\w+\.[\w.]+)`$", pfc_analysis.fitting.__doc__ or "", re.MULTILINE):
        if not path.startswith("pfc."):
            yield f"pfc.fitting.{path}"


def find_example(call: str) -> doctest.DocTest:
    """The examples in the docstring of a public call, as one test."""
    if call.startswith("pfc.fitting."):
        module, _, name = call.replace("pfc", "pfc_analysis", 1).rpartition(".")
        found = getattr(importlib.import_module(module), name)
    else:
        found = pfc
        for name in call.split(".")[1:]:
            found = getattr(found, name)
    text = inspect.getdoc(found) or ""
    return doctest.DocTestParser().get_doctest(text, {}, call, inspect.getsourcefile(found), 0)


CALLS = list(list_calls())


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, marks=[pytest.mark.real_data] if call in NEEDS_PUBLIC_DATA else [])
        for call in CALLS
    ],
)
def test_example_runs(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    """Run the example of one call in an empty folder, without a screen."""
    example = find_example(call)
    assert example.examples, f"The docstring of {call} needs a section Examples with a doctest"
    if call in NEEDS_NUMPYRO:
        pytest.importorskip("numpyro")
    if call in NEEDS_PUBLIC_DATA:
        request.getfixturevalue("rat_recording")  # skips where there is no public data
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append)
    assert result.failed == 0, "".join(report)
