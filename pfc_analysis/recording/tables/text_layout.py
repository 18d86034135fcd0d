"""How a table lies in a text file, where that cannot be seen from the file alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextLayout:
    """How a table lies in a text file; the default is a header on the first line.

    Attributes
    ----------
    names : tuple of str
        Names of the columns of a file without a header, in their order; empty where the file has
        a header.
    skip_lines : int
        Number of lines before the header, or before the first row where `names` are given.
    comment : str
        Lines that begin with this text are left out; empty where there are none.
    """

    names: tuple[str, ...] = ()
    skip_lines: int = 0
    comment: str = ""
