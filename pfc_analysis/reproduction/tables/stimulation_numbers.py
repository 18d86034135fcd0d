"""What Blanco-Pozo et al. (2024) published about stimulated mice, in the form of a figure."""

from __future__ import annotations

import pandas as pd

from pfc_analysis.reproduction.numbers import COLUMNS


def tabulate_stimulated_mice(published: pd.DataFrame) -> pd.DataFrame:
    """Lay out what the study reports of its mice as rows of a figure's numbers.

    Parameters
    ----------
    published : pandas.DataFrame
        Published numbers of the study (`read_published`).

    Returns
    -------
    pandas.DataFrame
        Columns of `pfc_analysis.reproduction.numbers.COLUMNS`.
    """
    told = published[published["quantity"].isin(["regression_beta", "stimulation_ratio"])]
    told = told[told["group"] == "mice"]
    told = told.assign(published_source=told["source"], source="mice", subject="mean")
    return told.assign(panel="c d e").reindex(columns=COLUMNS)


def find_directions(published: pd.DataFrame, condition: str) -> dict[str, float]:
    """Return the direction of each effect that the study found in mice, in one condition.

    Parameters
    ----------
    published : pandas.DataFrame
        Published numbers of the study.
    condition : str
        When the mice were stimulated: "at_outcome" or "after_choice".

    Returns
    -------
    dict of str to float
        By predictor of the regression: 1, -1, or 0 where no effect was found.
    """
    told = published.query("quantity == 'stimulation_direction' and group == 'mice'")
    return {
        label.removeprefix(f"{condition} "): float(value)
        for label, value in zip(told["condition"].astype(str), told["value"], strict=True)
        if label.startswith(f"{condition} ")
    }
