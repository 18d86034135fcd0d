"""Compare the speed of training and analyses with alternatives: ``python benchmarks/run.py``.

`README.md` explains what is measured and how to read the results; `plan.py` lists the contenders.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import criterion
import machine
import report
from controller import open_team, play_rounds
from plan import FEWER_ROUNDS, Contender, list_contenders, select
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

RESULTS = Path(__file__).resolve().parent / "results"
SEED = 0
"""Seed of the order of contenders within each round."""

CRITERION = "criterion"


def main() -> None:
    """Check the JAX program, measure all contenders, and write the results."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = select(list_contenders(), options.only)
    with_criterion = not options.only or CRITERION in options.only
    if not chosen and not with_criterion:
        raise SystemExit(
            f"--only {' '.join(options.only)}: no contender's name contains this; "
            "plan.py lists the contenders."
        )
    header = machine.describe() | {
        "rounds": str(options.rounds),
        "seconds a round": f"{options.seconds:g}",
        "load before": _load(),
    }
    notes = [check_jax()]
    rows, unavailable, reached = measure(chosen, options, with_criterion)
    header["load after"] = _load()
    report.write_rows(options.out / "speed.csv", rows, header)
    table = options.out / "table.md"
    report.write_table(table, rows, chosen, unavailable, reached, header, notes)
    report.draw(options.out, rows, chosen)
    print(table.read_text(encoding="utf-8"))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="number of rounds (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="per contender and round (default: %(default)s)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help=f"contenders whose name contains one of these; {CRITERION!r} is the time to criterion",
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, help="folder of the results (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1 and --seconds above 0")
    return options


def check_jax() -> str:
    """Compare the JAX program with the torch reference, if JAX is installed; report the result."""
    if importlib.util.find_spec("jax") is None:
        return "JAX is not installed"
    from check_jax import check, check_learning

    largest, reward = max(check().values()), check_learning()
    return (
        "the JAX program was checked against torch before measuring: same actions; loss, gradients "
        f"and RMSprop's step within {largest:.1e} (relative); trained from scratch it earned "
        f"{reward:.2f} a trial"
    )


def measure(
    contenders: Sequence[Contender], options: argparse.Namespace, with_criterion: bool
) -> tuple[list[report.Row], dict[str, str], dict[str, Any] | None]:
    """Measure one phase after another.

    Returns the measured rows, why contenders are unavailable, and the time to criterion.
    """
    rows: list[report.Row] = []
    unavailable: dict[str, str] = {}
    total = sum(_rounds(contender.phase, options) for contender in contenders)
    total += with_criterion * len(criterion.SEEDS)
    with Progress(
        TextColumn("{task.description:48}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    ) as progress:
        task = progress.add_task("starting", total=total)

        def advance(text: str) -> None:
            progress.update(task, advance=1, description=text[:48])

        def describe(text: str) -> None:
            progress.update(task, description=text[:48])

        for phase in dict.fromkeys(contender.phase for contender in contenders):
            members = [contender for contender in contenders if contender.phase == phase]
            with open_team(members, describe) as team:
                rounds = _rounds(phase, options)
                rows += play_rounds(team, rounds, options.seconds, SEED, advance)
                unavailable |= team.unavailable
        reached = criterion.measure_seeds(advance) if with_criterion else None
    return rows, unavailable, reached


def _rounds(phase: str, options: argparse.Namespace) -> int:
    """Return the number of rounds of a phase; phases with long pieces of work have fewer."""
    return min(options.rounds, FEWER_ROUNDS.get(phase, options.rounds))


def _load() -> str:
    """Return the load of the last minute: with other processes running, results are in doubt."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    main()
