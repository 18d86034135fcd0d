import dataclasses
import sys

import numpy as np
import pynapple
import pytest

from pfc_analysis.recording.exports.export import export_recording
from pfc_analysis.recording.exports.pynapple import from_pynapple, to_pynapple
from pfc_analysis.recording.schema import RecordingError

from .same import assert_same


def session_of(recording, subject, session):
    here = (recording["subject"] == subject) & (recording["session"] == session)
    return recording.isel(trial=np.flatnonzero(here))


def test_agents_come_back(agents):
    found = to_pynapple(agents, "seed_2", 1)
    assert isinstance(found.trials, pynapple.IntervalSet)
    assert isinstance(found["hidden"], pynapple.TsdFrame)
    assert isinstance(found["value"], pynapple.Tsd)
    assert isinstance(found["rpe"], pynapple.Tsd)
    assert_same(from_pynapple(found), session_of(agents, "seed_2", 1))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("animals", "subject"),
    [
        ("rat_recording", "M055"),
        ("grackle_recording", "Adobo"),
        ("dopamine_recording", "HJ-FP-M2"),
        ("mouse_recording", "697062"),
    ],
)
def test_animals_come_back(animals, subject, request):
    recording = request.getfixturevalue(animals)
    found = to_pynapple(recording, subject, 0)
    assert_same(from_pynapple(found), session_of(recording, subject, 0))


def test_trials_restrict_what_runs_inside_them(two_step):
    session = session_of(two_step, "seed_1", 0)
    found = to_pynapple(two_step, "seed_1", 0)
    left = found.trials[found.trials.choice == "left"]
    rows = np.flatnonzero(session["choice"] == 0)
    assert len(left) == rows.size
    for name in ("value", "rpe"):
        np.testing.assert_array_equal(
            found[name].restrict(left).d, session[name].values[rows].ravel()
        )
    np.testing.assert_array_equal(
        found["hidden"].restrict(left).d, session["hidden"].values[rows].reshape(-1, 48)
    )
    rewarded = found.trials[found.trials["reward"] > 0]
    np.testing.assert_array_equal(
        rewarded["reward"], session["reward"].values[session["reward"] > 0]
    )
    # Fewer trials and fewer series make a smaller recording.
    fewer = dataclasses.replace(found, trials=left, series={"rpe": found["rpe"]})
    back = from_pynapple(fewer)
    np.testing.assert_array_equal(back["rpe"], session["rpe"].values[rows])
    assert "hidden" not in back
    assert_same(back, session.isel(trial=rows).drop_vars(
        ["hidden", "cell", "value", "observation", "action"]
    ))  # fmt: skip


def test_pynapple_computes_on_it(two_step):
    session = session_of(two_step, "seed_1", 0)
    found = to_pynapple(two_step, "seed_1", 0, step_seconds=0.5)
    # The mean of a unit at the first step after each trial's start, by pynapple and by hand.
    starts = pynapple.Ts(found.trials.start)
    at_start = starts.value_from(found["hidden"])
    np.testing.assert_array_equal(at_start.d, session["hidden"].isel(step=0).values)
    assert found.trials.start[1] == 1.5
    assert found["hidden"].rate == pytest.approx(2, rel=0.01)


def test_units_keep_their_lstm(risky_choice):
    hidden = to_pynapple(risky_choice, "seed_1", 0)["hidden"]
    values = hidden[:, hidden.metadata["lstm"].values == "value"]
    here = (risky_choice["lstm"] == "value").values
    assert values.shape[1] == here.sum() > 0
    wanted = session_of(risky_choice, "seed_1", 0)["hidden"].values[:, :, here]
    np.testing.assert_array_equal(values.d, wanted.reshape(values.shape))


@pytest.mark.real_data
def test_photometry_runs_in_windows_around_the_cue(dopamine_recording):
    session = session_of(dopamine_recording, "HJ-FP-M2", 0)
    found = to_pynapple(dopamine_recording, "HJ-FP-M2", 0)
    photometry = found["photometry"]
    assert photometry.shape == (session["photometry"].size,)
    assert len(photometry.time_support) == session.sizes["trial"]
    reward_cue = found.trials[found.trials.cue == "CS+"]
    rows = np.flatnonzero(session["cue"] == 0)
    np.testing.assert_array_equal(
        photometry.restrict(reward_cue).d, session["photometry"].values[rows].ravel()
    )


def test_pynapple_reads_the_exported_nwb(two_step, tmp_path):
    found = to_pynapple(two_step, "seed_1", 0)
    export_recording(two_step, tmp_path / "a.nwb", subjects="seed_1", sessions=0)
    file = pynapple.load_file(tmp_path / "a.nwb")
    try:
        np.testing.assert_array_equal(file["trials"].start, found.trials.start)
        np.testing.assert_allclose(file["rpe"].t, found["rpe"].t)
        np.testing.assert_array_equal(np.asarray(file["hidden"].d), found["hidden"].d)
    finally:
        file.io.close()


def test_names_that_pynapple_keeps_for_itself(recording):
    said = {"long_name": "a number"}
    recording["start"] = "trial", np.arange(12), said
    recording["2 a"] = "trial", np.arange(12), said
    recording["per_unit"] = ("unit", "trial"), np.arange(48.0).reshape(4, 12), said
    recording["cubic"] = ("trial", "step", "unit", "arm"), np.ones((12, 2, 4, 2)), said
    found = to_pynapple(recording, "Jürgen", 1)
    assert {"recorded_start", "_2_a"} <= set(found.trials.metadata_columns)
    assert isinstance(found["cubic"], pynapple.TsdTensor)
    assert_same(from_pynapple(found), session_of(recording, "Jürgen", 1))


def test_faults_are_named(recording, monkeypatch):
    with pytest.raises(RecordingError, match="found 4 of 4 sessions, expected 1: name it by"):
        to_pynapple(recording)
    with pytest.raises(RecordingError, match=r"'Jurgen': not in the recording \(did you mean 'Jü"):
        to_pynapple(recording, "Jurgen", 0)
    with pytest.raises(RecordingError, match="session 7: not in the recording"):
        to_pynapple(recording, "Jürgen", 7)
    found = to_pynapple(recording, "Jürgen", 0)
    with pytest.raises(KeyError, match="did you mean 'hidden'"):
        found["hiden"]
    short = dataclasses.replace(found, series={"value": found["value"][:-1]})
    with pytest.raises(RecordingError, match=r"value: found shape \(5,\) within 3 trial"):
        from_pynapple(short)
    monkeypatch.setitem(sys.modules, "pynapple", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[pynapple\]'"):
        to_pynapple(recording, "Jürgen", 0)
