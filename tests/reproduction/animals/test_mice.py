"""The mice's table against the raw data, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals import mice, shipped_results


def test_mice_without_the_raw_data_come_from_the_shipped_table(monkeypatch):
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    found = mice.mouse_foraging()
    assert found.line["subject"].values.tolist() == ["689514", "697062", "727456"]
    assert found.history.sizes == {"subject": 3, "lag": 15}
    # Lines fitted again to the points of the table are the lines of the table.
    for subject in found.line["subject"].values:
        points = found.points.isel(point=(found.points["subject"] == subject).values)
        slope = np.polyfit(points["log_reward_ratio"], points["log_choice_ratio"], 1)[0]
        assert slope == pytest.approx(found.line["slope"].sel(subject=subject).item(), rel=1e-6)


@pytest.mark.real_data
def test_shipped_table_equals_the_raw_data_computed_anew(mouse_recording):
    anew = mice.tabulate_foraging(mice.measure_foraging(mouse_recording))
    shipped = read_published(mice.STUDY)
    for column in ("quantity", "condition", "subject"):
        assert anew[column].tolist() == shipped[column].tolist()
    for column in ("value", "lower", "upper", "n"):
        assert np.allclose(anew[column], shipped[column], atol=1e-6, equal_nan=True)


@pytest.mark.real_data
def test_the_session_of_automatic_water_is_left_out(mouse_recording):
    kept = mice.select_trained(mouse_recording)
    sessions = set(zip(kept["subject"].values, kept["session"].values.tolist(), strict=True))
    assert sessions == {("689514", 0), ("697062", 1), ("727456", 0)}
    assert kept.sizes["trial"] == 432 + 470 + 225


@pytest.mark.real_data
def test_a_table_that_disagrees_with_the_raw_data_is_an_error(mouse_recording, monkeypatch):
    wrong = read_published(mice.STUDY)
    wrong.loc[3, "value"] += 0.01
    monkeypatch.setattr(shipped_results, "read_published", lambda study: wrong)
    monkeypatch.setattr(shipped_results, "load_dataset", lambda name: mouse_recording)
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: Path("raw"))
    with pytest.raises(ValueError, match=r"aind_foraging.csv: computed anew from the raw data"):
        mice.mouse_foraging()
