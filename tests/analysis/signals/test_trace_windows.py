"""Responses in windows of a trace, against numbers by hand, scipy and simulated signals."""

import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.signals.mean_traces import compute_mean_traces
from pfc_analysis.analysis.signals.trace_windows import (
    compute_condition_difference,
    compute_window_response,
    measure_windows,
    select_window,
)
from pfc_analysis.recording.catalogue.public_data import find_dataset

TIME = np.arange(-4, 8) * 0.25  # from -1 s to 1.75 s


def make_recording(rng, gains=(1.0, 2.0, 4.0), n=30, noise=0.3):
    """Traces that step from 0 to a subject's gain at the cue of CS+, and to none at that of CS-."""
    step = (TIME >= 0).astype(float)
    subject = np.repeat([f"m{k}" for k in range(len(gains))], 2 * n)
    cue = np.tile(np.repeat([0, 1], n), len(gains))
    gain = np.repeat(gains, 2 * n) * (cue == 0)
    signal = gain[:, None] * step + noise * rng.normal(size=(len(cue), len(TIME)))
    return xr.Dataset(
        {
            "photometry": (("trial", "time"), signal, {"units": "dF/F"}),
            "cue": ("trial", cue, {"labels": ["CS+", "CS-"]}),
        },
        coords={"subject": ("trial", subject), "time": TIME},
    )


@pytest.fixture
def traces():
    return make_recording(np.random.default_rng(4))


def test_statistics_by_hand():
    signal = np.array([[1.0, 2.0, 4.0, 9.0], [0.0, -1.0, -3.0, 5.0]])
    time = np.array([-0.5, 0.0, 0.5, 1.0])

    def found(statistic, baseline=None):
        return measure_windows(signal, time, (0.0, 1.0), statistic, baseline).tolist()

    # The sample at 1.0 is not in the window.
    assert found("mean") == [3.0, -2.0]
    assert found("peak") == [4.0, -1.0]
    assert found("area") == [3.0, -2.0]  # two samples of half a second each
    assert found("mean", (-0.5, 0.0)) == [2.0, -2.0]
    assert found("peak", (-0.5, 0.0)) == [3.0, -1.0]
    wide = measure_windows(signal, time, (-0.5, 1.5), "area", (-0.5, 0.0))
    assert wide.tolist() == [0.5 * (16 - 4), 0.5 * 1]


def test_area_of_a_known_curve():
    time = np.arange(-1000, 2000) / 1000
    signal = np.where(time >= 0, np.exp(-time / 0.2), 0.0)[None]
    area = measure_windows(signal, time, (0.0, 1.0), "area")[0]
    assert area == pytest.approx(0.2 * (1 - np.exp(-5)), rel=5e-3)


def test_windows_cover_from_their_start_up_to_their_end():
    assert TIME[select_window(TIME, (0.0, 0.5))].tolist() == [0.0, 0.25]
    assert select_window(TIME, (-1.0, 2.0)).all()  # up to a sample after the last


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ((0.0, 0.0), "window: found (0.0, 0.0), expected a start before an end"),
        ((0.0, 2.1), "window: found (0.0, 2.1), but the trace reaches from -1 to 1.75 s"),
        ((-1.5, 0.0), "window: found (-1.5, 0.0), but the trace reaches from -1 to 1.75 s"),
        ((0.1, 0.2), "window: no sample in (0.1, 0.2); samples are 0.25 s apart"),
    ],
)
def test_windows_that_the_trace_does_not_allow(window, message):
    with pytest.raises(AnalysisError, match=re.escape(message)):
        select_window(TIME, window)
    signal = np.zeros((2, TIME.size))
    with pytest.raises(AnalysisError, match=re.escape(message)):
        measure_windows(signal, TIME, (0.0, 1.0), baseline=window)


def test_settings_that_are_wrong():
    signal = np.zeros((2, 3))
    with pytest.raises(AnalysisError, match=r"statistic: found 'max', expected one of \['peak', "):
        measure_windows(signal, TIME[:3], (-1.0, 0.0), "max")
    with pytest.raises(AnalysisError, match=r"from 1 to 2 s, expected two or more, evenly spaced"):
        measure_windows(signal, np.array([0.0, 1.0, 3.0]), (0.0, 1.0))
    with pytest.raises(AnalysisError, match=r"time: found 1 sample\(s\), no steps"):
        measure_windows(signal[:, :1], TIME[:1], (0.0, 1.0))


def test_response_is_the_mean_over_trials_with_the_interval_of_scipy(traces):
    result = compute_window_response(traces, "photometry", (0.0, 1.0), baseline=(-1.0, 0.0))
    assert result["response"].dims == ("subject", "condition")
    assert result["condition"].values.tolist() == ["CS+", "CS-"]
    assert result["response"].attrs["units"] == "dF/F"
    signal, own = traces["photometry"].values, (traces["subject"] == "m1") & (traces["cue"] == 0)
    values = (signal[:, 4:8].mean(1) - signal[:, :4].mean(1))[own.values]
    cell = result.sel(subject="m1", condition="CS+")
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert cell["response"].item() == pytest.approx(values.mean())
    assert (cell["lower"].item(), cell["upper"].item()) == pytest.approx(tuple(interval))
    assert result["n_trials"].values.tolist() == [[30, 30]] * 3


def test_truth_is_in_the_interval_as_often_as_promised():
    rng = np.random.default_rng(11)
    held = []
    for _ in range(200):
        found = compute_window_response(make_recording(rng, n=8), "photometry", (0.0, 1.0))
        truth = np.stack([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]], axis=1)
        held.append((found["lower"].values <= truth) & (truth <= found["upper"].values))
    assert np.mean(held) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 1200))


def test_area_has_units_of_time(traces):
    result = compute_window_response(traces, "photometry", (0.0, 1.0), "area")
    mean = compute_window_response(traces, "photometry", (0.0, 1.0), "mean")
    assert result["response"].attrs["units"] == "dF/F s"
    np.testing.assert_allclose(result["response"], mean["response"])  # 1 s wide


def test_difference_of_conditions_is_a_paired_t(traces):
    responses = compute_window_response(traces, "photometry", (0.0, 1.0))
    result = compute_condition_difference(responses, "CS+", "CS-")
    plus, minus = responses["response"].values.T
    paired = stats.ttest_rel(plus, minus)
    assert result["mean"].item() == pytest.approx((plus - minus).mean())
    assert (result["lower"].item(), result["upper"].item()) == pytest.approx(
        tuple(paired.confidence_interval(0.95))
    )
    np.testing.assert_allclose(result["difference"], plus - minus)
    np.testing.assert_allclose(result["difference"], [1, 2, 4], atol=0.3)
    with pytest.raises(AnalysisError, match=r"condition: found 'CS', expected one of \['CS\+'"):
        compute_condition_difference(responses, "CS", "CS-")


def test_conditions_by_number_and_cells_without_trials(traces):
    traces["session"] = ("trial", np.repeat([0, 1, 1], 60))
    result = compute_window_response(traces, "photometry", (0.0, 1.0), by="session")
    assert result["condition"].values.tolist() == [0, 1]
    assert result["n_trials"].values.tolist() == [[60, 0], [0, 60], [0, 60]]
    assert np.isnan(result["response"].sel(subject="m0", condition=1))
    single = compute_window_response(traces.isel(trial=[0, 30, 31]), "photometry", (0.0, 1.0))
    assert np.isfinite(single["response"]).all()
    assert np.isnan(single["lower"].sel(condition="CS+")).all()
    assert np.isfinite(single["lower"].sel(condition="CS-")).all()


def test_trials_without_a_cue_are_left_out(traces):
    traces["cue"].values[:10] = -1
    result = compute_window_response(traces, "photometry", (0.0, 1.0))
    assert result["n_trials"].sel(subject="m0").values.tolist() == [20, 30]
    traces["cue"].values[:] = -1
    with pytest.raises(EmptySelectionError, match="cue: no trial of 180 has a condition"):
        compute_window_response(traces, "photometry", (0.0, 1.0))


def test_recordings_that_lack_something(traces):
    with pytest.raises(MissingVariableError, match="dopamine: the recording has no such variable"):
        compute_window_response(traces, "dopamine", (0.0, 1.0))
    with pytest.raises(MissingVariableError, match="subject: the recording has no such variable"):
        compute_window_response(traces.drop_vars("subject"), "photometry", (0.0, 1.0))
    with pytest.raises(MissingVariableError, match="time: the recording has no coordinate"):
        compute_window_response(traces.drop_vars("time"), "photometry", (0.0, 1.0))
    with pytest.raises(AnalysisError, match="cue: found on 'trial', expected 'trial', 'time'"):
        compute_window_response(traces, "cue", (0.0, 1.0))
    broken = traces.copy(deep=True)
    broken["photometry"].values[7, 3] = np.nan
    with pytest.raises(AnalysisError, match=r"at trial 7 .*expected finite numbers in every"):
        compute_window_response(broken, "photometry", (0.0, 1.0))
    broken = traces.copy(deep=True)
    broken["cue"].values[5] = 2
    with pytest.raises(AnalysisError, match=r"cue: found 2 at trial 5 .* an index into \['CS\+'"):
        compute_window_response(broken, "photometry", (0.0, 1.0))


def test_mean_traces_are_means_of_subjects(traces):
    uneven = traces.isel(trial=np.r_[0:5, 30:180])  # 5 trials of CS+ for m0
    result = compute_mean_traces(uneven, "photometry")
    assert result["mean"].dims == ("condition", "time")
    frame = uneven["photometry"].to_series().unstack("time").reset_index(drop=True)
    by = [uneven["subject"].values, uneven["cue"].values]
    own = frame.groupby(by).mean()
    for code, name in enumerate(["CS+", "CS-"]):
        table = own.xs(code, level=1)
        np.testing.assert_allclose(result["trace"].sel(condition=name), table)
        interval = stats.ttest_1samp(table.to_numpy(), 0).confidence_interval(0.95)
        np.testing.assert_allclose(result["mean"].sel(condition=name), table.mean())
        np.testing.assert_allclose(result["lower"].sel(condition=name), interval.low)
        np.testing.assert_allclose(result["upper"].sel(condition=name), interval.high)


# Seven mice


@pytest.fixture(scope="module")
def table(dopamine_recording) -> pd.DataFrame:
    """The file by pandas."""
    return pd.read_csv(find_dataset("mouse_dopamine"))


def by_pandas(table, statistic, samples, rest=None) -> pd.Series:
    """CS+ less CS- by mouse; samples counted from 1, first and last."""

    def picked(first: int, last: int) -> pd.DataFrame:
        return table[[f"photometry.{k}" for k in range(first, last + 1)]]

    value = getattr(picked(*samples), statistic)(axis=1)
    if rest is not None:
        value = value - picked(*rest).mean(axis=1)
    means = value.groupby([table["id"], table["cs"]]).mean().unstack()
    return means[0] - means[1]


@pytest.mark.real_data
def test_mice_respond_to_the_rewarded_cue(dopamine_recording, table):
    responses = compute_window_response(dopamine_recording, "photometry", (0.0, 1.0))
    result = compute_condition_difference(responses, "CS+", "CS-")
    np.testing.assert_allclose(result["difference"], by_pandas(table, "mean", (51, 75)))
    assert round(result["mean"].item(), 2) == 2.88
    assert round(result["standard_error"].item(), 2) == 0.64
    assert (result["difference"] > 0).all()
    assert result["n_subjects"] == 7


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("statistic", "window", "samples", "baseline", "rest"),
    [
        ("peak", (0.0, 1.0), (51, 75), None, None),
        ("peak", (0.0, 1.0), (51, 75), (-1.0, 0.0), (26, 50)),
        ("mean", (0.0, 0.5), (51, 62), None, None),
        ("mean", (0.0, 1.0), (51, 75), (-1.0, 0.0), (26, 50)),
        ("mean", (0.0, 1.0), (51, 75), (-2.0, 0.0), (1, 50)),
        ("mean", (0.0, 2.0), (51, 100), None, None),
    ],
)
def test_other_windows_give_other_numbers(
    dopamine_recording, table, statistic, window, samples, baseline, rest
):
    responses = compute_window_response(
        dopamine_recording, "photometry", window, statistic, baseline
    )
    result = compute_condition_difference(responses, "CS+", "CS-")
    name = "max" if statistic == "peak" else "mean"
    np.testing.assert_allclose(result["difference"], by_pandas(table, name, samples, rest))
    found = round(result["mean"].item(), 2), round(result["standard_error"].item(), 2)
    assert found != (2.88, 0.64)
