"""One table of all that was asked of the three networks of Figures R1 and R2, beside animals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.statistics.means_over_subjects import compute_group_difference
from pfc_analysis.reproduction.agents.rival_agents import NETWORKS, PREDICTS, REWARD
from pfc_analysis.reproduction.numbers import MEAN

APART = "rival less network that reads rewards"


class Row(NamedTuple):
    """Where a number stands: a figure script, and columns of its table of numbers."""

    script: str
    quantity: str
    condition: str = ""
    source: str = ""


class Fact(NamedTuple):
    """A question, where numbers of the networks stand, and those of animals if there are any."""

    question: str
    networks: Row
    animals: Row | None = None


R1, R2 = "figr1_rival", "figr2_errors"
RATES = ("weights_frozen", "learning_on", "learning_10\u00d7_faster")
KINDS = ("common_rewarded", "uncommon_rewarded", "common_unrewarded", "uncommon_unrewarded")
MANIPULATIONS = {
    "block_risky_reward": "risky reward blocked",
    "block_safe_reward": "safe reward blocked",
    "block_risky_loss": "error raised at risky losses",
}

_STAYS = [
    Fact(f"two-step: stay after {kind.replace('_', ' ')} trials", Row(R1, "stay_probability", kind))
    for kind in KINDS
]
_RATS_STAYS = [
    Fact(
        f"two-step at the rats' schedule: stay after {kind.replace('_', ' ')} trials",
        Row(R1, "rats_schedule_stay_probability", kind),
        Row("fig5_two_step", "stay_probability", kind, "rats"),
    )
    for kind in KINDS
]
_RAISED = [
    Fact(
        f"two-step: error raised at the outcome / reward (P3), {rate.replace('_', ' ')}",
        Row(R1, "stimulation_ratio", rate),
        Row(R1, "stimulation_ratio", "both", "mice"),
    )
    for rate in RATES
]
_RISKY = [
    Fact(
        f"risky choice, percentage points: {what} (Figure 7), {rate.replace('_', ' ')}",
        Row(R2, "mean_risky_change", f"{rate} {rule}"),
        Row(R2, "change_direction", rule, "rats"),
    )
    for rate in RATES
    for rule, what in MANIPULATIONS.items()
]
_TEXTS = {
    "two-step: reward above chance, share of the ideal observer's": Row(R1, "reward_share"),
    "two-step: planning weight, one trial back": Row(R1, "planning_weight", "lag 1"),
    "two-step: planning weight, five trials back": Row(R1, "planning_weight", "lag 5"),
    "two-step: r\u00b2 of prediction errors on a planner's": Row(R1, "two_step_r2"),
    "matching: reward, relative": Row(R1, "matching_relative_reward"),
    "volatility: reward, relative": Row(R1, "volatility_relative_reward"),
    "volatility: learning rate, volatile less stable": Row(
        R1, "volatility_learning_rate_rise", "stable_first"
    ),
    "inferred value: reward, relative": Row(R1, "inferred_value_relative_reward"),
    "inferred value: error, inferred / experienced": Row(R1, "inferred_value_inferred_ratio"),
    "inferred value: paying side decoded after a reversal": Row(R1, "latent_accuracy"),
    "risky choice: reward, relative": Row(R1, "risky_choice_relative_reward"),
    "risky choice, percentage points: more risks at .5 than at .125": Row(
        R1, "risky_choice_discounting"
    ),
    "weights change by a tenth in training (P1): planning index": Row(
        R2, "weakened_planning_index", "dose 0.1"
    ),
    "weights change by a tenth in training (P1): model-based index": Row(
        R2, "weakened_model_based_index", "dose 0.1"
    ),
    "weights change by a tenth in training (P1): reward": Row(R2, "weakened_reward", "dose 0.1"),
    "half of the units silenced (P2): r\u00b2 of errors at the second state": Row(
        R2, "silenced_r2_second_state", "share 0.5"
    ),
    "a quarter of the units silenced (P2): model-based index": Row(
        R2, "silenced_model_based_index", "share 0.25"
    ),
    "errors set in late: updates saved": Row(R2, "updates_saved"),
}
_MATCHING = Fact(
    "matching: slope of the line",
    Row(R1, "matching_slope"),
    Row("fig2_matching", "slope", "", "mice"),
)

_OTHERS = [Fact(text, row) for text, row in _TEXTS.items()]

FACTS = (*_STAYS, *_RATS_STAYS, _MATCHING, *_OTHERS, *_RAISED, *_RISKY)
"""What is compared, in the order of the table."""


def tabulate_facts(numbers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Lay out every fact as a row: each network, animals, and how far two networks are apart.

    Parameters
    ----------
    numbers : mapping of str to pandas.DataFrame
        Tables of numbers (`read_facts`), by name of the figure script.

    Returns
    -------
    pandas.DataFrame
        `question`; for each network and for `animals`, a tuple (value, lower, upper), the mean over
        replicas or animals with its 95 % interval, NaN where there is none; in the column `APART`
        the difference of the means of the rival and of the network that reads rewards, with
        Welch's interval.

    Raises
    ------
    KeyError
        If a network has no such number.
    """
    rows = []
    for fact in FACTS:
        own = {
            network: _select(numbers, fact.networks._replace(source=f"agents, {network}"))
            for network in NETWORKS
        }
        animals = pd.DataFrame() if fact.animals is None else _select(numbers, fact.animals)
        if own[PREDICTS].empty or own[REWARD].empty:
            raise KeyError(f"{fact.networks}: no such number; draw the figure again")
        rows.append(
            {"question": fact.question}
            | {network: _mean(table) for network, table in own.items()}
            | {"animals": _mean(animals), APART: _subtract(own[PREDICTS], own[REWARD])}
        )
    return pd.DataFrame(rows)


def read_facts(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of numbers that `tabulate_facts` needs from a folder of drawn figures."""
    scripts = {row.script for fact in FACTS for row in (fact.networks, fact.animals) if row}
    return {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in sorted(scripts)
    }


def _select(numbers: Mapping[str, pd.DataFrame], row: Row) -> pd.DataFrame:
    table = numbers[row.script]
    condition = table["condition"].fillna("")
    found = (table["quantity"] == row.quantity) & (condition == row.condition)
    return table[found & (table["source"] == row.source)]


def _mean(table: pd.DataFrame) -> tuple[float, float, float]:
    """Return the row of the mean; of a single row, that row."""
    if table.empty:
        return (float("nan"),) * 3
    one = table[table["subject"] == MEAN] if (table["subject"] == MEAN).any() else table
    value, lower, upper = one.iloc[0][["value", "lower", "upper"]].astype(float)
    return value, lower, upper


def _replicas(table: pd.DataFrame) -> xr.DataArray:
    own = table.loc[table["subject"] != MEAN, "value"]
    return xr.DataArray(own.astype(float).to_numpy(), dims="subject")


def _subtract(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, float, float]:
    """Subtract the means of the replicas of two networks; no interval where none of them differ."""
    if all(np.ptp(_replicas(table).values) == 0.0 for table in (one, other)):
        return float(_replicas(one).mean() - _replicas(other).mean()), float("nan"), float("nan")
    found = compute_group_difference(_replicas(one), _replicas(other))
    low, high = found["lower"].item(), found["upper"].item()
    return found["difference"].item(), low, high
