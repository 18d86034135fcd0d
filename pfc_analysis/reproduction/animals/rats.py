"""Two-step choices of rats, from a table that the raw data confirm.

The raw data (Miller, Botvinick & Brody 2022) are public, but not part of this package. The
table of the results computed from them is `datasets/published/miller_2022.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from pfc_analysis.analysis.choices.history_regression import fit_choice_history
from pfc_analysis.analysis.choices.stay_probability import compute_stay_probability
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.reproduction.animals.shipped_results import (
    as_published,
    find_results,
    write_shipped,
)
from pfc_analysis.reproduction.numbers import tabulate_result, untabulate_result

DATASET, STUDY = "rat_two_step", "miller_2022"
SOURCE = (
    "computed by pfc_analysis from the public data of Miller, Botvinick & Brody 2022, "
    "doi 10.7554/eLife.64575"
)


@dataclass(frozen=True)
class Choices:
    """Stay probabilities and history weights of subjects in the two-step task.

    Attributes
    ----------
    stay : xarray.Dataset
        `stay_probability`, `lower`, `upper` on (subject, previous).
    history : xarray.Dataset
        `coefficient`, `lower`, `upper` on (subject, lag, trial_type).
    """

    stay: xr.Dataset
    history: xr.Dataset


def measure_choices(recording: xr.Dataset, ridge: float = 0.0) -> Choices:
    """Compute stay probabilities and history weights, for agents and animals alike.

    Parameters
    ----------
    recording : xarray.Dataset
        A recording of the two-step task.
    ridge : float
        Penalty of the history regression (`fit_choice_history`). Nearly determined choices, such as
        those of some agents, have no finite estimate without one.

    Returns
    -------
    Choices
    """
    return Choices(compute_stay_probability(recording), fit_choice_history(recording, ridge=ridge))


def rat_choices() -> Choices:
    """Return the results of the rats, from a table that is checked where the raw data are at hand.

    Returns
    -------
    Choices
        Of six rats.

    Raises
    ------
    ValueError
        If the raw data are at hand and give other numbers than the shipped table.
    """
    return find_results(STUDY, (DATASET,), measure_choices, tabulate_choices, untabulate_choices)


def tabulate_choices(choices: Choices) -> pd.DataFrame:
    """Convert the results of the rats to a table of published numbers."""
    stay = tabulate_result(
        choices.stay, "stay_probability", panel="c", source="rats", quantity="stay_probability"
    )
    history = tabulate_result(
        choices.history, "coefficient", panel="d", source="rats", quantity="history_weight"
    )
    table = pd.concat([stay.assign(unit="1"), history.assign(unit="log-odds")], ignore_index=True)
    return as_published(table, "5", "rats", SOURCE)


def untabulate_choices(table: pd.DataFrame) -> Choices:
    """Convert the table of the rats back to their results."""
    stay = untabulate_result(table, "stay_probability", "stay_probability", {"previous": str})
    history = untabulate_result(
        table, "history_weight", "coefficient", {"lag": int, "trial_type": str}
    )
    return Choices(stay, history)


if __name__ == "__main__":
    write_shipped(STUDY, tabulate_choices(measure_choices(load_dataset(DATASET))))
