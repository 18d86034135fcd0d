"""What is measured: commands that a person waits for, and what they might run instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measure import pfc, program

MILLION, TEN_MILLION = 1_000_000, 10_000_000
LONG, SHORT = 30_000, 300  # sessions
SMALL = 100  # how many times smaller everything is when it is only checked that each command runs
TWO_STEP = "record 300 sessions of 8 two-step agents"
RISKY = "record 300 sessions of 8 risky-choice agents"
TRIALS, EXPORTED = "trials_{n}.csv", "exported_{n}"
"""Names of the prepared tables: `n` two-step trials; and a folder with a recording exported to
`exported.csv`."""


@dataclass(frozen=True)
class Wait:
    """One thing to wait for.

    Attributes
    ----------
    name : str
        What it does, in words.
    command : callable
        Given the folder of the prepared tables and a new, empty folder, returns the command.
    slow : bool
        Whether it takes minutes: run in the first round only, and left out by `--quick`.
    compiled : bool
        Whether kernels are compiled beforehand; if not, each run compiles into a new cache.
    """

    name: str
    command: Callable[[Path, Path], tuple[str, ...]]
    slow: bool = False
    compiled: bool = True


@dataclass(frozen=True)
class Bar:
    """A target: the cost of a wait, or its ratio to another's, is at most `at_most`."""

    wait: str
    cost: str  # "seconds", "cpu_seconds" or "peak_GB"
    at_most: float
    against: str = field(default="")


def list_waits(small: bool = False) -> tuple[Wait, ...]:
    """List what is measured, or the same with small sizes and two figures."""
    scale = SMALL if small else 1
    million, ten_million, sessions = MILLION // scale, TEN_MILLION // scale, str(SHORT // scale)
    long, figures = str(LONG // scale), ("s5", "p1") if small else ()

    def trials(n: int, tables: Path) -> str:
        return str(tables / TRIALS.format(n=n))

    def exported(tables: Path) -> str:
        return str(tables / EXPORTED.format(n=million) / "exported.csv")

    def record(number: str, name: str) -> Callable[[Path, Path], tuple[str, ...]]:
        return lambda _, new: pfc(
            "record", "two_step", "--sessions", number, "--out", str(new / name)
        )

    def reproduce(_: Path, new: Path) -> tuple[str, ...]:
        return pfc("reproduce", *figures, "--out", str(new / "out"))

    return (
        Wait("pfc reproduce", reproduce, slow=True),
        Wait("pfc reproduce, never run before", reproduce, slow=True, compiled=False),
        Wait("all figures one after the other",
             lambda _, new: program("draw_in_turn", str(new / "out"), *figures), slow=True),
        Wait("pfc list", lambda _, __: pfc("list")),
        Wait("pfc record two_step --sessions 5, never run before", record("5", "a.nc"),
             compiled=False),
        Wait("pfc record two_step --sessions 5", record("5", "a.nc")),
        Wait(TWO_STEP, lambda _, __: program("record_here", "two_step", sessions)),
        Wait("the same in a loop of torch modules",
             lambda _, __: program("record_in_torch", sessions)),
        Wait(RISKY, lambda _, __: program("record_here", "risky_choice", sessions)),
        Wait(f"{RISKY}, with an intervention",
             lambda _, __: program("record_here", "risky_choice", sessions, "block_risky_reward")),
        Wait(f"pfc record two_step --sessions {LONG}, to Zarr", record(long, "a.zarr"), slow=True),
        Wait("an exported CSV of a million trials, loaded",
             lambda tables, _: program("load_export", exported(tables))),
        Wait("the same CSV in pandas.read_csv, unchecked",
             lambda tables, _: program("read_in_pandas", exported(tables))),
        Wait("a million trials loaded, regression on five trials back",
             lambda tables, _: program("regress_here", trials(million, tables))),
        Wait("the same in pandas and statsmodels",
             lambda tables, _: program("regress_in_pandas", trials(million, tables))),
        Wait("ten million trials loaded, regression on five trials back",
             lambda tables, _: program("regress_here", trials(ten_million, tables)), slow=True),
    )  # fmt: skip


BARS = (
    Bar("pfc reproduce", "seconds", 75),
    Bar("pfc reproduce", "cpu_seconds", 140),
    Bar("pfc reproduce, never run before", "seconds", 110),
    Bar("pfc list", "seconds", 0.5),
    Bar("pfc record two_step --sessions 5, never run before", "seconds", 9),
    Bar("pfc record two_step --sessions 5", "seconds", 3),
    Bar(f"{RISKY}, with an intervention", "cpu_seconds", 1.3, RISKY),
    Bar(f"pfc record two_step --sessions {LONG}, to Zarr", "peak_GB", 2),
    Bar("an exported CSV of a million trials, loaded", "seconds", 4),
    Bar("ten million trials loaded, regression on five trials back", "seconds", 120),
    Bar("ten million trials loaded, regression on five trials back", "peak_GB", 6),
)  # fmt: skip
"""Targets; those without `against` are of the cost itself, medians over rounds."""
