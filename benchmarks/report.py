"""Write the results of a run: ratios and their targets, a table, a CSV of every round, a plot."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plan import COMPARISONS, CRITERION_BARS, Comparison, Contender, matching

Row = dict[str, Any]

COLUMNS = ("round", "contender", "unit", "clock", "work", "cpu_seconds", "wall_seconds", "rate")


@dataclass(frozen=True)
class Ratio:
    """The results of a comparison, round by round.

    Attributes
    ----------
    comparison : Comparison
        What was compared, and the targets.
    numerator, denominator : str
        Names of the two contenders.
    values : list of float
        The ratio of each round.
    """

    comparison: Comparison
    numerator: str
    denominator: str
    values: list[float]

    @property
    def median(self) -> float:
        """Median over rounds."""
        return statistics.median(self.values)


def gather(rows: Sequence[Row]) -> dict[str, dict[int, float]]:
    """Return the rates by contender and round."""
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        found.setdefault(row["contender"], {})[row["round"]] = row["rate"]
    return found


def compare(rates: dict[str, dict[int, float]], comparison: Comparison) -> Ratio | None:
    """Return the ratios of a comparison; None if one side was not measured."""
    best = []
    for patterns in (comparison.numerator, comparison.denominator):
        names = matching(list(rates), patterns)
        if not names:
            return None
        best.append(max(names, key=lambda name: statistics.median(rates[name].values())))
    upper, lower = best
    values = [rates[upper][n] / rates[lower][n] for n in rates[upper]]
    return Ratio(comparison, upper, lower, values)


def write_rows(path: Path, rows: Sequence[Row], header: dict[str, str]) -> None:
    """Write the results of every contender and round as CSV, with the header as comments."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {name}: {value}\n" for name, value in header.items())
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def write_table(
    path: Path,
    rows: Sequence[Row],
    contenders: Sequence[Contender],
    unavailable: dict[str, str],
    criterion: Row | None,
    header: dict[str, str],
    notes: Sequence[str],
) -> None:
    """Write the summary as Markdown."""
    rates = gather(rows)
    lines = ["# Speed", "", "Written by `python benchmarks/run.py`.", ""]
    lines += [f"- {name}: {value}" for name, value in header.items()]
    lines += ["", *[f"- {note}" for note in notes], "", "## Against the bars", ""]
    lines += [
        "| what | measured | range | bar | stretch | met | of |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_comparison_line(comparison, rates, unavailable) for comparison in COMPARISONS]
    lines += [_criterion_line(criterion), "", "## Rates", ""]
    lines += ["| contender | median | range | unit | per second of |", "|---|---|---|---|---|"]
    lines += [_rate_line(contender, rates, unavailable) for contender in contenders]
    if criterion is not None:
        lines += _criterion_section(criterion)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _comparison_line(
    comparison: Comparison, rates: dict[str, dict[int, float]], unavailable: dict[str, str]
) -> str:
    bars = [_bar(comparison.bar, comparison.at_most), _bar(comparison.stretch, comparison.at_most)]
    ratio = compare(rates, comparison)
    if ratio is None:
        missing = [
            unavailable[name]
            for name in matching(
                list(unavailable), (*comparison.numerator, *comparison.denominator)
            )
        ]
        reason = missing[0] if missing else "not measured"
        return _line(comparison.name, reason, "", *bars, "", "")
    met = _verdict(ratio.median, comparison.bar, comparison.stretch, comparison.at_most)
    span = f"{min(ratio.values):.3g} - {max(ratio.values):.3g}"
    of = f"{ratio.numerator} / {ratio.denominator}"
    return _line(comparison.name, f"{ratio.median:.3g}", span, *bars, met, of)


def _verdict(value: float, bar: float | None, stretch: float | None, at_most: bool) -> str:
    def passes(limit: float) -> bool:
        return value <= limit if at_most else value >= limit

    if bar is None:
        return ""
    if not passes(bar):
        return "not met"
    return "stretch met" if stretch is not None and passes(stretch) else "met"


def _bar(bar: float | None, at_most: bool) -> str:
    return "" if bar is None else f"{'at most' if at_most else 'at least'} {bar:g}"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rate_line(
    contender: Contender, rates: dict[str, dict[int, float]], unavailable: dict[str, str]
) -> str:
    clock = "one core's time" if contender.by_cpu_time else "the clock"
    if contender.name not in rates:
        reason = unavailable.get(contender.name, "not measured")
        return _line(contender.name, reason, "", contender.unit, clock)
    values = list(rates[contender.name].values())
    span = f"{_number(min(values))} - {_number(max(values))}"
    return _line(contender.name, _number(statistics.median(values)), span, contender.unit, clock)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def median_seconds(criterion: Row) -> float:
    """Return the median over seeds; a seed that never met the criterion counts as infinite."""
    return statistics.median(
        float("inf") if row["seconds"] is None else row["seconds"] for row in criterion["seeds"]
    )


def _criterion_line(criterion: Row | None) -> str:
    bar, stretch = CRITERION_BARS
    name, bars = "cold start to criterion, s", [_bar(bar, True), _bar(stretch, True)]
    if criterion is None:
        return _line(name, "not measured", "", *bars, "", "")
    seconds = [row["seconds"] for row in criterion["seeds"] if row["seconds"] is not None]
    median = median_seconds(criterion)
    span = f"{min(seconds):.3g} - {max(seconds):.3g}" if seconds else ""
    met = _verdict(median, bar, stretch, True)
    return _line(name, f"{median:.3g}", span, *bars, met, f"{len(criterion['seeds'])} seeds")


def _criterion_section(criterion: Row) -> list[str]:
    lines = ["", "## Cold start to criterion", ""]
    lines += [
        f"Reward a trial of at least {criterion['bar']:.4f}, the ideal observer earning "
        f"{criterion['ideal']:.4f}.",
        "",
        "| seed | seconds | updates | steps | reward a trial |",
        "|---|---|---|---|---|",
    ]
    for row in criterion["seeds"]:
        seconds = "not reached" if row["seconds"] is None else f"{row['seconds']:.2f}"
        lines.append(
            _line(
                str(row["seed"]),
                seconds,
                f"{row['updates']:.0f}",
                f"{row['steps']:,.0f}",
                f"{row['reward']:.4f}",
            )
        )
    return lines


def draw(folder: Path, rows: Sequence[Row], contenders: Sequence[Contender]) -> None:
    """Draw the rates of training: one row per contender, rounds as dots, medians as ticks."""
    from pfc_analysis.plotting.style import (
        BLUE,
        GREEN,
        GREY,
        INK,
        ORANGE,
        VERMILLION,
        figure_style,
        new_figure,
        save_figure,
    )

    colours = {
        "engine": BLUE,
        "JAX": ORANGE,
        "Recurrent": VERMILLION,
        "limit": GREY,
        "train": GREEN,
    }
    rates = gather(rows)
    shown = [c for c in contenders if c.phase == "training" and c.name in rates]
    if not shown:
        return
    shown.sort(key=lambda c: statistics.median(rates[c.name].values()))
    with figure_style():
        figure = new_figure(6.5, 0.6 + 0.19 * len(shown))
        axes = figure.add_subplot()
        for place, contender in enumerate(shown):
            values = list(rates[contender.name].values())
            colour = next((c for k, c in colours.items() if contender.name.startswith(k)), INK)
            median = statistics.median(values)
            axes.plot(values, [place] * len(values), "o", color=colour, markersize=3, alpha=0.6)
            axes.plot(median, place, "|", color=colour, markersize=9, markeredgewidth=1.5)
            axes.annotate(
                _number(median),
                (max(values), place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=6,
            )
        axes.set_yticks(range(len(shown)), [contender.name for contender in shown])
        axes.set_xscale("log")
        axes.set_xlabel("steps per second (one core: of its CPU time; two cores: of the clock)")
        axes.grid(axis="both", which="major", linewidth=0.3)
        axes.margins(y=0.02)
        axes.set_xlim(right=axes.get_xlim()[1] * 3)
        save_figure(figure, folder, "speed")
