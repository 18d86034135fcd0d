"""Numbers of Figure N2: what neurons of monkeys carry, and what the comparison could have found."""

from __future__ import annotations

import pandas as pd

from pfc_analysis.reproduction.animals.encoding_power import power_results
from pfc_analysis.reproduction.animals.monkey_behaviour import TWO_STEP, WHAT_WHERE
from pfc_analysis.reproduction.animals.monkey_coding import MODEL_BASED, MODEL_FREE
from pfc_analysis.reproduction.animals.monkey_encoding import AFTER, AGENT, BEFORE, UNTRAINED
from pfc_analysis.reproduction.animals.monkey_neurons import neuron_results
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers

NEURONS, UNITS, SIMULATED = "neurons", "units of networks", "simulated neurons"
"""Sources of the numbers."""

CELLS = {"a": f"V, {BEFORE}", "b": f"V, {AFTER}", "c": f"W, {BEFORE}", "d": f"W, {AFTER}"}
"""Comparison that each panel shows."""

_PANELS = {
    "encoding_difference": "e",
    "power_named": "f",
    "power_gain": "f",
    "power_agent": "f",
    "coding_share": "g",
    "coding_share_null": "g",
}


def add_neurons(numbers: Numbers) -> dict[str, pd.DataFrame]:
    """Add the numbers of all panels, and return them by task and for simulated neurons.

    Parameters
    ----------
    numbers : Numbers
        Where rows are added.

    Returns
    -------
    dict of str to pandas.DataFrame
        Keys "what_where", "two_step_three_rewards" and `SIMULATED`; columns
        `pfc_analysis.reproduction.animals.monkey_behaviour.RESULTS`.
    """
    found = {name: neuron_results(name) for name in (WHAT_WHERE, TWO_STEP)}
    found[SIMULATED] = power_results()
    for name, table in found.items():
        panels = [
            _find_panel(name, *row)
            for row in table[["quantity", "condition"]].itertuples(index=False)
        ]
        sources = [
            SIMULATED if name == SIMULATED else _find_source(condition)
            for condition in table["condition"]
        ]
        own = table.assign(panel=panels, source=sources)
        numbers.tables.append(own.reindex(columns=COLUMNS))
    return found


def _find_source(condition: str) -> str:
    """Tell networks' own units, which "agent" and "untrained" alone stand for, from neurons."""
    values = (MODEL_BASED, MODEL_FREE)
    of_units = {*(f"{value}, {name}" for value in values for name in (AGENT, UNTRAINED))}
    return UNITS if condition in {AGENT, UNTRAINED, *of_units} else NEURONS


def _find_panel(task: str, quantity: str, condition: str) -> str:
    if task == TWO_STEP and quantity.startswith("encoding"):
        return "j" if BEFORE in condition else "k"
    if quantity.startswith("explained"):
        return "i" if _find_source(condition) == UNITS else "h"
    for panel, cell in CELLS.items():
        if condition.startswith(cell) and quantity != "encoding_difference":
            return panel
    return _PANELS[quantity]
