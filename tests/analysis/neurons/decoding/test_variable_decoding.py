"""Variables are decoded at the accuracy that the made-up units allow, and chance is chance."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import pfc_analysis.analysis as an

SESSIONS, TRIALS, UNITS = 10, 60, 6


def make(signal: float, seed: int = 1) -> xr.Dataset:
    """Neurons of two animals; the first follows `drive`, the second the side, with unit noise."""
    draw = np.random.default_rng(seed)
    n = 2 * SESSIONS * TRIALS
    drive, side = draw.normal(size=n), draw.integers(0, 2, n)
    count = draw.normal(size=(n, UNITS))
    count[:, 0] += signal * drive
    count[:, 1] += signal * (2 * side - 1)
    return xr.Dataset(
        {
            "choice": ("trial", side),
            "reward": ("trial", np.ones(n)),
            "drive": ("trial", drive),
            "spike_count": (("trial", "unit"), count),
        },
        coords={
            "subject": ("trial", np.repeat(["a", "b"], n // 2)),
            "session": ("trial", np.tile(np.repeat(np.arange(SESSIONS), TRIALS), 2)),
            "trial_in_session": ("trial", np.tile(np.arange(TRIALS), 2 * SESSIONS)),
        },
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("null", ["sessions", "shift"])
def test_the_share_decoded_is_that_of_the_signal(null):
    """A unit that is signal times drive plus unit noise holds s^2 / (1 + s^2) of its variance."""
    found = an.decode_variable(make(2.0), "drive", rng(), null=null)
    assert found["r_squared"].values == pytest.approx([0.8, 0.8], abs=0.04)
    assert (found["r_squared_lower"] < 0.8).all()
    assert (found["r_squared_upper"] > 0.78).all()
    assert (found["r_squared_p_value"] == 1 / 40).all()
    assert (found["r_squared_null_upper"] < 0.05).all()
    assert found["n_units"].values.tolist() == [UNITS, UNITS]
    assert found.attrs["kind"] == "number"


def test_codes_are_decoded_as_often_as_the_optimal_threshold():
    """Means 2 s apart with unit noise: right with probability Phi(s)."""
    from scipy.stats import norm

    found = an.decode_variable(make(1.0), "choice", rng(), n_permutations=19)
    for name in ("accuracy", "balanced_accuracy"):
        assert found[name].values == pytest.approx(norm.cdf(1.0), abs=0.04)
        assert (found[f"{name}_lower"] < norm.cdf(1.0)).all()
    assert found["balanced_accuracy_null"].values == pytest.approx(0.5, abs=0.03)
    assert (found["balanced_accuracy_p_value"] == 0.05).all()
    assert found.attrs["kind"] == "code"


def test_what_units_do_not_carry_is_at_chance():
    p_values = [
        an.decode_variable(make(0.0, seed), "drive", rng(), n_permutations=19)["r_squared_p_value"]
        for seed in range(20)
    ]
    p = np.concatenate(p_values)
    assert p.min() >= 0.05
    assert np.mean(p <= 0.05) < 0.2
    assert 0.35 < p.mean() < 0.7


def test_drift_within_sessions_is_no_signal():
    """Activity and target both rise through every session; the control rises as well."""
    recording = make(0.0)
    slope = recording["trial_in_session"].values / TRIALS
    drift = recording.assign(
        drive=("trial", recording["drive"].values + 5 * slope),
        spike_count=(("trial", "unit"), recording["spike_count"].values + 5 * slope[:, None]),
    )
    found = an.decode_variable(drift, "drive", rng())
    assert (found["r_squared"] > 0.3).all()
    assert (found["r_squared_p_value"] > 0.05).all()


def test_the_same_seed_gives_the_same_numbers_and_arrays_do_as_names():
    recording = make(1.0)
    one = an.decode_variable(recording, "drive", rng())
    other = an.decode_variable(
        recording, recording["drive"], rng(), activity=recording["spike_count"]
    )
    assert one.equals(other)


def test_units_that_were_not_recorded_are_left_out():
    recording = make(2.0)
    count = recording["spike_count"].values.copy()
    count[recording["subject"].values == "b", 5] = np.nan
    count[3, 2] = np.nan
    found = an.decode_variable(
        recording.assign(spike_count=(("trial", "unit"), count)), "drive", rng()
    )
    assert found["n_units"].values.tolist() == [UNITS, UNITS - 1]
    assert found["n_trials"].values.tolist() == [SESSIONS * TRIALS - 1, SESSIONS * TRIALS]


@pytest.mark.parametrize(
    ("change", "settings", "match"),
    [
        ({}, {"target": "rpe"}, "rpe: the recording has no such variable"),
        ({}, {"target": "spike_count"}, "expected 'trial'"),
        ({}, {"n_folds": 2}, "n_folds: found 2, expected a whole number of at least 3"),
        ({}, {"n_folds": 11}, "subject 'a': session: found 10 session.*lower n_folds"),
        ({}, {"null": "trials"}, "null: found 'trials'"),
        ({}, {"kind": "words"}, "kind: found 'words'"),
        ({}, {"kind": "code"}, "kind='number' decodes numbers"),
        ({}, {"target": "reward"}, "target: found 1 in all trials"),
        ({"spike_count": "count"}, {"activity": "spike_count"}, "spike_count: the recording"),
    ],
)
def test_errors_name_the_way_out(change, settings, match):
    recording = make(1.0).rename(change)
    with pytest.raises(an.AnalysisError, match=match):
        an.decode_variable(recording, **({"target": "drive"} | settings), generator=rng())


def test_agents_need_a_step_or_an_event():
    recording = make(1.0)
    hidden = recording["spike_count"].expand_dims(step=["fixation", "choice"], axis=1)
    agents = recording.drop_vars("spike_count").assign(hidden=hidden)
    with pytest.raises(an.AnalysisError, match="neither step= nor event="):
        an.decode_variable(agents, "drive", rng())
    assert an.decode_variable(agents, "drive", rng(), step="choice").attrs["step"] == "choice"


def test_silent_units_decode_nothing_and_are_refused():
    recording = make(1.0)
    silent = recording.assign(spike_count=recording["spike_count"] * 0)
    with pytest.raises(an.AnalysisError, match=r"found none of \d+ unit\(s\) that varies over"):
        an.decode_variable(silent, "drive", rng())
