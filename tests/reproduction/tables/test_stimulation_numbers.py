"""What was published about stimulated mice."""

from __future__ import annotations

import pytest

from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.numbers import COLUMNS
from pfc_analysis.reproduction.tables.stimulation_numbers import (
    find_directions,
    tabulate_stimulated_mice,
)


@pytest.mark.parametrize("condition", ["at_outcome", "after_choice"])
def test_directions_are_those_of_the_condition(condition):
    published = read_published("blanco_pozo_2024")
    found = find_directions(published, condition)
    assert found
    assert set(found.values()) <= {-1.0, 0.0, 1.0}
    for predictor, direction in found.items():
        where = {"condition": f"{condition} {predictor}", "group": "mice"}
        row = published_row(published, "stimulation_direction", **where)
        assert row["value"] == direction


def test_rows_are_of_the_mean_of_mice():
    table = tabulate_stimulated_mice(read_published("blanco_pozo_2024"))
    assert list(table.columns) == COLUMNS
    assert set(table["source"]) == {"mice"}
    assert set(table["subject"]) == {"mean"}
    assert table["value"].notna().all()
    assert table["published_source"].str.contains("Blanco-Pozo").all()
