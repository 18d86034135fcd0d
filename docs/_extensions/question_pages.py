"""The sets of questions of a comparison, and the variables that each needs."""

from __future__ import annotations

import importlib
from pathlib import Path

from markup import plain, table

from pfc_analysis import list_experiments
from pfc_analysis.comparison.questions import find_question_set, list_question_sets
from pfc_analysis.comparison.settings.compare_tasks import list_readers
from pfc_analysis.reporting.matched_settings import RULES
from pfc_analysis.training.run.experiment import find_experiment

_INTRODUCTION = """# Sets of questions

`pfc.compare` asks a set of questions of the agents and of the animals. A task names its set:
`questions = "bandit"`. Every set needs `choice` and `reward` of each trial, and `subject` and
`session`. Some need more variables, of agents (from `tabulate`) and of animals (from the column
map) alike.

"""

_OWN = """
## A task of your own

Choose the set whose questions make sense for the task, and write its name in the task's class. If
no set fits, write `questions = ""` and `why_no_questions = "the reason"`: the task can then be
trained, recorded and analysed, and `pfc.compare` answers with the reason.
"""


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    names = list_question_sets()
    tasks = {
        name: find_experiment(name).recipe.task_class().questions for name in list_experiments()
    }
    rows = []
    for name in names:
        used = ", ".join(f"`{task}`" for task, asked in tasks.items() if asked == name)
        needs = ", ".join(f"`{variable}`" for variable in find_question_set(name).needs)
        settings, matched = name in list_readers(), name in RULES
        rows.append((f"`{name}`", needs, used, _yes(settings), _yes(matched)))
    text = _INTRODUCTION + table(
        ["set", "needs also", "experiments", "tasks side by side", "`agents=matched`"], rows
    )
    for name in names:
        text += f"\n## {name}\n\n" + _describe(name)
    return {"reference/generated/questions.md": text + _OWN}


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _describe(name: str) -> str:
    """Return what a set asks, and the lines of a column map that it needs."""
    found = find_question_set(name)
    module = importlib.import_module(f"pfc_analysis.comparison.questions.{name}_questions")
    text = plain(str(module.__doc__).strip().splitlines()[0]) + "\n"
    if found.needs:
        lines = "\n".join(found.needs.values())
        text += f"\nIn the column map of animals:\n\n```toml\n{lines}\n```\n"
    return text + (f"\n{plain(found.note)}\n" if found.note else "")
