"""Ask about values that are readable and improbable, rather than take them at their word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.recording.mapping.column_entries import FlagColumn
from pfc_analysis.recording.mapping.column_map import FLAGS, ColumnMap
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.column_values import EMPTY, as_toml, distinct, is_same
from pfc_analysis.recording.tables.raw_table import RawTable

CODES_FOR_MISSING = (-9999, -999, -99, -9, 99, 999, 9999)
"""Numbers that stand for a missing value in many tables."""

_FEW = 20
"""With fewer transitions than this, a share below one half is no surprise."""

_FAR = 0.25
"""A share of common transitions so far from the others' median is asked about."""


def check_flag_values(tables: Sequence[RawTable], columns: ColumnMap) -> None:
    """Raise if a flag names a value that is in no table.

    A column of booleans, or of 0 and 1, may lack one of its two values.

    Raises
    ------
    RecordingError
        The message lists the values that there are.
    """
    for field in (*FLAGS, "invalid", "regime", "correct", "common_transition", "rows"):
        flag = getattr(columns, field)
        if not isinstance(flag, FlagColumn):
            continue
        having = [table for table in tables if _has(table, flag.column)]
        there = [value for table in having for value in _cells(table, flag.column)]
        for wanted in flag.when:
            if any(is_same(wanted, cell) for cell in there) or _may_be_absent(wanted, there):
                continue
            values = list(dict.fromkeys(c[0] if isinstance(c, tuple) else c for c in there))
            shown = ", ".join(map(repr, values[:12])) + (", ..." if len(values) > 12 else "")
            raise tables[0].fault(
                flag.column,
                f"no cell with {wanted!r}, which {field} of the column map names in `when`",
                f"one of the values that there are: {shown or 'none'}. Name one of these, or leave "
                f"{field} out",
            )


def _has(table: RawTable, name: str) -> bool:
    table.column(name)  # raises where there is none
    return True


def _cells(table: RawTable, name: str) -> list[object]:
    """Different cells of a column, with their spelling where the values do not tell."""
    if name not in table.spelled:
        return distinct(table.column(name))
    words = table.words(name)
    _, first = np.unique(words, return_index=True)
    values = table.column(name)
    return [(str(words[at]), values[at].item()) for at in first]


def _may_be_absent(wanted: object, there: Sequence[object]) -> bool:
    """Say whether a value is one of two, of which the column holds only the other."""
    if isinstance(wanted, float) and np.isnan(wanted):
        return True  # a column without empty cells
    if isinstance(wanted, str) and wanted.lower() in EMPTY:
        return True
    two = (True, False)
    cells = [cell[1] if isinstance(cell, tuple) else cell for cell in there]
    return any(is_same(wanted, one) for one in two) and all(
        any(is_same(one, cell) for one in two) for cell in cells
    )


def describe_flags(
    tables: Sequence[RawTable], columns: ColumnMap, counts: dict[str, tuple[int, int]]
) -> list[str]:
    """Say of each flag that lists values how many trials it marks."""
    said = []
    for field in (*FLAGS, "invalid", "regime", "correct"):
        flag = getattr(columns, field)
        if isinstance(flag, FlagColumn) and field in counts:
            marked, size = counts[field]
            values = ", ".join(map(repr, flag.when))
            said.append(f"{field}: {marked} of {size} trials, from {values} in {flag.column!r}")
    return said


@dataclass(frozen=True)
class _Share:
    """Common transitions of one subject."""

    subject: str
    n: int
    share: float

    def __str__(self) -> str:
        return f"{self.subject} {self.share:.2f} of {self.n}"


def describe_transitions(
    where: str, columns: ColumnMap, subject: np.ndarray, common: np.ndarray
) -> list[str]:
    """State the share of common transitions of each subject.

    Parameters
    ----------
    where : str
        Where the trials come from, for the error.
    columns : ColumnMap
        The column map.
    subject : text array (trial,)
        Name of the subject.
    common : integer array (trial,)
        1 common, 0 uncommon, -1 none.

    Returns
    -------
    list of str
        Sentences for `assumed`.

    Raises
    ------
    RecordingError
        If, of 20 transitions or more, fewer than half are common, or the share is far from that
        of the other subjects, and the column map does not confirm it.
    """
    shares = []
    for name in dict.fromkeys(subject.tolist()):
        own = common[(subject == name) & (common != MISSING)]
        if own.size:
            shares.append(_Share(name, int(own.size), float(np.mean(own == 1))))
    if not shares:
        return ["common_transition: no trial has a transition"]
    odd = [one for one in shares if one.n >= _FEW and _is_odd(one, shares)]
    listed = "; ".join(map(str, shares[:20])) + (" ..." if len(shares) > 20 else "")
    if odd and "common_transition" not in columns.confirmed:
        raise RecordingError(_ask_about_transitions(where, columns, odd, shares))
    few = [one for one in shares if one.share < 0.5 and one.n < _FEW]
    warning = f" (below one half for {few[0].subject}: check the coding)" if few else ""
    none = int((common == MISSING).sum())
    return [
        f"common_transition: share of common transitions by subject: {listed}{warning}; "
        f"{none} trial(s) without a transition"
    ]


def _is_odd(one: _Share, shares: Sequence[_Share]) -> bool:
    if one.share < 0.5:
        return True
    others = [other.share for other in shares if other is not one and other.n >= _FEW]
    # Two subjects cannot say which of them is the odd one, unless one is below one half.
    return len(others) >= 2 and abs(one.share - float(np.median(others))) > _FAR


def _ask_about_transitions(
    where: str, columns: ColumnMap, odd: Sequence[_Share], shares: Sequence[_Share]
) -> str:
    rest = [one for one in shares if one not in odd]
    beside = f" (others: {'; '.join(map(str, rest[:6]))})" if rest else ""
    readings = []
    if columns.common_second_state and not columns.common_by_case:
        usual = dict(columns.common_second_state)
        turned = dict(zip(usual, list(usual.values())[::-1], strict=True))
        cases = {one.subject: turned if one in odd else usual for one in (*rest[:2], *odd[:2])}
        readings.append(
            "  - which state is common differs between subjects (counterbalanced): give each its "
            f"own:\n      common_second_state = {as_toml(cases)}\n    or name the column that "
            "tells them apart as common_second_state_by, with its values as keys"
        )
    else:
        readings.append(
            "  - the values mean the opposite, or some mean no transition: common_transition = "
            "{ column = COLUMN, common = [VALUES], uncommon = [VALUES] }"
        )
    readings.append('  - they are right as they are: confirmed = ["common_transition"]')
    return (
        f"{where}, common_transition: found a share of common transitions of "
        f"{'; '.join(map(str, odd[:6]))}{beside}, expected more than one half, and about the same "
        "for all subjects. Say in the column map what is meant:\n" + "\n".join(readings)
    )


def check_missing_codes(
    tables: Sequence[RawTable], columns: ColumnMap, reward: np.ndarray, chosen: np.ndarray
) -> None:
    """Raise if a reward looks like a code for a missing value.

    Parameters
    ----------
    tables : sequence of RawTable
        Where the rewards come from, for the error.
    columns : ColumnMap
        The column map.
    reward : array (trial,)
        Rewards.
    chosen : boolean array (trial,)
        Where something was chosen.

    Raises
    ------
    RecordingError
        If 999 (or the like) is among rewards that are much smaller.
    """
    if columns.reward_values or "reward" in columns.confirmed:
        return
    different = np.unique(reward[chosen])
    rest = different[~np.isin(different, CODES_FOR_MISSING)]
    codes = different[np.isin(different, CODES_FOR_MISSING)]
    largest = np.abs(rest).max() if rest.size else np.inf
    suspect = [plain for plain in map(int, codes) if abs(plain) > 5 * max(largest, 1.0)]
    if not suspect:
        return
    name = columns.columns_of("reward")[0]
    listed = ", ".join(map(str, suspect))
    n = int(np.isin(reward[chosen], suspect).sum())
    invalid = as_toml({"column": name, "when": suspect})
    raise tables[0].fault(
        name,
        f"{listed} on {n} trial(s) with a choice, beside rewards up to {largest:g}",
        "rewards, and this looks like a code for a missing value. Say in the column map what is "
        f"meant:\n  - these trials do not count: invalid = {invalid}\n"
        '  - they are rewards: confirmed = ["reward"]',
    )


def first_discriminations(
    where: str, columns: ColumnMap, subject: np.ndarray, number: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Count reversals from each subject's first discrimination, and say so.

    Parameters
    ----------
    where : str
        Where the trials come from, for the error.
    columns : ColumnMap
        The column map.
    subject : text array (trial,)
        Name of the subject.
    number : integer array (trial,)
        Numbers as the column has them, -1 none.

    Returns
    -------
    integer array (trial,)
        Reversals so far, 0 before the first; -1 none.
    list of str
        Sentences for `assumed`.

    Raises
    ------
    RecordingError
        If a subject's numbers start at another number than the column map says, or above 0 where
        it says nothing.
    """
    name, first = columns.reversal_number, columns.first_discrimination
    lowest = {
        str(one): int(own.min())
        for one in dict.fromkeys(subject.tolist())
        if (own := number[(subject == one) & (number != MISSING)]).size
    }
    if first is None and any(low > 0 for low in lowest.values()):
        one, low = next((key, low) for key, low in lowest.items() if low > 0)
        raise RecordingError(
            f"{where}, column {name!r}: found that the numbers of {one} start at {low}, expected "
            "0 on the first discrimination, before the first reversal. Say in the column map what "
            f"is meant:\n  - {low} is the first discrimination, {low + 1} the first reversal: "
            f"first_discrimination = {low}\n  - {low} is reversal number {low}, and the first "
            "discrimination is not in the file: first_discrimination = 0"
        )
    base = first or 0
    below = [one for one, low in lowest.items() if low < base]
    if below:
        raise RecordingError(
            f"{where}, column {name!r}: found {lowest[below[0]]} of {below[0]}, expected numbers "
            f"from first_discrimination = {base} on. Correct first_discrimination."
        )
    counted = np.where(number == MISSING, MISSING, number - base).astype(number.dtype)
    return counted, [
        f"reversal_number: {base} in column {name!r} is the first discrimination, before the "
        "first reversal (0 in the recording)"
    ]
