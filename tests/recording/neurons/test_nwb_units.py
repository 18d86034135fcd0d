"""Spikes of NWB units counted in windows, against histograms that numpy makes."""

import h5py
import numpy as np
import pytest

from pfc_analysis import load
from pfc_analysis.recording.exports.export import export_recording
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording

MAP = {"choice": "choice", "choice_values": {"left": 0, "right": 1}, "reward": "reward"}
WINDOWS = {
    "cue": ["cue_time", 0.0, 0.5],
    "before": ["cue_time", -0.5, 0.0],
    "outcome": ["outcome_time", 0.1, 0.7],
}
COLUMNS = MAP | {"windows": WINDOWS}


def expected(trials, trains) -> np.ndarray:
    """Counts (trial, window, unit) by comparing every spike with every window."""
    counts = np.full((len(trials["choice"]), len(WINDOWS), len(trains)), np.nan)
    for w, (event, start, end) in enumerate(WINDOWS.values()):
        for t, time in enumerate(trials[event]):
            if np.isfinite(time):
                for u, train in enumerate(trains):
                    counts[t, w, u] = np.sum((train >= time + start) & (train < time + end))
    return counts


@pytest.fixture(params=["hdf5", "zarr"])
def place(request, to_zarr):
    """Each storage of NWB."""
    return to_zarr if request.param == "zarr" else lambda path: path


def said(recording) -> str:
    return "\n".join(recording.attrs["assumed"])


def test_counts_are_those_of_numpy(write_session, place, trials, trains):
    path = place(write_session(trains, units={"area": ["ACC", "DLPFC", "", "OFC", "ACC"]}))
    recording = load(path, COLUMNS)
    counts = recording["spike_count"]
    assert counts.dims == ("trial", "window", "unit")
    np.testing.assert_array_equal(counts.values, expected(trials, trains))
    assert recording["window"].values.tolist() == list(WINDOWS)
    assert recording["window_event"].values.tolist() == ["cue_time", "cue_time", "outcome_time"]
    assert recording["window_start"].values.tolist() == [0.0, -0.5, 0.1]
    assert recording["window_end"].values.tolist() == [0.5, 0.0, 0.7]
    assert recording["area"].values.tolist() == ["ACC", "DLPFC", "unknown", "OFC", "ACC"]
    assert recording["unit_label"].values.tolist() == [0, 1, 2, 3, 4]
    assert "missing on 6 of 60 trials without outcome_time" in said(recording)
    assert "1 of 5 units have no spike, and count 0" in said(recording)
    assert "spike(s) lie before time 0" in said(recording)


def test_a_spike_at_the_start_counts_and_at_the_end_does_not(write_session, trials):
    """However event plus start is rounded: some of these sums are."""
    trials["cue_time"] = np.round(trials["cue_time"], 3)
    at = [np.round(trials["cue_time"] + shift, 3) for shift in (-0.6, 0.0, 0.6)]
    assert (at[2] != trials["cue_time"] + 0.6).any()
    windows = {"before": ["cue_time", -0.6, 0.0], "cue": ["cue_time", 0.0, 0.6]}
    path = write_session([*at, np.array([-9.0, 300.0])])
    counts = load(path, MAP | {"windows": windows})["spike_count"]
    for unit, wanted in enumerate(({"before"}, {"cue"}, set())):
        for window in ("before", "cue"):
            found = counts.sel(window=window).isel(unit=unit).values
            assert set(found) == {float(window in wanted)}


def test_windows_that_are_not_observed_have_no_count(write_session, place, trials, trains):
    half = trials["start_time"][30]
    observed = [[[-3.0, 260.0]]] * 3 + [[[-3.0, half], [half, 260.0]], [[half, 260.0]]]
    recording = load(place(write_session(trains, observed=observed)), COLUMNS)
    counts = expected(trials, trains)
    late = trials["cue_time"] - 0.5 >= half
    counts[trials["cue_time"] < half, 0, 4] = np.nan
    counts[~late, 1, 4] = np.nan
    counts[trials["outcome_time"] + 0.1 < half, 2, 4] = np.nan
    np.testing.assert_array_equal(recording["spike_count"].values, counts)
    assert "in the obs_intervals of each unit" in said(recording)
    assert "missing in some units on 30 trials not observed" in said(recording)


def test_without_intervals_the_spikes_say_what_was_recorded(write_session, trials, trains):
    end = trials["cue_time"][40] + 0.2  # in the midst of the window of trial 40
    trains = [train[train < end] for train in trains]
    trains[0] = np.append(trains[0], end)
    recording = load(write_session(trains), COLUMNS)
    counts = recording["spike_count"].sel(window="cue").values
    assert np.isfinite(counts[:40]).all()
    assert np.isnan(counts[40:]).all()
    assert "missing on 20 trials not observed" in said(recording)


def test_unsorted_spikes_are_sorted_and_said(write_session, trials, trains):
    shuffled = [np.random.default_rng(0).permutation(train) for train in trains]
    recording = load(write_session(shuffled), COLUMNS)
    np.testing.assert_array_equal(recording["spike_count"].values, expected(trials, trains))
    assert "spike times of 4 unit(s) were not in order: sorted" in said(recording)


def test_area_and_group_come_from_where_the_file_has_them(write_session, trains):
    recording = load(write_session(trains, units={"quality": [1, 2, 3, 2, 1]}), COLUMNS)
    assert recording["area"].values.tolist() == ["ACC", "DLPFC", "ACC", "DLPFC", "ACC"]
    assert recording["electrode_group"].values.tolist()[:2] == ["shank0", "shank1"]
    assert recording["quality"].values.tolist() == ["1", "2", "3", "2", "1"]
    assert "area: location of the unit's electrode group" in said(recording)
    named = write_session(
        trains, units={"acronym": list("abcde"), "depth": [1.5] * 5}, name="named.nwb"
    )
    recording = load(named, COLUMNS | {"units": {"area": "acronym"}})
    assert recording["area"].values.tolist() == list("abcde")
    assert recording["unit_depth"].values.tolist() == [1.5] * 5
    assert recording["unit_depth"].attrs["long_name"] == "what depth is"


def test_areas_of_electrodes(write_session, trains):
    path = write_session(trains)
    with h5py.File(path, "a") as file:  # as pynwb lays electrodes out
        table = file.create_group("general/extracellular_ephys/electrodes")
        table["location"] = np.array(["M1", "M2"], dtype=h5py.string_dtype())
        file["units/electrodes"] = np.array([0, 1, 0, 1, 1])
        file["units/electrodes_index"] = np.array([1, 2, 3, 4, 5])
    recording = load(path, COLUMNS)
    assert recording["area"].values.tolist() == ["M1", "M2", "M1", "M2", "M2"]


def test_drift_is_the_rank_correlation_of_scipy(write_session, trials):
    from scipy.stats import spearmanr

    rng = np.random.default_rng(5)
    end = trials["stop_time"][-1] + 5
    rising = np.sort(end * np.sqrt(rng.uniform(0, 1, 3000)))
    flat = np.sort(rng.uniform(0, end, 3000))
    edges = np.array([0.0, end])
    recording = load(write_session([rising, flat, edges]), COLUMNS)
    counts = recording["spike_count"].sum("window", skipna=False).values
    there = np.isfinite(counts[:, 0])
    for unit in range(2):
        wanted = spearmanr(np.flatnonzero(there), counts[there, unit]).statistic
        assert recording["drift"].values[unit] == pytest.approx(wanted)
    assert recording["drift"].values[0] > 0.5 > abs(recording["drift"].values[1])
    assert np.isnan(recording["drift"].values[2])


def test_units_of_two_sessions_stand_side_by_side(write_session, trials, trains):
    from datetime import UTC, datetime

    units = {"area": ["ACC"] * 5}
    paths = [
        write_session(trains, units=units, name="late.nwb", start=datetime(2024, 6, 2, tzinfo=UTC)),
        write_session(trains[:2], name="early.nwb"),
    ]
    recording = load(paths, COLUMNS)
    counts = expected(trials, trains)
    values = recording["spike_count"].values
    assert values.shape == (120, 3, 7)
    np.testing.assert_array_equal(values[:60, :, 5:], np.nan)
    np.testing.assert_array_equal(values[60:, :, :2], np.nan)
    np.testing.assert_array_equal(values[:60, :, :2], counts[:, :, :2])
    np.testing.assert_array_equal(values[60:, :, 2:], counts)
    assert recording["unit_session"].values.tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert recording["unit_subject"].values.tolist() == ["M1"] * 7


def test_rows_that_are_no_trials_are_left_out_of_counts(write_session, trials, trains):
    columns = COLUMNS | {"rows": {"column": "choice", "when": [1]}}
    columns["choice_values"] = {"left": 0, "right": 1}
    recording = load(write_session(trains), columns)
    kept = expected(trials, trains)[trials["choice"] == 1]
    np.testing.assert_array_equal(recording["spike_count"].values, kept)


def test_it_keeps_on_disk(write_session, trains, tmp_path):
    recording = load(write_session(trains), COLUMNS)
    for name in ("saved.nc", "saved.zarr"):
        opened = open_recording(save_recording(recording, tmp_path / name)).load()
        assert opened.equals(recording)


def test_without_windows_trials_load_as_before(write_session, trains):
    recording = load(write_session(trains), MAP)
    assert "unit" not in recording.dims
    assert recording.sizes == {"trial": 60}


# What is refused


def fault(path, columns=COLUMNS, **options) -> str:
    with pytest.raises(RecordingError) as caught:
        load(path, columns, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_no_units(write_session):
    assert "units: found no table of units, expected spike times" in fault(write_session())


def test_spike_times_in_samples(write_session, trains):
    path = write_session(trains)
    with h5py.File(path, "a") as file:
        values = (file["units/spike_times"][()] * 30_000).astype(np.int64)
        del file["units/spike_times"]
        file["units/spike_times"] = values
    assert "unit 0: found values of int64" in fault(path)
    assert "Divide them by the sampling rate" in fault(path)


def test_spike_times_in_milliseconds(write_session, trains):
    message = fault(write_session([1000 * train for train in trains]))
    assert "windows outside the recording: windows start at" in message
    assert "in s (not ms)?" in message


def test_events_in_milliseconds(write_session, trains, trials):
    trials["cue_time"] *= 1000
    message = fault(write_session(trains), MAP | {"windows": {"cue": WINDOWS["cue"]}})
    assert "windows outside the recording: windows start at" in message


def test_spike_times_that_are_not_finite(write_session, trains):
    trains[1][3] = np.nan
    assert "unit 1: found nan as time of spike 3, expected finite times" in fault(
        write_session(trains)
    )


@pytest.mark.parametrize("ends", [[3, 2, 9, 9, 10], [1, 2, 3, 4, 10**9]])
def test_ends_of_lists_that_cannot_be(write_session, trains, ends):
    path = write_session(trains)
    with h5py.File(path, "a") as file:
        file["units/spike_times_index"][:] = np.array(ends)
    assert "units/spike_times_index: found 5 ends of lists" in fault(path)


def test_observed_backwards(write_session, trains):
    path = write_session(trains, observed=[[[5.0, 2.0]]] * 5)
    assert "obs_intervals, unit 0: found [[5.0, 2.0]], expected start and end" in fault(path)


def test_an_event_that_never_happened(write_session, trains, trials):
    trials["outcome_time"][:] = np.nan
    assert "column 'outcome_time': found no time in any of 60 trials" in fault(
        write_session(trains)
    )


def test_an_event_that_is_no_column(write_session, trains):
    columns = MAP | {"windows": {"cue": ["cue_tim", 0.0, 0.5]}}
    assert "no column 'cue_tim' (did you mean 'cue_time'?)" in fault(write_session(trains), columns)


def test_a_column_of_units_that_is_not_there(write_session, trains):
    path = write_session(trains, units={"acronym": list("abcde")})
    message = fault(path, COLUMNS | {"units": {"area": "acronim"}})
    assert "units: found no column 'acronim' (did you mean 'acronym'?)" in message


def test_spike_times_behind_a_link(write_session, trains, tmp_path):
    path, other = write_session(trains), write_session(trains, name="other.nwb")
    with h5py.File(path, "a") as file:
        del file["units/spike_times"]
        file["units/spike_times"] = h5py.ExternalLink(other.name, "units/spike_times")
    assert "units/spike_times: found a link, or values in another file" in fault(path)


def test_no_unit_has_a_spike(write_session):
    assert "found 2 units without any spike" in fault(write_session([np.empty(0)] * 2))


def test_a_table_in_memory_has_no_spikes():
    import pandas as pd

    frame = pd.DataFrame({"choice": [0, 1], "reward": [0, 1], "cue_time": [1.0, 2.0]})
    columns = MAP | {"windows": {"cue": ["cue_time", 0.0, 0.5]}}
    with pytest.raises(RecordingError, match="found a table in memory and, in the column map"):
        load(frame, columns, subject="a")


def test_a_text_file_has_no_spikes(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("choice,reward,cue_time\n0,0,1.0\n1,1,2.0\n")
    columns = MAP | {"windows": {"cue": ["cue_time", 0.0, 0.5]}}
    assert "expected NWB (spike times, traces), or MATLAB or npz" in fault(
        path, columns, subject="a"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"windows": {"cue": ["cue_time", 0.5]}},
            "windows, cue: found ['cue_time', 0.5], expected",
        ),
        ({"windows": {"cue": ["cue_time", 0.5, 0.1]}}, "start 0.5 and end 0.1, expected a start"),
        ({"windows": {"cue": ["cue_time", 0, 500_000]}}, "Are these milliseconds?"),
        ({"windows": {"cue": ["cue_time", 0, float("nan")]}}, "windows, cue: found nan"),
        ({"windows": {"": ["cue_time", 0, 1]}}, "windows: found ''"),
        ({"windows": "cue"}, "windows: found 'cue', expected a table of windows by name"),
        ({"counts": "X"}, "counts: found it without windows"),
        ({"units": {"area": "where"}}, "units: found it without windows"),
        ({"signal": {"series": "a", "event": "cue_time", "start": 0}}, "also end"),
        (
            {"signal": {"series": "a", "event": "b", "start": 0, "end": 1, "column": -1}},
            "signal, column: found -1",
        ),
        (
            {"windows": WINDOWS, "counts": {"array": "X", "dims": ["trial", "cell"]}},
            "counts, dims: found ['trial', 'cell']",
        ),
    ],
)
def test_maps_that_cannot_be(change, message):
    import pandas as pd

    with pytest.raises(RecordingError) as caught:
        load(pd.DataFrame({"choice": [0]}), MAP | change)
    assert message in str(caught.value)


def test_damaged_files_are_refused_or_read(write_session, trains, damage_bytes, monkeypatch):
    from pfc_analysis.recording.readers.isolated import subprocess_reader

    monkeypatch.setattr(subprocess_reader, "SECONDS", 5.0)
    path = write_session([train[:40] for train in trains])
    whole, rng, faults = path.read_bytes(), np.random.default_rng(2), []
    for _ in range(15):
        path.write_bytes(damage_bytes(whole, rng))
        try:
            load(path, COLUMNS)
        except RecordingError as error:
            faults.append(str(error))
    assert faults
    assert all(str(path) in one for one in faults)


# Back out again


def test_exports_come_back(write_session, trains, tmp_path):
    """NWB, which pynwb finds valid, and CSV."""
    import pynwb
    import xarray as xr

    recording = load(write_session(trains, units={"quality": list("abcab")}), COLUMNS)
    nwb = export_recording(recording, tmp_path / "exported")
    assert nwb.left_out == {}
    for file in nwb.files:
        assert pynwb.validate(path=str(file)) == []
    xr.testing.assert_identical(load(tmp_path / "exported"), recording)
    csv = export_recording(recording, tmp_path / "trials.csv")
    assert list(csv.left_out) == ["spike_count"]
