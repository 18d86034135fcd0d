"""Make text from files safe to show: on a terminal, in a table and on a page."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, line separators, marks that turn the direction of writing, and halves of
characters, as in names of files that are not valid text."""


def visible_text(text: object, keep: str = "") -> str:
    r"""Return text with its control characters written as escapes.

    A name such as ``"\x1b[2J"`` would clear the screen, and one with U+202E would be shown from
    right to left.

    Parameters
    ----------
    text : object
        What to show; `str` of it is used.
    keep : str
        Control characters to leave as they are, such as line breaks.

    Returns
    -------
    str
        The text; printable characters of any language are unchanged.
    """

    def escape(found: re.Match[str]) -> str:
        character = found.group()
        if character in keep:
            return character
        return character.encode("unicode_escape").decode("ascii")

    return _HIDDEN.sub(escape, str(text))
