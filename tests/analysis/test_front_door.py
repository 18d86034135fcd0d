"""`pfc_analysis.analysis` names every verb that users call, each with the question it answers."""

import ast
import re
from pathlib import Path

import pytest

import pfc_analysis.analysis as analysis

ROOM = Path(analysis.__file__).parent
ENTRY = re.compile(r"^- (?P<question>[A-Z].+\?)\s+`(?P<name>\w+)`$", re.DOTALL)


def read_index() -> dict[str, str]:
    """Question of each name in the module's docstring."""
    entries = re.findall(r"^- .+(?:\n  .+)*", analysis.__doc__, re.MULTILINE)
    found = [ENTRY.match(entry) for entry in entries]
    assert all(found), [e for e, f in zip(entries, found, strict=True) if not f]
    names = [match["name"] for match in found]
    assert len(set(names)) == len(names), "a name stands twice in the index"
    return {match["name"]: match["question"] for match in found}


def test_the_index_asks_a_question_of_every_name():
    assert set(read_index()) == set(analysis.__all__)
    assert set(analysis.__all__) <= set(dir(analysis))


def test_every_name_can_be_called():
    for name in analysis.__all__:
        assert callable(getattr(analysis, name))
        assert getattr(analysis, name).__doc__


def list_verbs() -> set[str]:
    """Public functions of the rooms whose first argument is a recording.

    Those called `read_...` hand plain arrays to other analyses and are no verbs.
    """
    found = set()
    for path in ROOM.glob("*/*.py"):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith(("_", "read_")):
                continue
            first = [argument.arg for argument in node.args.args[:1]]
            if first == ["recording"]:
                found.add(node.name)
    return found


def test_every_verb_on_a_recording_is_there():
    verbs = list_verbs()
    assert len(verbs) > 30
    assert verbs - set(analysis.__all__) == set()


def test_rooms_are_listed():
    rooms = {path.parent.name for path in ROOM.glob("*/__init__.py")}
    headings = re.findall(r"^(\w+)\n-+$", analysis.__doc__, re.MULTILINE)
    assert {heading.lower() for heading in headings} == rooms | {"errors"}


def test_it_is_reached_from_the_package():
    import pfc_analysis as pfc

    assert pfc.analysis is analysis
    with pytest.raises(AttributeError, match="compute_stay_probabilty"):
        _ = pfc.analysis.compute_stay_probabilty
