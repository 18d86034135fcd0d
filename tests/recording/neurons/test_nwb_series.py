"""Traces of NWB cut around events, against values that are known by their time."""

import h5py
import numpy as np
import pytest

from pfc_analysis import load
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.storage import open_recording, save_recording

RATE, FIRST, SIZE = 20.0, 0.5, 4000
MAP = {"choice": "choice", "choice_values": {"left": 0, "right": 1}, "reward": "reward"}
CUT = {"series": "acquisition/dopamine", "event": "cue_time", "start": -1.0, "end": 1.5}


def trace(times) -> np.ndarray:
    return np.sin(times) + 0.01 * times


def add_even(pynwb, file) -> None:
    times = FIRST + np.arange(SIZE) / RATE
    file.add_acquisition(
        pynwb.TimeSeries(
            name="dopamine",
            description="dLight in the striatum",
            data=(trace(times) - 1) / 0.5,
            unit="dF/F",
            conversion=0.5,
            offset=1.0,
            starting_time=FIRST,
            rate=RATE,
        )
    )


@pytest.fixture(params=["hdf5", "zarr"])
def place(request, to_zarr):
    """Each storage of NWB."""
    return to_zarr if request.param == "zarr" else lambda path: path


def test_an_even_trace(write_session, place, trials):
    recording = load(place(write_session(add=add_even)), MAP | {"signal": CUT})
    signal = recording["signal"]
    assert signal.dims == ("trial", "time")
    np.testing.assert_allclose(signal["time"], np.arange(-20, 31) / RATE)
    assert signal.attrs["units"] == "dF/F"
    assert signal.attrs["rate"] == RATE
    assert signal.attrs["long_name"] == "dLight in the striatum, cut around cue_time"
    # The sample nearest the event, by its own time.
    nearest = np.rint((trials["cue_time"] - FIRST) * RATE) / RATE + FIRST
    wanted = trace(nearest[:, None] + np.arange(-20, 31) / RATE)
    np.testing.assert_allclose(signal.values, wanted, atol=1e-9)
    exact = trace(trials["cue_time"][:, None] + signal["time"].values)
    assert np.abs(signal.values - exact).max() < 1.02 * 0.5 / RATE  # half a sample, slope about 1
    assert "values of the file, times 0.5, plus 1" in "\n".join(recording.attrs["assumed"])


def test_an_event_that_did_not_happen_has_no_trace(write_session, trials, tmp_path):
    cut = CUT | {"event": "outcome_time", "series": "dopamine"}
    recording = load(write_session(add=add_even), MAP | {"signal": cut})
    absent = np.isnan(recording["signal"].values).all(axis=1)
    np.testing.assert_array_equal(absent, np.isnan(trials["outcome_time"]))
    opened = open_recording(save_recording(recording, tmp_path / "saved.nc")).load()
    assert opened.equals(recording)


def test_trials_outside_the_trace_are_missing(write_session, trials):
    trials["cue_time"][-1] += 200.0
    recording = load(write_session(add=add_even), MAP | {"signal": CUT})
    assert np.flatnonzero(np.isnan(recording["signal"].values).any(axis=1)).tolist() == [59]
    assert "missing on 1 trials outside the trace" in "\n".join(recording.attrs["assumed"])


def test_a_trace_with_times_that_jitter_and_a_gap(write_session, place, trials):
    rng = np.random.default_rng(0)
    times = FIRST + np.arange(SIZE) / RATE + rng.uniform(-0.004, 0.004, SIZE)
    times = times[(times < 60.0) | (times > 62.0)]

    def add(pynwb, file) -> None:
        module = file.create_processing_module("ophys", "photometry")
        series = pynwb.TimeSeries(name="dopamine", data=trace(times), unit="V", timestamps=times)
        module.add(series)

    path = place(write_session(add=add))
    cut = CUT | {"series": "processing/ophys/dopamine"}
    recording = load(path, MAP | {"signal": cut})
    signal = recording["signal"].values
    wanted = trials["cue_time"][:, None] + recording["time"].values
    in_gap = (wanted > 60.05) & (wanted < 61.95)
    assert np.isnan(signal[in_gap]).all()
    outside = (wanted < 59.9) | (wanted > 62.1)
    assert np.abs(signal - trace(wanted))[outside].max() < 0.031  # half a sample and the jitter
    assert "times jitter or have gaps" in "\n".join(recording.attrs["assumed"])


def add_rois(pynwb, file) -> None:
    """Fluorescence of three cells, as the format has it."""
    device = file.create_device("microscope")
    channel = pynwb.ophys.OpticalChannel(name="green", description="GCaMP", emission_lambda=520.0)
    plane = file.create_imaging_plane(
        name="plane",
        optical_channel=channel,
        description="cortex",
        device=device,
        excitation_lambda=920.0,
        indicator="GCaMP6",
        location="OFC",
    )
    module = file.create_processing_module("ophys", "calcium")
    segmented = pynwb.ophys.ImageSegmentation()
    cells = segmented.create_plane_segmentation(
        name="cells", imaging_plane=plane, description="cells"
    )
    for _ in range(3):
        cells.add_roi(image_mask=np.ones((2, 2)))
    module.add(segmented)
    fluorescence = pynwb.ophys.Fluorescence()
    module.add(fluorescence)
    times = FIRST + np.arange(SIZE) / RATE
    data = np.stack([trace(times) + cell for cell in range(3)], axis=1)
    series = pynwb.ophys.RoiResponseSeries(
        name="cells",
        data=data,
        unit="a.u.",
        rois=cells.create_roi_table_region(description="all", region=[0, 1, 2]),
        starting_time=FIRST,
        rate=RATE,
    )
    fluorescence.add_roi_response_series(series)


def test_one_of_several_cells(write_session, place, trials):
    path = place(write_session(add=add_rois))
    cut = CUT | {"series": "processing/ophys/Fluorescence/cells", "column": 2}
    recording = load(path, MAP | {"signal": cut})
    nearest = np.rint((trials["cue_time"] - FIRST) * RATE) / RATE + FIRST
    np.testing.assert_allclose(
        recording["signal"].values, trace(nearest[:, None] + recording["time"].values) + 2
    )


def test_spikes_and_a_trace_together(write_session, trains):
    columns = MAP | {"signal": CUT, "windows": {"cue": ["cue_time", 0.0, 0.5]}}
    recording = load(write_session(trains, add=add_even), columns)
    assert {"signal", "spike_count"} <= set(recording.data_vars)


# What is refused


def fault(path, **cut) -> str:
    with pytest.raises(RecordingError) as caught:
        load(path, MAP | {"signal": CUT | cut})
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_several_traces_and_no_word_on_which(write_session):
    path = write_session(add=add_rois)
    place = "processing/ophys/Fluorescence/cells"
    assert "found 3 traces side by side and no column in the column map" in fault(
        path, series=place
    )
    assert "column 3 in the column map" in fault(path, series=place, column=3)


def test_a_series_that_is_not_there(write_session):
    message = fault(write_session(add=add_even), series="acquisition/dopamin")
    assert "found no series 'acquisition/dopamin' (did you mean 'acquisition/dopamine'?)" in message


def test_two_series_of_one_name(write_session):
    def add(pynwb, file) -> None:
        add_even(pynwb, file)
        module = file.create_processing_module("ophys", "photometry")
        module.add(pynwb.TimeSeries(name="dopamine", data=[1.0, 2.0], unit="V", rate=1.0))

    message = fault(write_session(add=add), series="dopamine")
    assert "acquisition/dopamine, processing/ophys/dopamine" in message


def test_a_trace_on_another_clock(write_session, trials):
    trials["cue_time"] += 10_000
    assert "found no trial whose cut lies inside the trace" in fault(write_session(add=add_even))


def test_times_that_go_back(write_session):
    path = write_session(add=add_even)
    with h5py.File(path, "a") as file:
        times = np.arange(SIZE) / RATE
        times[7] = 0
        file["acquisition/dopamine/timestamps"] = times
    assert "found time 0 after 0.3 at sample 7" in fault(path)


@pytest.mark.parametrize("rate", [0.0, -5.0, np.nan])
def test_a_rate_that_cannot_be(write_session, rate):
    path = write_session(add=add_even)
    with h5py.File(path, "a") as file:
        file["acquisition/dopamine/starting_time"].attrs["rate"] = rate
    assert "starting_time: found rate" in fault(path)


def test_a_trace_without_a_clock(write_session):
    path = write_session(add=add_even)
    with h5py.File(path, "a") as file:
        del file["acquisition/dopamine/starting_time"]
    assert "found neither timestamps nor starting_time" in fault(path)


def test_a_cut_shorter_than_two_samples(write_session):
    assert "20 samples a second, so that 1 lie from 0 to 0.01 s" in fault(
        write_session(add=add_even), start=0.0, end=0.01
    )
