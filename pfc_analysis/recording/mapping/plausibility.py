"""Ask about values that are readable and improbable, rather than take them at their word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pfc_analysis.recording.mapping.column_map import ColumnMap
from pfc_analysis.recording.mapping.session_order import TrialOrder
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.standard_variables import MISSING
from pfc_analysis.recording.tables.raw_table import RawTable
from pfc_analysis.toml_files import format_toml_value

CODES_FOR_MISSING = (-9999, -999, -99, -9, 99, 999, 9999)
"""Numbers that stand for a missing value in many tables."""

_FEW = 20
"""With fewer transitions than this, a share below one half is no surprise."""

_FAR = 0.25
"""A share of common transitions so far from the others' median is asked about."""


@dataclass(frozen=True)
class _Share:
    """Common transitions of one subject."""

    subject: str
    n: int
    share: float

    def __str__(self) -> str:
        return f"{self.subject} {self.share:.2f} of {self.n}"


def describe_transitions(
    where: str, columns: ColumnMap, order: TrialOrder, common: np.ndarray
) -> list[str]:
    """State the share of common transitions of each subject.

    Parameters
    ----------
    where : str
        Where the trials come from, for the error.
    columns : ColumnMap
        The column map.
    order : TrialOrder
        The subject of every trial.
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
    n_subjects = len(order.names)
    n = np.bincount(order.subject[common != MISSING], minlength=n_subjects).tolist()
    n_common = np.bincount(order.subject[common == 1], minlength=n_subjects).tolist()
    shares = [
        _Share(name, size, marked / size)
        for name, size, marked in zip(order.names, n, n_common, strict=True)
        if size
    ]
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
            f"own:\n      common_second_state = {format_toml_value(cases)}\n    or name the column "
            "that tells them apart as common_second_state_by, with its values as keys"
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


def find_missing_codes(reward: np.ndarray) -> list[int]:
    """Return the rewards that look like codes for a missing value.

    Parameters
    ----------
    reward : array (trial,)
        Rewards of all trials.

    Returns
    -------
    list of int
        999 and the like, among rewards that are all much smaller.
    """
    different = np.unique(pd.unique(reward))
    is_code = np.isin(different, CODES_FOR_MISSING)
    if is_code.all():
        return []
    largest = max(float(np.abs(different[~is_code]).max()), 1.0)
    return [int(code) for code in different[is_code] if abs(code) > 5 * largest]


def ask_about_codes(
    table: RawTable, columns: ColumnMap, codes: list[int], n: int
) -> RecordingError:
    """Return the error that asks what codes mean that stand on `n` trials with a choice."""
    name = columns.columns_of("reward")[0]
    invalid = format_toml_value({"column": name, "when": codes})
    return table.fault(
        name,
        f"{', '.join(map(str, codes))} on {n} trial(s) with a choice, beside rewards that are much "
        "smaller",
        "rewards, and this looks like a code for a missing value. Say in the column map what is "
        f"meant:\n  - these trials do not count: invalid = {invalid}\n"
        '  - they are rewards: confirmed = ["reward"]',
    )


def first_discriminations(
    where: str, columns: ColumnMap, order: TrialOrder, number: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Count reversals from each subject's first discrimination, and say so.

    Parameters
    ----------
    where : str
        Where the trials come from, for the error.
    columns : ColumnMap
        The column map.
    order : TrialOrder
        The subject of every trial.
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
        name: int(own.min())
        for at, name in enumerate(order.names)
        if (own := number[(order.subject == at) & (number != MISSING)]).size
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
