"""The catalogue of public data with its traps, and the presets for columns."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from markup import plain, table


def pages(root: Path) -> dict[str, str]:
    """Return the pages by path below `docs/`."""
    catalogue = tomllib.loads((root / "datasets" / "catalogue.toml").read_text(encoding="utf-8"))
    text = (
        "# Public data sets\n\n"
        "The toolkit describes these data sets and holds none of them: `pfc data fetch NAME` "
        "downloads a file from its public address and checks its SHA-256, and "
        '`pfc.load_dataset("NAME")` reads it, as long as it is marked "reader tested". Read the '
        "traps before you analyse.\n"
    )
    for name, entry in catalogue.items():
        text += _entry(name, entry)
    presets = "# Presets for columns\n\nA preset says what the columns of a common format mean: "
    presets += '`pfc.load(FILE, "NAME")`, or `--columns NAME` on the command line.\n'
    for path in sorted((root / "datasets" / "presets").glob("*.toml")):
        preset = tomllib.loads(path.read_text(encoding="utf-8"))
        presets += f"\n## {path.stem}\n\n{plain(preset.get('title', ''))}\n\n"
        presets += "".join(f"- {plain(line)}\n" for line in preset.get("assumed", []))
        presets += f"\n```toml\n{path.read_text(encoding='utf-8').strip()}\n```\n"
    return {
        "reference/generated/datasets.md": text,
        "reference/generated/presets.md": presets,
    }


def _entry(name: str, entry: dict[str, Any]) -> str:
    counts = [
        f"{entry[key]:,} {key}" for key in ("subjects", "sessions", "trials") if entry.get(key)
    ]
    rows = [
        ("status", plain(entry["status"])),
        ("species", plain(entry.get("species", ""))),
        ("size", ", ".join(counts)),
        ("task", plain(entry.get("task", ""))),
        ("compare with", plain(entry.get("compare_with", ""))),
        ("licence", plain(entry.get("licence", ""))),
        ("cite", plain(entry.get("citation", ""))),
        ("page", f"<{entry['page']}>" if entry.get("page") else ""),
    ]
    text = f"\n## {name}\n\n{plain(entry['title'])}\n\n"
    text += table(["", ""], [row for row in rows if row[1]])
    traps = "".join(f"- {plain(trap)}\n" for trap in entry.get("traps", []))
    return text + (f"\nTraps:\n\n{traps}" if traps else "")
