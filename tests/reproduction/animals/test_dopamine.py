"""The dopamine table against the raw data, and what it says about TD."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.signals.td_conditioning import TDConditioning
from pfc_analysis.recording.catalogue.public_data import find_dataset
from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.animals import dopamine, reward_move, shipped_results


@pytest.fixture(scope="module")
def measured(dopamine_recording, dopamine_delay_recording):
    return dopamine.measure_dopamine(dopamine_recording, dopamine_delay_recording)


def test_without_the_raw_data_results_come_from_the_shipped_table(monkeypatch):
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: None)
    found = dopamine.dopamine_responses()
    assert found.cue_traces["condition"].values.tolist() == ["CS+", "CS-"]
    assert found.cue_traces.sizes == {"condition": 2, "time": 125}
    assert found.delay_traces.sizes == {"condition": 2, "time": 94}
    assert found.responses.sizes["subject"] == 7
    # Means over the mice of the table are the means of the table.
    for measure in found.means["measure"].values:
        values = found.responses["response"].sel(measure=measure).values
        interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        row = found.means.sel(measure=measure)
        assert row["mean"].item() == pytest.approx(values.mean(), abs=1e-6)
        assert row["lower"].item() == pytest.approx(interval.low, abs=1e-6)


@pytest.mark.real_data
def test_shipped_table_equals_the_raw_data_computed_anew(measured):
    anew, shipped = dopamine.tabulate_dopamine(measured), read_published(dopamine.STUDY)
    for column in ("quantity", "condition", "subject", "unit"):
        assert anew[column].tolist() == shipped[column].tolist()
    for column in ("value", "lower", "upper", "n"):
        assert np.allclose(anew[column], shipped[column], atol=1e-6, equal_nan=True)


@pytest.mark.real_data
def test_table_and_back(measured):
    back = dopamine.untabulate_dopamine(dopamine.tabulate_dopamine(measured))
    for name in ("cue_traces", "delay_traces", "responses", "means"):
        xr.testing.assert_allclose(getattr(back, name), getattr(measured, name))


@pytest.mark.real_data
def test_a_table_that_disagrees_with_the_raw_data_is_an_error(measured, monkeypatch):
    wrong = read_published(dopamine.STUDY)
    wrong.loc[3, "value"] += 0.01
    monkeypatch.setattr(shipped_results, "read_published", lambda study: wrong)
    monkeypatch.setattr(shipped_results, "load_dataset", lambda name: None)
    monkeypatch.setattr(dopamine, "measure_dopamine", lambda cues, delay: measured)
    monkeypatch.setattr(shipped_results, "find_dataset", lambda name: Path("raw"))
    with pytest.raises(ValueError, match=r"jeong_2022.csv: computed anew from the raw data"):
        dopamine.dopamine_responses()


@pytest.fixture(scope="module")
def by_pandas(dopamine_delay_recording) -> pd.DataFrame:
    """Windows by sample number, counted from 1, of every trial; one row a mouse and session."""
    table = pd.read_csv(find_dataset(dopamine.DELAY))

    def mean(first: int, last: int) -> pd.Series:
        return table[[f"photometry.{k}" for k in range(first, last + 1)]].mean(axis=1)

    # Sample k is at 0.064 k - 1.032 s: 63 is the first from 3.0 s on, 78 the last before 4.0 s.
    old = mean(63, 78) - mean(54, 61)
    values = {
        "cue_response": mean(17, 31),
        "old": old,
        "rest": mean(63, 78) - mean(1, 16),
        "early": old.where(table["trial"] <= reward_move.EARLY),
    }
    return pd.DataFrame(values).groupby([table["id"], table["session"]]).mean().unstack()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("measure", "column", "session"),
    [
        ("cue_before", "cue_response", -1),
        ("cue_after", "cue_response", 0),
        ("old_time_before", "old", -1),
        ("old_time_after", "old", 0),
        ("old_time_early", "early", 0),
        ("old_time_above_rest", "rest", 0),
    ],
)
def test_measures_of_the_move_by_pandas(measured, by_pandas, measure, column, session):
    found = measured.responses["response"].sel(measure=measure)
    expected = by_pandas[column][session]
    assert found["subject"].values.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found, expected)


@pytest.mark.real_data
def test_what_the_mice_show(measured):
    """Reward is answered at 3 s, and no longer once it has moved; and then there is no dip."""
    means = measured.means
    assert (means["lower"].sel(measure=["cue_difference", "old_time_before"]) > 0).all()
    assert means["lower"].sel(measure="old_time_difference") > 0
    assert (measured.responses["response"].sel(measure="old_time_before") > 0).all()
    after = means.sel(measure="old_time_after")
    assert after["lower"] < 0 < after["upper"]
    assert means["lower"].sel(measure="old_time_above_rest") > 0


def test_what_td_predicts_and_the_mice_do_not_show():
    """A dip in the first trials, half as large as the response to the cue."""
    played = reward_move.simulate_move()
    errors = played["prediction_error"]
    first = errors.isel(trial=50)
    assert first["trial_in_session"] == 0
    times = {"cue": 0.0, "old": 3.008, "new": 9.024}  # whole bins of 64 ms
    found = {name: first.sel(time=t, method="nearest").item() for name, t in times.items()}
    gamma = TDConditioning().discount
    assert found == pytest.approx({"cue": gamma**3.008, "old": -1.0, "new": 1.0}, abs=1e-6)
    moved = reward_move.measure_move(played, "prediction_error")
    ratio = (moved["old_time_early"]["response"] / moved["cue_before"]["response"]).item()
    table = read_published(dopamine.STUDY)
    mice = published_row(table, "early_ratio", subject="mean")
    assert ratio < mice["lower"] < mice["value"] < mice["upper"]
    assert ratio < -0.4
