import re

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.validation import validate


def faults(recording: xr.Dataset) -> str:
    with pytest.raises(RecordingError) as caught:
        validate(recording, source="rats.nc")
    return str(caught.value)


def on_trial(values):
    return ("trial", np.asarray(values))


def changed(recording: xr.Dataset, name: str, index, value) -> xr.Dataset:
    recording = recording.copy(deep=True)
    recording[name].values[index] = value
    return recording


def test_valid_recording_comes_back_as_it_is(recording):
    assert validate(recording) is recording


def test_no_trial_dimension(recording):
    with pytest.raises(
        RecordingError,
        match=re.escape("rats.nc: no dimension 'trial', found ('time'). A recording counts its"),
    ):
        validate(xr.Dataset({"reward": ("time", [1.0])}), source="rats.nc")


def test_no_trials(recording):
    assert "rats.nc: found 0 trials, expected at least 1" in faults(recording.isel(trial=[]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("subject", "subject: the coordinate is missing; expected it on ('trial')"),
        ("session", "session: the coordinate is missing; expected it on ('trial')"),
        ("trial_in_session", "trial_in_session: the coordinate is missing; expected it on"),
        ("choice", "choice: the variable is missing; expected it on ('trial')"),
        ("reward", "reward: the variable is missing; expected it on ('trial')"),
    ],
)
def test_required(recording, name, message):
    assert message in faults(recording.drop_vars(name))


def test_wrong_place(recording):
    assert (
        "subject: in the wrong place, expected a coordinate: dataset.set_coords('subject')"
    ) in faults(recording.reset_coords("subject"))
    assert (
        "choice: in the wrong place, expected a variable: dataset.reset_coords('choice')"
    ) in faults(recording.set_coords("choice"))


def test_wrong_dimensions(recording):
    recording["value"] = recording["value"].T
    assert ("value: found on dimensions ('step', 'trial'), expected ('trial', 'step')") in faults(
        recording
    )


@pytest.mark.parametrize(
    ("name", "dtype", "message"),
    [
        ("choice", float, "choice: found dtype float64, expected integer numbers"),
        ("invalid", bool, "invalid: found dtype bool, expected integer numbers"),
        ("reward", int, "reward: found dtype int64, expected real numbers"),
        ("session", float, "session: found dtype float64, expected integer numbers"),
        ("subject", "S9", "subject: found dtype |S9, expected text"),
    ],
)
def test_wrong_dtype(recording, name, dtype, message):
    if name == "subject":
        recording["subject"] = on_trial(np.repeat([b"a", b"b"], 6).astype(dtype))
        recording = recording.set_coords("subject")
    else:
        recording[name] = recording[name].astype(dtype)
    assert message in faults(recording)


def test_labels(recording):
    message = "choice: no attribute 'labels'; expected the list of what its values 0, 1, ... mean"
    for labels in (None, [], "left", [0, 1]):
        recording["choice"].attrs = {} if labels is None else {"labels": labels}
        assert message in faults(recording)


@pytest.mark.parametrize("value", [None, True, {"a": 1}, [], [1, 2], np.array([1.0])])
def test_attributes_that_netcdf_does_not_take(recording, value):
    recording.attrs["note"] = value
    message = faults(recording)
    assert f"attribute 'note': found {type(value).__name__} " in message
    assert "expected a string, a number or a list of strings (netCDF takes no other)" in message


def test_other_variables_hang_on_known_dimensions(recording):
    title = {"long_name": "x"}
    validate(recording.assign(volume=("trial", np.ones(12), title)))
    assert (
        "trace: found on dimension 'trials', expected only ('trial', 'step', 'event', 'unit', "
        "'arm', 'response', 'window', 'time') (did you mean 'trial'?)"
    ) in faults(recording.assign(trace=("trials", np.ones(3), title)))


def test_other_variables_have_a_title(recording):
    assert (
        "volume: no attribute 'long_name', expected one on a variable outside the standard table"
    ) in faults(recording.assign(volume=on_trial(np.ones(12))))


def test_near_misses_of_standard_names(recording):
    misspelt = recording.rename(common_transition="comon_transition", choice="choices")
    message = faults(misspelt)
    assert "comon_transition: no standard name; did you mean 'common_transition'?" in message
    assert "choices: no standard name; did you mean 'choice'?" in message
    assert "choice: the variable is missing" in message


@pytest.mark.parametrize(
    ("name", "index", "value", "message"),
    [
        ("reward", 4, np.nan, "reward: found nan at trial 4 (1 such value(s)), expected finite"),
        ("reward", 4, np.inf, "reward: found inf at trial 4 (1 such value(s)), expected finite"),
        (
            "value",
            (3, 1),
            -np.inf,
            "value: found -inf at trial 3, step 1 (1 such value(s)), expected finite numbers, or "
            "NaN where there is none",
        ),
        (
            "hidden",
            (11, 1, 2),
            1.5,
            "hidden: found 1.5 at trial 11, step 1, unit 2 (1 such value(s)), expected at most 1",
        ),
        ("choice", 0, 2, "choice: found 2 at trial 0 (1 such value(s)), expected at most 1"),
        ("choice", 0, -2, "choice: found -2 at trial 0 (1 such value(s)), expected at least -1"),
        (
            "better_state",
            slice(2, 5),
            -1,
            "better_state: found -1 at trial 2 (3 such value(s)), expected at least 0",
        ),
        (
            "common_transition",
            1,
            7,
            "common_transition: found 7 at trial 1 (1 such value(s)), expected one of [-1, 0, 1]",
        ),
        (
            "reward_probability",
            (5, 0),
            1.1,
            "reward_probability: found 1.1 at trial 5, arm 0 (1 such value(s)), expected at most 1",
        ),
        ("session", 0, -1, "session: found -1 at trial 0 (1 such value(s)), expected at least 0"),
        (
            "subject",
            slice(0, 6),
            "",
            "subject: found '' at trial 0 (6 such value(s)), expected text that is not",
        ),
    ],
)
def test_values(recording, name, index, value, message):
    assert message in faults(changed(recording, name, index, value))


def test_subject_of_mixed_objects(recording):
    subject = np.array(["a"] * 6 + [None] * 6, dtype=object)
    recording = recording.assign_coords(subject=("trial", subject))
    message = faults(recording)
    assert "at trial 6 (6 such value(s)), expected text that is not empty" in message


def test_nan_is_allowed_where_the_schema_says_so(recording):
    for name, where in (("value", (3, 1)), ("hidden", 2)):
        with_gap = changed(recording, name, where, np.nan)
        assert np.isnan(validate(with_gap)[name].values[where]).all()


def test_session_going_backwards(recording):
    assert (
        "trial_in_session: found 0 after 2 at trial 2 (subject replica_0, session 0), expected "
        "numbers of trials to increase within a session"
    ) in faults(changed(recording, "trial_in_session", [0, 1, 2], [1, 2, 0]))


def test_duplicate_trial(recording):
    assert ("trial_in_session: found 1 after 1 at trial 8 (subject Jürgen, session 0)") in faults(
        changed(recording, "trial_in_session", 8, 1)
    )


def test_session_split_in_two(recording):
    assert (
        "session: found session 0 of subject replica_0 again at trial 6, expected the trials of "
        "a session in one run"
    ) in faults(recording.isel(trial=[0, 1, 3, 4, 5, 6, 2, 7, 8, 9, 10, 11]))


def test_gaps_in_a_session_are_allowed(recording):
    kept = validate(recording.isel(trial=[0, 2, 3, 5, 7, 8]))
    assert kept.sizes["trial"] == 6


def test_every_fault_is_named_at_once(recording):
    broken = changed(changed(recording, "reward", 0, np.nan), "choice", 3, 9)
    broken = changed(broken, "trial_in_session", 8, 1)
    message = faults(broken)
    assert message.startswith("rats.nc: not a valid recording, 3 fault(s):\n  - ")
    assert [line.split(":")[0] for line in message.splitlines()[1:]] == [
        "  - choice",
        "  - reward",
        "  - trial_in_session",
    ]


def test_faults_are_counted_across_blocks(recording, monkeypatch):
    monkeypatch.setattr("pfc_analysis.recording.value_checks._BLOCK", 20)  # two trials at a time
    broken = changed(recording, "hidden", [3, 4, 10], -3.0)
    assert (
        "hidden: found -3.0 at trial 3, step 0, unit 0 (24 such value(s)), expected at least -1"
    ) in faults(broken)


# Recordings without choices, and signals around a cue


@pytest.fixture
def pavlovian() -> xr.Dataset:
    """Two subjects of one session of three trials, four samples each, and nothing to choose."""
    rng = np.random.default_rng(1)
    return xr.Dataset(
        {
            "cue": ("trial", np.array([0, 1, -1] * 2), {"labels": ["CS+", "CS-"]}),
            "reward": ("trial", np.array([1.0, 0.0, 0.0] * 2)),
            "photometry": (("trial", "time"), rng.normal(size=(6, 4))),
        },
        coords={
            "subject": ("trial", np.repeat(["a", "b"], 3)),
            "session": ("trial", np.zeros(6, dtype=int)),
            "trial_in_session": ("trial", np.tile([0, 1, 2], 2)),
            "time": [-0.5, 0.0, 0.5, 1.0],
        },
    )


def test_a_cue_stands_in_for_a_choice(pavlovian):
    assert validate(pavlovian) is pavlovian
    message = faults(pavlovian.drop_vars("cue"))
    assert (
        "choice: the variable is missing; expected it on ('trial'), or 'cue' instead where "
        "nothing is chosen"
    ) in message
    # Reward has no stand-in.
    assert "reward: the variable is missing; expected it on ('trial')" in faults(
        pavlovian.drop_vars("reward")
    )


def test_a_cue_is_checked_like_a_choice(pavlovian):
    assert "cue: found 2 at trial 4 (1 such value(s)), expected at most 1" in faults(
        changed(pavlovian, "cue", 4, 2)
    )
    pavlovian["cue"].attrs = {}
    assert "cue: no attribute 'labels'; expected the list of what its values 0" in faults(pavlovian)


def test_analyses_of_choices_say_that_there_are_none(pavlovian):
    from pfc_analysis.analysis.errors import MissingVariableError
    from pfc_analysis.analysis.trials.choice_trials import read_trials

    with pytest.raises(MissingVariableError, match="choice: the recording has no such variable"):
        read_trials(pavlovian)


def test_times_of_samples(pavlovian):
    assert "time: the coordinate is missing; expected the times of the samples" in faults(
        pavlovian.drop_vars("time")
    )
    backwards = pavlovian.assign_coords(time=[-0.5, 0.5, 0.5, 1.0])
    assert "time: found 0.5 after 0.5 at time 2, expected times to increase" in faults(backwards)
    assert "time: found nan at time 3 (1 such value(s)), expected finite numbers" in faults(
        pavlovian.assign_coords(time=[-0.5, 0.0, 0.5, np.nan])
    )


def test_a_sample_that_is_no_number(pavlovian):
    assert "photometry: found nan at trial 2, time 1 (1 such value(s)), expected finite" in faults(
        changed(pavlovian, "photometry", (2, 1), np.nan)
    )


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_signals_keep_on_disk(pavlovian, tmp_path, ending):
    from pfc_analysis.recording.storage import open_recording, save_recording

    with open_recording(save_recording(pavlovian, tmp_path / f"mice{ending}")) as back:
        xr.testing.assert_equal(back.load(), pavlovian)
        assert back["cue"].attrs["labels"] == ["CS+", "CS-"]
        assert back["cue"].attrs["flag_meanings"] == "none CS+ CS-"
        assert back["time"].attrs["units"] == "s"


def test_signals_of_several_recordings(pavlovian):
    from pfc_analysis.recording.concatenate import concatenate_recordings

    other = pavlovian.assign_coords(session=pavlovian["session"] + 1)
    whole = concatenate_recordings([pavlovian.isel(trial=[0, 1]), other.isel(trial=[0, 1])])
    assert whole["photometry"].shape == (4, 4)
    with pytest.raises(RecordingError, match=r"recording 1: time is \[0\.0, 0\.5, 1\.0, 1\.5\]"):
        concatenate_recordings([pavlovian, other.assign_coords(time=other["time"] + 0.5)])


def test_a_name_that_is_no_text(recording):
    recording[3] = ("trial", np.zeros(12), {"long_name": "a mark"})
    with pytest.raises(RecordingError, match="3: found int as a name, expected text"):
        validate(recording)
