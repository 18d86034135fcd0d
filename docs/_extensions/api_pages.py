"""The public functions, by the question that each answers."""

from __future__ import annotations

import re
from pathlib import Path

from markup import table, toctree

import pfc_analysis
import pfc_analysis.analysis
import pfc_analysis.fitting
import pfc_analysis.learners
import pfc_analysis.plot

_HEADING = re.compile(r"^(\w[\w ]*)\n-+$", re.MULTILINE)
_ITEM = re.compile(r"^- (.+?)\s+`([\w.]+)`$", re.MULTILINE | re.DOTALL)
FOLDER = "reference/generated"


def list_questions(docstring: str) -> dict[str, list[tuple[str, str]]]:
    """Return questions and names of functions by heading, as the docstring lists them."""
    parts = _HEADING.split(docstring)
    pairs = zip(parts[1::2], parts[2::2], strict=True) if len(parts) > 1 else [("", docstring)]
    return {
        heading: [(" ".join(question.split()), name) for question, name in _ITEM.findall(text)]
        for heading, text in pairs
    }


def list_calls(docstring: str) -> dict[str, list[str]]:
    """Return the names of `pfc` by what they are for, as the package's docstring lists them."""
    calls = {}
    for item in re.split(r"^- ", docstring, flags=re.MULTILINE)[1:]:
        names, _, purpose = item.partition(": ")
        calls[" ".join(purpose.split())] = re.findall(r"`(\w+)`", names)
    return calls


def _function(module: str, name: str) -> str:
    directive = "autoclass" if name.rpartition(".")[2][0].isupper() else "autofunction"
    return f"```{{eval-rst}}\n.. {directive}:: {module}.{name}\n```\n"


def pages(root: Path) -> dict[str, str]:
    """Return the pages by path below `docs/`."""
    written = {f"{FOLDER}/pfc.md": _call_page()}
    rooms = list_questions(pfc_analysis.analysis.__doc__ or "")
    for room, questions in rooms.items():
        text = f"# pfc.analysis: {room.lower()}\n\n"
        for question, name in questions:
            text += f"## {question}\n\n{_function('pfc_analysis.analysis', name)}\n"
        written[f"{FOLDER}/analysis_{room.lower()}.md"] = text
    text = "# pfc.plot: pictures in two lines\n\n"
    for questions in list_questions(pfc_analysis.plot.__doc__ or "").values():
        for question, name in questions:
            text += f"## {question}\n\n{_function('pfc_analysis.plot', name)}\n"
    written[f"{FOLDER}/plot.md"] = text
    written[f"{FOLDER}/learners.md"] = _learner_page()
    written[f"{FOLDER}/fitting.md"] = _fitting_page()
    named = ["pfc", "plot", "learners", "fitting", *(f"analysis_{room.lower()}" for room in rooms)]
    written[f"{FOLDER}/api.md"] = (
        "# Functions, by question\n\n"
        "`import pfc_analysis as pfc` gives all of them. Each page lists questions, and under each "
        "the function that answers it: what it needs, what it returns in which units, which errors "
        "it raises, and from which study it is.\n\n"
        + _list_rooms(rooms)
        + _tell_arms()
        + "## Pages\n\n"
        + toctree(named)
    )
    return written


def _list_rooms(rooms: dict[str, list[tuple[str, str]]]) -> str:
    """List all questions, each with a link to the function that answers it."""
    text = ""
    for room, questions in rooms.items():
        text += f"## {room}\n\n"
        text += table(
            ["question", "function"],
            [
                (question, f"{{py:obj}}`~pfc_analysis.analysis.{name}`")
                for question, name in questions
            ],
        )
        text += "\n"
    return text


def _tell_arms() -> str:
    """Say which analyses need choices between two arms, as their docstrings do."""
    names = sorted(
        name
        for name in pfc_analysis.analysis.__all__
        if "Needs choices between two arms." in (getattr(pfc_analysis.analysis, name).__doc__ or "")
    )
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        "## Two arms, or more\n\n"
        f"These analyses need choices between two arms: {listed}. `compute_performance`, "
        "`compute_regret` and `compute_run_lengths` take choices between any number of arms.\n\n"
    )


def _call_page() -> str:
    """Return the page of the calls of `pfc` itself."""
    text = "# pfc: train, record, load, compare, draw\n\n"
    for purpose, names in list_calls(pfc_analysis.__doc__ or "").items():
        if names in (["analysis"], ["learners"], ["plot"]):
            continue
        text += f"## {purpose[0].upper()}{purpose[1:].rstrip('.;')}\n\n"
        text += "\n".join(_function("pfc_analysis", name) for name in names) + "\n"
    return text


def _learner_page() -> str:
    """Return the page of learners, by the tasks that they suit, and of what defines one."""
    room = pfc_analysis.learners
    suited = {name: one.suits for name, one in room.list_learners().items()}
    classes = {name: one.__name__ for name, one in room.list_learners().items()}
    tools = sorted(set(room.__all__) - set(classes.values()), key=str.lower)
    groups = {
        "Of the two-step task": [name for name in classes if "two_step" in suited[name]],
        "Of tasks whose arms pay directly": [
            name for name in classes if "two_step" not in suited[name]
        ],
    }
    text = "# pfc.learners: models of learning and choice\n\n"
    for heading, names in groups.items():
        text += f"## {heading}\n\n"
        text += "\n".join(_function("pfc_analysis.learners", classes[name]) for name in names)
        text += "\n"
    text += "## One of your own\n\n"
    for name in tools:
        is_constant = not callable(getattr(room, name))
        entry = _function("pfc_analysis.learners", name)
        text += entry.replace("autoclass", "autodata") if is_constant else entry
        text += "\n"
    return text


def _fitting_page() -> str:
    """Return the page of the parts of a fit, which are called by their full names."""
    text = (
        "# pfc_analysis.fitting: the parts of a fit\n\n"
        "{py:func}`~pfc_analysis.fit` does all of this for a recording. Call the parts for what it "
        "does not do: groups, experiments that are yet to be planned, learners of your own.\n\n"
    )
    for heading, questions in list_questions(pfc_analysis.fitting.__doc__ or "").items():
        text += f"## {heading}\n\n"
        for question, name in questions:
            text += f"### {question}\n\n{_function('pfc_analysis.fitting', name)}\n"
    return text
