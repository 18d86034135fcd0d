import numpy as np
import pytest

from pfc_analysis.recording.exports.clock import make_clock


@pytest.fixture
def session(recording):
    return recording.isel(trial=slice(0, 3))


def with_times(session, **times):
    for name, values in times.items():
        session[name] = "trial", np.array(values), {"long_name": name, "units": "s"}
    return session


def test_steps_follow_each_other_where_there_is_no_clock(session):
    clock = make_clock(session, 0.1)
    np.testing.assert_allclose(clock.times(session, "step").ravel(), np.arange(6) * 0.1)
    np.testing.assert_allclose(clock.start, [0, 0.2, 0.4])
    np.testing.assert_allclose(clock.stop, [0.175, 0.375, 0.575])
    assert clock.step_seconds == 0.1
    assert clock.note.startswith("The recording has no clock. Times are laid out: 0.2 s a trial")


def test_prediction_errors_lie_in_their_trial(two_step):
    session = two_step.isel(trial=slice(0, 100))
    clock = make_clock(session)
    times = clock.times(session, "event")
    assert times[0].tolist() == [0.5, 1.5, 2.5]
    assert (times >= clock.start[:, None]).all()
    assert (times <= clock.stop[:, None]).all()
    assert (clock.stop[:-1] < clock.start[1:]).all()


def test_samples_around_a_cue_do_not_run_into_the_next_trial(session):
    session = session.assign_coords(time=np.linspace(-2.0, 3.0, 6))
    session["photometry"] = ("trial", "time"), np.zeros((3, 6))
    clock = make_clock(session)
    times = clock.times(session, "time")
    assert clock.zero.tolist() == [2.0, 8.0, 14.0]
    assert (np.diff(times.ravel()) > 0).all()
    assert (times[:, 0] >= clock.start).all()
    assert (times[:, -1] <= clock.stop).all()
    assert clock.step_seconds is None


def test_recorded_times_are_used(session):
    clock = make_clock(with_times(session, cue_time=[10.0, 14.0, 20.0]))
    assert clock.start.tolist() == [10.0, 14.0, 20.0]
    np.testing.assert_allclose(clock.stop, [13.999, 19.999, 24.999])
    assert "cue_time" in clock.note
    clock = make_clock(with_times(session, start_time=[9.0, 13.0, 19.0], stop_time=[11, 15.0, 21]))
    assert clock.start.tolist() == [9.0, 13.0, 19.0]
    assert clock.stop.tolist() == [11.0, 15.0, 21.0]
    assert clock.zero.tolist() == [10.0, 14.0, 20.0]


@pytest.mark.parametrize("times", [[3.0, 2.0, 4.0], [1.0, 1.0, 2.0], [1.0, np.nan, 2.0]])
def test_times_that_do_not_go_forwards_are_no_clock(session, times):
    assert make_clock(with_times(session, cue_time=times)).start.tolist() == [0.0, 2.0, 4.0]


def test_times_in_other_units_or_overlapping_trials_are_no_clock(session):
    session = with_times(session, start_time=[1.0, 2.0, 3.0], stop_time=[2.5, 2.6, 3.5])
    assert make_clock(session).start.tolist() == [0.0, 2.0, 4.0]
    session["stop_time"].attrs["units"] = "ms"
    assert make_clock(session).start.tolist() == [1.0, 2.0, 3.0]
