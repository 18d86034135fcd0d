"""The help of every command."""

from __future__ import annotations

from pathlib import Path

import typer
from markup import plain, table

from pfc_analysis.cli.app import app


def pages(root: Path) -> dict[str, str]:
    """Return the page by path below `docs/`."""
    import pfc_analysis.cli  # noqa: F401 - adds the commands to the application

    group = typer.main.get_command(app)
    text = "# Command line\n\n`pfc COMMAND --help` shows the same.\n\n"
    for name, command in _commands(group):
        text += f"## pfc {name}\n\n{_help(command)}\n\n{_options(command)}\n"
    return {"reference/generated/command_line.md": text}


def _commands(group: object, before: str = "") -> list[tuple[str, object]]:
    """Return all commands by name, those of groups with the group's name before theirs."""
    found: list[tuple[str, object]] = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        full = f"{before}{name}"
        inner = hasattr(command, "commands")
        found += _commands(command, f"{full} ") if inner else [(full, command)]
    return found


def _help(command: object) -> str:
    text = (command.help or "").replace("\b", "")  # type: ignore[attr-defined]
    said = plain(" ".join(text.split()))
    epilog = getattr(command, "epilog", None)
    return f"{said}\n\n```text\n{epilog.strip()}\n```" if epilog else said


def _options(command: object) -> str:
    rows = []
    for parameter in command.params:  # type: ignore[attr-defined]
        if getattr(parameter, "hidden", False) or "--help" in parameter.opts:
            continue
        option = parameter.opts[0].startswith("-")
        names = parameter.opts + parameter.secondary_opts if option else [parameter.name.upper()]
        default = parameter.default
        shown = "" if default in (None, False, ()) or callable(default) else plain(default)
        help_text = plain(getattr(parameter, "help", "") or "")
        rows.append((", ".join(f"`{name}`" for name in names), help_text, shown))
    return table(["argument", "meaning", "default"], rows) if rows else ""
