"""Results of animals are the same with and without the raw data, and complete in both cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import xarray as xr

from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals import birds, dopamine, mice, rats, shipped_results

RESULTS: dict[str, Callable[[], Any]] = {
    "rats": rats.rat_choices,
    "mice": mice.mouse_foraging,
    "dopamine": dopamine.dopamine_responses,
    "birds": birds.bird_reversals,
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", list(RESULTS))
@pytest.mark.usefixtures(
    "rat_recording", "mouse_recording", "dopamine_recording", "grackle_recording"
)
def test_the_raw_data_change_no_number(name, monkeypatch):
    confirmed: list[str] = []
    confirm = shipped_results.confirm_shipped

    def spy(study: str, *rest: Any) -> None:
        confirmed.append(study)
        confirm(study, *rest)

    monkeypatch.setattr(shipped_results, "confirm_shipped", spy)
    with_data = RESULTS[name]()
    assert len(confirmed) == 1  # the raw data were read, and agree
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    without = RESULTS[name]()
    assert len(confirmed) == 1
    for field in fields(with_data):
        found: xr.Dataset = getattr(with_data, field.name)
        assert found.identical(getattr(without, field.name)), field.name


def test_lines_of_mice_keep_their_numbers_of_blocks(monkeypatch):
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    shipped = read_published(mice.STUDY)
    slopes = shipped[shipped["quantity"] == "slope"].set_index("subject")["n"]
    line = mice.mouse_foraging().line
    assert line["n_points"].to_series().to_dict() == slopes.to_dict()
    assert (slopes > 3).all()
