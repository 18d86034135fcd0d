"""Every number that `pfc check` compares: published, measured, and whether the claim holds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markup import estimate, number, plain, table

import pfc_analysis as pfc
from pfc_analysis.reproduction.captions import plain_caption
from pfc_analysis.reproduction.missing_figures import MISSING

_COLUMNS = ["number", "of", "measured", "published", "claim", "verdict"]
_INTRODUCTION = """# Every claim, with what was measured

`pfc check` measures every number of the figures again. This page shows what it finds in the
rendered figures of this version. A *claim* is a bound that this toolkit sets on a number, so that
a change that breaks a result is noticed. A *published* value is the paper's; square brackets hold
the 95 % interval over replicas, or for "each" the range of replicas. What a wrong model would give
for each claim is listed in `figures/claims/README.md`.

| verdict | meaning |
|---|---|
| holds | the claim holds for what was measured |
| does not hold | it does not |
| agrees | no claim; the published value lies within the interval of what was measured |
| differs | no claim; the published value lies outside this interval |
| no interval | no claim; there is a published value, but no interval to judge it by |
"""


def judge(row: pd.Series) -> str:
    """Return the verdict about a row of `pfc check`."""
    if pd.notna(row["holds"]):
        return "holds" if row["holds"] else "**does not hold**"
    if pd.isna(row["published"]):
        return ""
    if pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return "no interval"
    return "agrees" if row["lower"] <= row["published"] <= row["upper"] else "**differs**"


def _claim(row: pd.Series) -> str:
    low, high = row["at_least"], row["at_most"]
    if pd.isna(low):
        return "" if pd.isna(high) else f"≤ {number(high)}"
    if pd.isna(high):
        return f"≥ {number(low)}"
    return f"{number(low)} to {number(high)}"


def _row(row: pd.Series) -> list[str]:
    name = ", ".join(plain(row[key]) for key in ("quantity", "condition", "source") if row[key])
    found = estimate(row["measured"], row["lower"], row["upper"])
    return [name, row["of"], found, number(row["published"]), _claim(row), judge(row)]


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    rendered = root / "figures" / "rendered"
    checked = pfc.check(measured=rendered)
    text = _INTRODUCTION
    for name, script in pfc.list_figures().items():
        rows = checked[checked["figure"] == name]
        title = plain_caption((rendered / f"{script.stem}.md").read_text(encoding="utf-8"))
        text += f"\n## {plain(title.splitlines()[0])}\n\n"
        if rows.empty:
            text += "Nothing is claimed about this figure, and the paper states no number of it.\n"
        else:
            text += table(_COLUMNS, [_row(row) for _, row in rows.iterrows()])
    text += "\n## What cannot be tested\n\n"
    text += table(
        ["figure", "why it is not drawn"], [(n, plain(why)) for n, why in MISSING.items()]
    )
    return {"paper/generated/claims.md": text}
