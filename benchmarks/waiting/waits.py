"""What is measured: commands that a person waits for, and what they might run instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measure import pfc, program

MILLION, TEN_MILLION = 1_000_000, 10_000_000
LONG = 30_000  # sessions
TWO_STEP = "record 300 sessions of 8 two-step agents"
RISKY = "record 300 sessions of 8 risky-choice agents"
TRIALS, EXPORTED = "trials_{n}.csv", "exported.csv"
"""Names of the prepared tables: `n` two-step trials, and a recording exported to CSV."""


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
        Whether it is left out by `--quick`.
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


WAITS = (
    Wait("pfc reproduce", lambda _, new: pfc("reproduce", "--out", str(new / "out")), slow=True),
    Wait("pfc reproduce, never run before",
         lambda _, new: pfc("reproduce", "--out", str(new / "out")), slow=True, compiled=False),
    Wait("all figures one after the other",
         lambda _, new: program("draw_in_turn", str(new / "out")), slow=True),
    Wait("pfc list", lambda _, __: pfc("list")),
    Wait("pfc record two_step --sessions 5, never run before",
         lambda _, new: pfc("record", "two_step", "--sessions", "5", "--out", str(new / "a.nc")),
         compiled=False),
    Wait("pfc record two_step --sessions 5",
         lambda _, new: pfc("record", "two_step", "--sessions", "5", "--out", str(new / "a.nc"))),
    Wait(TWO_STEP, lambda _, __: program("record_here", "two_step", "300")),
    Wait("the same in a loop of torch modules", lambda _, __: program("record_in_torch", "300")),
    Wait(RISKY, lambda _, __: program("record_here", "risky_choice", "300")),
    Wait(f"{RISKY}, with an intervention",
         lambda _, __: program("record_here", "risky_choice", "300", "block_risky_reward")),
    Wait(f"pfc record two_step --sessions {LONG}, to Zarr",
         lambda _, new: pfc("record", "two_step", "--sessions", str(LONG),
                            "--out", str(new / "a.zarr")), slow=True),
    Wait("an exported CSV of a million trials, loaded",
         lambda tables, _: program("load_export", str(tables / EXPORTED))),
    Wait("the same CSV in pandas.read_csv, unchecked",
         lambda tables, _: program("read_in_pandas", str(tables / EXPORTED))),
    Wait("a million trials loaded, regression on five trials back",
         lambda tables, _: program("regress_here", str(tables / TRIALS.format(n=MILLION)))),
    Wait("the same in pandas and statsmodels",
         lambda tables, _: program("regress_in_pandas", str(tables / TRIALS.format(n=MILLION)))),
    Wait("ten million trials loaded, regression on five trials back",
         lambda tables, _: program("regress_here", str(tables / TRIALS.format(n=TEN_MILLION))),
         slow=True),
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
