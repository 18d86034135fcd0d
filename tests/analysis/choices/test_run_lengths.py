import numpy as np
import pytest

from pfc_analysis.analysis.choices.run_lengths import compute_run_lengths, find_runs
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError
from pfc_analysis.analysis.trials.arm_trials import read_arm_trials


def with_base(recording, left=0.1, right=0.4):
    base = np.stack(np.broadcast_arrays(left, right, np.zeros(recording.sizes["trial"])), axis=1)
    return recording.assign(base_probability=(("trial", "arm"), base[:, :2]))


def runs_of(recording, **settings):
    runs = find_runs(read_arm_trials(recording, settings.pop("leave_out", ())), **settings)
    return [
        (int(a), int(b), bool(c))
        for a, b, c in zip(runs.first, runs.length, runs.complete, strict=True)
    ]


def test_runs_by_hand(make_recording):
    recording = make_recording([1, 1, 0, 1, 1, 1, 1, 0, 0, 1], [0] * 10, [1] * 10,
                               session=[0] * 6 + [1] * 4)  # fmt: skip
    assert runs_of(recording) == [
        (0, 2, True),
        (2, 1, True),
        (3, 3, False),  # the session ends
        (6, 1, True),
        (7, 2, True),
        (9, 1, False),
    ]


def test_invalid_trials_are_passed_over_or_cut(make_recording):
    recording = make_recording([-1, 1, -1, 1, 0, 0, -1, 1, 0], [0] * 9, [1] * 9)
    assert runs_of(recording) == [(1, 2, True), (4, 2, True), (7, 1, True), (8, 1, False)]
    assert runs_of(recording, invalid_trials="break") == [
        (1, 1, False),
        (3, 1, False),
        (4, 2, False),
        (7, 1, False),
        (8, 1, False),
    ]


@pytest.mark.parametrize("flag", ["forced", "automatic_reward", "stimulated"])
def test_trials_that_do_not_count_cut_runs(make_recording, flag):
    recording = make_recording(
        [1, 0, 0, 0, 1, 0, 1], [0] * 7, [1] * 7, **{flag: [0, 0, 1, 0, 0, 0, 0]}
    )
    leave_out = ["stimulated"] if flag == "stimulated" else []
    assert runs_of(recording, leave_out=leave_out) == [
        (0, 1, True),
        (1, 1, False),
        (3, 1, False),
        (4, 1, True),
        (5, 1, True),
        (6, 1, False),
    ]


def test_gaps_cut_runs(make_recording):
    gap = make_recording([1, 0, 0, 1, 0], [0] * 5, [1] * 5, position=[0, 1, 5, 6, 7])
    assert [run[2] for run in runs_of(gap)] == [True, False, False, True, False]
    late = make_recording([1, 0, 1], [0] * 3, [1] * 3, position=[3, 4, 5])
    assert [run[2] for run in runs_of(late)] == [False, True, False]


def test_shares_by_hand(make_recording):
    choice = [1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0]
    found = compute_run_lengths(with_base(make_recording(choice, [0] * 12, [1] * 12)), 3)
    richer, leaner = found.isel(subject=0)["share"].transpose("arm_kind", ...).values
    np.testing.assert_allclose(richer, [1 / 3, 1 / 3, 1 / 3])  # 2, 1, and 4 in the last bin
    np.testing.assert_allclose(leaner, [1 / 2, 0, 1 / 2])  # 1, 3
    np.testing.assert_allclose(found["mean_length"].values[0], [7 / 3, 2.0])
    assert found["n_runs"].values.tolist() == [[3, 2]]
    assert found["n_runs_cut_off"].values.tolist() == [[0, 1]]
    assert found["run_length"].values.tolist() == [1, 2, 3]


def test_kind_is_that_of_the_runs_start(make_recording):
    recording = make_recording([1, 1, 1, 0, 1, 0, 1, 0], [0] * 8, [1] * 8)
    left = np.array([0.1, 0.1, 0.4, 0.4, 0.25, 0.25, 0.1, 0.1])
    found = compute_run_lengths(with_base(recording, left, 0.5 - left))
    # Right while richer (3 long), left while richer, two while equal, right while richer, cut off.
    assert found["n_runs"].values.tolist() == [[3, 0]]
    assert found.attrs["n_runs_equal_arms"] == 2
    assert found["n_runs_cut_off"].values.tolist() == [[0, 1]]
    assert np.isnan(found["share"].sel(arm_kind="leaner")).all()


def test_independent_choices_have_geometric_runs(make_recording):
    rng = np.random.default_rng(0)
    n_sessions, n_trials, q = 60, 400, 0.7
    choice = (rng.random(n_sessions * n_trials) < q).astype(int)
    session = np.repeat(np.arange(n_sessions), n_trials)
    recording = make_recording(choice, choice * 0, choice * 0, session=session)
    found = compute_run_lengths(with_base(recording), 8).isel(subject=0)
    for kind, stay in (("richer", q), ("leaner", 1 - q)):
        length = np.arange(1, 9)
        expected = (1 - stay) * stay ** (length - 1)
        expected[-1] = stay**7
        one = found.sel(arm_kind=kind)
        inside = (one["lower"].values <= expected) & (expected <= one["upper"].values)
        assert inside.sum() >= 7
        np.testing.assert_allclose(one["share"].sum(), 1.0)
        assert one["mean_length_lower"] < 1 / (1 - stay) < one["mean_length_upper"]
        assert one["mean_length_upper"] - one["mean_length_lower"] < 0.17


def test_what_cannot_be(make_recording):
    recording = make_recording([1, 0, 1], [0] * 3, [1] * 3)
    with pytest.raises(MissingVariableError, match="does not say which arm is the richer one"):
        compute_run_lengths(recording)
    recording = with_base(recording)
    with pytest.raises(AnalysisError, match="max_length: found 0, expected a whole number"):
        compute_run_lengths(recording, 0)
    with pytest.raises(AnalysisError, match="invalid_trials: found 'keep', expected 'skip'"):
        compute_run_lengths(recording, invalid_trials="keep")
    with pytest.raises(EmptySelectionError, match=r"of 3 run\(s\), 1 are cut off and 3 have equal"):
        compute_run_lengths(with_base(recording, 0.2, 0.2))
    with pytest.raises(EmptySelectionError, match=r"found no complete run .* of 0 run\(s\)"):
        compute_run_lengths(with_base(make_recording([-1], [0], [1])))
