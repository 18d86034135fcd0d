"""Write a first column map for a file whose columns no preset knows."""

from __future__ import annotations

from collections.abc import Sequence

from pfc_analysis.recording.mapping.presets import shared_columns
from pfc_analysis.recording.mapping.starter_values import (
    choice_values_line,
    likeliest_choice,
    likeliest_reward,
    reward_values_line,
)
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.recording.tables.shape_hints import hints_of
from pfc_analysis.toml_files import format_toml_value

_NAMES = {
    "choice": "choice response resp action animalresponse chosen side decision chosenside "
    "choiceside firstchoice stage1choice choice1 level1choice port nosepoke lick key arm",
    "reward": "reward rewarded outcome water feedback correct rew win payoff points feedbacktype "
    "rewarddelivered r gain",
    "subject": "subject subjid subjectid subj animal animalid mouse mouseid rat ratid monkey "
    "participant participantid id ratname mousename name bird birdid sub subjectname animalname",
    "session": "session sessionid sessionnumber sess day date block run episode",
    "new_session": "newsession newsess sessionstart firsttrial",
    "trial": "trial trialnumber trialnum trialid trialinsession trialindex",
    "second_state": "secondstate state2 stage2state secondstagestate s2",
    "common_transition": "commontransition common transcommon transition iscommon",
    "forced": "forced instructed isforced",
    "stimulated": "stimulated laser opto stim laserontrial stimulation",
    "correct": "iscorrect wascorrect",
    "reversal_number": "reversalnumber reversal nreversals",
    "cued_trial": "cuedtrial cuetrial remindedtrial encodingtrial",
    "invalid": "invalid violation viol viols miss missed aborted",
}
"""Common names of columns, in lower case without punctuation, by field of the column map."""

_MANDATORY = ("choice", "reward")
_LIKELIEST = {"choice": likeliest_choice, "reward": likeliest_reward}


def unknown_columns(tables: Sequence[RawTable]) -> RecordingError:
    """Return the error that lists a file's columns and a column map to begin with."""
    table, available = tables[0], shared_columns(tables)
    listed = "\n".join(f"  - {name}: {_describe(table, name)}" for name in available)
    unusable = "".join(
        f"\n  - {name}: cannot be used, {reason}" for name, reason in table.unusable.items()
    )
    hints = "".join(f"{hint}\n" for hint in hints_of(table))
    return RecordingError(
        f"{table.where}: found columns that no preset knows:\n{listed}{unusable}\n{hints}"
        "Expected a column map. Save this as map.toml, check and complete it, and pass "
        f"columns='map.toml':\n\n{starter_map(tables)}"
    )


def starter_map(tables: Sequence[RawTable]) -> str:
    """Write a column map in TOML with guesses from column names, each marked to be checked.

    Parameters
    ----------
    tables : sequence of RawTable
        The tables.

    Returns
    -------
    str
        TOML; what could not be guessed is a comment, except choice and reward.
    """
    available = shared_columns(tables)
    found = _guesses(tables[0], available)
    lines = ["# What the columns mean. Check every line that says so."]
    for field in _NAMES:
        if field in found:
            value = format_toml_value(found[field])
            lines.append(f"{field} = {value}  # check: found {_describe(tables[0], found[field])}")
        elif field in _MANDATORY:
            lines.append(f'{field} = "FILL IN"  # which column?')
        elif field in ("subject", "session"):
            lines.append(f'# {field} = "COLUMN"')
        if field == "choice":
            lines.append(choice_values_line(tables, found.get(field)))
        if field == "reward":
            lines.append(reward_values_line(tables, found.get(field)))
    return "\n".join(lines) + "\n"


def _guesses(table: RawTable, available: Sequence[str]) -> dict[str, str]:
    """Column by field: the commonest name first, no column twice; then by parts of the name."""
    bare = {name: "".join(c for c in name.lower() if c.isalnum()) for name in available}
    found: dict[str, str] = {}
    for field, names in _NAMES.items():
        for wanted in names.split():
            fitting = [n for n in available if bare[n] == wanted and n not in found.values()]
            if fitting:
                found[field] = fitting[0]
                break
    for field, likeliest in _LIKELIEST.items():
        free = [name for name in available if name not in found.values()]
        if field not in found and (column := likeliest(table, free)) is not None:
            found[field] = column
    return found


def _describe(table: RawTable, name: str) -> str:
    """Say what a column holds, in a few words."""
    if name in table.constants:
        return f"{table.constants[name]!r} for the whole table"
    found = table.distinct(name)
    kind = {"U": "text", "b": "booleans"}.get(table.kind(name), "numbers")
    if len(found) <= 6:
        return f"{kind}, {', '.join(map(repr, found))}"
    return f"{kind}, {len(found)} different, such as {', '.join(map(repr, found[:3]))}"
