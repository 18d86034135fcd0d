"""Keep spreadsheets from calculating text in CSV files.

A cell that begins with =, +, -, @, a tab or a line break is taken for a formula by Excel and
LibreOffice, which may run programs or send data. An apostrophe in front makes it text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Apostrophes that stand there already count too, so that taking one off leads back.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER = re.compile(r"'*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|'*-(INF|inf)")


def neutral_cell(text: str) -> str:
    """Return text that a spreadsheet shows as it is: with an apostrophe where it needs one.

    Parameters
    ----------
    text : str
        A cell. Numbers with a sign, and a sign alone, stay as they are.

    Returns
    -------
    str
        The cell, for the file.
    """
    return f"'{text}" if _is_formula(text) else text


def plain_cell(cell: str) -> str:
    """Return the text that `neutral_cell` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def neutral_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text, and whose names of columns, a spreadsheet shows as they are."""
    neutral = table.copy()
    for name in neutral.columns:
        if neutral[name].dtype.kind not in "biufcmM":
            neutral[name] = [neutral_cell(v) if isinstance(v, str) else v for v in neutral[name]]
    return neutral.rename(columns=lambda name: neutral_cell(str(name)))


def _is_formula(text: str) -> bool:
    alone = text.lstrip("'") in ("+", "-")
    return _FORMULA.match(text) is not None and not alone and _NUMBER.fullmatch(text) is None
