"""Say in a sentence or two how many claims hold, and which do not."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

MOST_NAMED = 10
"""Most claims that are named one by one."""


def summarise_check(table: pd.DataFrame) -> str:
    """Say how many claims hold, which do not, and which were not checked.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `pfc_analysis.reproduction.claims.check`.

    Returns
    -------
    str
        Such as "17 of 18 claims hold. This one does not: Figure 5, agents, reward share.".
    """
    drawn = table["measured"].notna()
    claimed = table[drawn & table["holds"].notna()]
    broken = claimed[~claimed["holds"].astype(bool)]
    parts = []
    if len(claimed):
        n_held = len(claimed) - len(broken)
        parts.append(f"{n_held} of {_count(len(claimed), 'claim')} {_verb(n_held)}.")
    if len(broken):
        few = "This one does not" if len(broken) == 1 else "These do not"
        parts.append(f"{few}: {_join([_name(row) for _, row in broken.iterrows()])}.")
    unchecked = table[~drawn & table["holds"].notna()]
    if len(unchecked):
        figures = list(dict.fromkeys(unchecked["figure"]))
        where = f"Figure{'' if len(figures) == 1 else 's'} {', '.join(figures)}"
        was = "was" if len(figures) == 1 else "were"
        text = _count(len(unchecked), "claim")
        parts.append(f"{text} could not be checked, because {where} {was} not drawn.")
    return " ".join(parts) if parts else "Nothing is claimed of these figures."


def _name(row: pd.Series) -> str:
    """Name a claim: "Figure 5, agents, stay probability, common rewarded"."""
    parts = (row["source"], row["quantity"], row["condition"])
    words = [str(part).replace("_", " ") for part in parts if pd.notna(part) and part]
    return ", ".join([f"Figure {row['figure']}", *words])


def _join(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return "; ".join([*names[:MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _verb(n: int) -> str:
    return "holds" if n == 1 else "hold"
