"""Every public call has an example in its docstring, and the example runs."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import matplotlib
import pytest

import pfc_analysis as pfc
import pfc_analysis.fitting

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NEEDS_PUBLIC_DATA = {"pfc.fetch_dataset", "pfc.load_dataset"}
RUN_ELSEWHERE = {"pfc_analysis.fitting.estimation.groups.full_posterior:fit_posterior"}
"""It loads jax: tests/fitting/estimation/test_group_fits.py runs it, in a process that has jax."""
PACKAGE = Path(pfc.__file__).parent


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
            module, _, name = path.rpartition(".")
            yield f"pfc_analysis.fitting.{module}:{name}"


def list_fitting_calls() -> Iterator[str]:
    """Functions and classes of `pfc_analysis.fitting` with an example, as "module:name"."""
    for file in sorted((PACKAGE / "fitting").rglob("*.py")):
        module = ".".join(["pfc_analysis", *file.relative_to(PACKAGE).with_suffix("").parts])
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            is_call = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if is_call and ">>>" in (ast.get_docstring(node) or ""):
                yield f"{module}:{node.name}"


def find_example(call: str) -> doctest.DocTest:
    """The examples in the docstring of a public call, as one test."""
    module, _, names = call.rpartition(":")
    found = import_module(module) if module else pfc
    for name in names.split(".") if module else names.split(".")[1:]:
        found = getattr(found, name)
    text = inspect.getdoc(found) or ""
    return doctest.DocTestParser().get_doctest(text, {}, call, inspect.getsourcefile(found), 0)


CALLS = list(dict.fromkeys([*list_calls(), *list_fitting_calls()]))


def test_examples_of_fits_are_found():
    """A move of the folder, or another mark of examples, must not leave them untested."""
    found = {one.rpartition(":")[2] for one in CALLS if ":" in one}
    assert found >= {"fit_maximum", "fit_hierarchical", "select_by_subjects", "find_fixed_points"}


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
    if call in NEEDS_PUBLIC_DATA:
        request.getfixturevalue("rat_recording")  # skips where there is no public data
    if call in RUN_ELSEWHERE:
        return
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append)
    assert result.failed == 0, "".join(report)
