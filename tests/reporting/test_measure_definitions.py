"""Every quantity that a comparison can measure is defined, and every set says what it asks."""

import ast
from pathlib import Path

import pytest

from pfc_analysis import comparison
from pfc_analysis.comparison.questions import list_question_sets
from pfc_analysis.reporting.measure_definitions import ASKED, DEFINITIONS

NAMED = ("Question", "ask_probability")


def names_in_the_code():
    """First arguments of all calls that make a question; of f-strings the constant parts."""
    found = set()
    for path in Path(comparison.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") in NAMED
            if called and node.args and isinstance(node.args[0], (ast.Constant, ast.JoinedStr)):
                parts = getattr(node.args[0], "values", [node.args[0]])
                found.add(tuple(part.value for part in parts if isinstance(part, ast.Constant)))
    return sorted(found)


@pytest.mark.parametrize("parts", names_in_the_code(), ids="*".join)
def test_every_quantity_is_defined(parts):
    if len(parts) == 1 and parts[0] in DEFINITIONS:
        return
    assert any(all(part in name for part in parts) for name in DEFINITIONS), parts


def test_every_set_says_in_two_sentences_what_it_asks():
    assert set(ASKED) == set(list_question_sets())
    for sentences in ASKED.values():
        assert len(sentences) == 2
        assert all(text[-1] in ".?" for text in sentences)
