"""Risky preferences against hand counts, other libraries and simulated subjects of known truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pfc_analysis.analysis.choices.risk_preference import (
    compute_preference_change,
    compute_risky_preference,
)
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError, MissingVariableError


def build(risky, session=None, subject=None, **others) -> xr.Dataset:
    """A recording from lists; the risky option is on the right."""
    risky = np.asarray(risky)
    session = np.zeros(risky.size, int) if session is None else np.asarray(session)
    subject = np.repeat("one", risky.size) if subject is None else np.asarray(subject)
    variables = {"risky_choice": risky, "choice": risky, "reward": np.zeros(risky.size)}
    variables |= {name: np.asarray(values) for name, values in others.items()}
    return xr.Dataset(
        {name: ("trial", values) for name, values in variables.items()},
        coords={
            "subject": ("trial", subject),
            "session": ("trial", session),
            "trial_in_session": ("trial", np.arange(risky.size)),
        },
    )


def play(taste, rng, n_sessions=40, n_trials=20, subject="one") -> xr.Dataset:
    """Sessions whose probability of a risky choice scatters around the subject's taste."""
    own = rng.beta(4 * taste, 4 * (1 - taste), n_sessions)
    risky = (rng.random((n_sessions, n_trials)) < own[:, None]).astype(int).ravel()
    session = np.repeat(np.arange(n_sessions), n_trials)
    return build(risky, session, np.repeat(subject, risky.size))


def test_counted_by_hand():
    recording = build(
        risky=[1, 1, 0, -1, 1, 0, 0, 1, 1, 0],
        forced=[1, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        session=[0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
        subject=list("aaaaaabbbb"),
        invalid=[0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    )
    found = compute_risky_preference(recording)
    assert found["risky_preference"].dims == ("subject",)
    assert found["subject"].values.tolist() == ["a", "b"]
    # a: 1 0 in the first session, 1 0 in the second; b: 1 1
    assert found["risky_preference"].values.tolist() == [50.0, 100.0]
    assert found["n_trials"].values.tolist() == [4, 2]
    assert found["n_sessions"].values.tolist() == [2, 1]
    assert found["risky_preference"].attrs["units"] == "%"
    counts = {name: found.attrs[f"n_trials_{name}"] for name in ("recorded", "forced", "invalid")}
    assert counts == {"recorded": 10, "forced": 2, "invalid": 2}


def test_by_probability_counted_by_hand():
    recording = build(
        risky=[1, 0, 1, 1, 0, 0, 1, 0],
        forced=[0, 0, 0, 0, 0, 0, 1, 0],
        session=[0, 0, 0, 1, 1, 2, 2, 0],
        subject=list("aaaaaaab"),
        risky_probability=[0.5, 0.5, 0.125, 0.5, 0.125, 0.125, 0.25, 0.5],
    )
    found = compute_risky_preference(recording, by_probability=True)
    assert found["risky_preference"].dims == ("subject", "probability")
    assert found["probability"].values.tolist() == [0.125, 0.5]  # .25 was only forced
    assert found["risky_preference"].sel(subject="a").values == pytest.approx([100 / 3, 200 / 3])
    b = found.sel(subject="b")
    assert b["risky_preference"].values[1] == 0.0
    assert np.isnan([b["risky_preference"][0], b["lower"][0], b["upper"][0]]).all()
    assert b["n_trials"].values.tolist() == [0, 1]


def test_one_session_is_wilsons_interval():
    recording = build([1] * 13 + [0] * 7)
    found = compute_risky_preference(recording).squeeze()
    expected = proportion_confint(13, 20, method="wilson")
    assert [found["lower"] / 100, found["upper"] / 100] == pytest.approx(expected)


def test_interval_is_that_of_clustered_regression():
    """For a preference near one half and many sessions Wilson's interval is the normal one."""
    recording = play(0.5, np.random.default_rng(1), n_sessions=2000)
    found = compute_risky_preference(recording).squeeze()
    risky = recording["risky_choice"].values.astype(float)
    fit = sm.OLS(risky, np.ones(risky.size)).fit(
        cov_type="cluster", cov_kwds={"groups": recording["session"].values}
    )
    low, high = 100 * fit.conf_int()[0]
    assert float(found["risky_preference"]) == pytest.approx(100 * risky.mean())
    assert [float(found["lower"]), float(found["upper"])] == pytest.approx([low, high], abs=0.02)
    independent = 100 * np.diff(proportion_confint(risky.sum(), risky.size))[0]
    assert high - low > 1.8 * independent


def covered(low, truth, high) -> bool:
    return bool(low <= truth <= high)


@pytest.mark.parametrize("taste", [0.15, 0.6])
def test_interval_covers_the_truth_as_often_as_it_says(taste):
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(300):
        found = compute_risky_preference(play(taste, rng)).squeeze()
        hits += covered(found["lower"], 100 * taste, found["upper"])
    # Between 92 and 98 in 100 is what 300 runs can tell from 95.
    assert 0.91 < hits / 300 < 0.985


def subjects(tastes, rng, **settings) -> xr.Dataset:
    parts = [play(t, rng, subject=f"s{k}", **settings) for k, t in enumerate(tastes)]
    return compute_risky_preference(xr.concat(parts, dim="trial"))


def preferences(values, spread=2.0, names=None) -> xr.Dataset:
    """What `compute_risky_preference` gives, from numbers."""
    values = np.asarray(values, float)
    names = [f"s{k}" for k in range(values.size)] if names is None else names
    return xr.Dataset(
        {
            "risky_preference": ("subject", values),
            "lower": ("subject", values - spread),
            "upper": ("subject", values + 2 * spread),
        },
        coords={"subject": names},
    )


def test_change_counted_by_hand():
    control = preferences([50.0, 60.0, 20.0, 30.0])
    experimental = preferences([80.0, 55.0, 30.0, 30.0], spread=1.0)
    found = compute_preference_change(control, experimental)
    difference = np.array([30.0, -5.0, 10.0, 0.0])
    assert found["change"].values.tolist() == difference.tolist()
    # below: 1 of the experimental one, 4 of control's upper arm; above: 2 and 2
    assert found["change_lower"].values == pytest.approx(difference - np.sqrt(1 + 16))
    assert found["change_upper"].values == pytest.approx(difference + np.sqrt(4 + 4))
    expected = stats.ttest_rel(
        experimental["risky_preference"], control["risky_preference"]
    ).confidence_interval(0.95)
    assert float(found["mean_change"]) == pytest.approx(8.75)
    assert [found["mean_change_lower"], found["mean_change_upper"]] == pytest.approx(
        [expected.low, expected.high]
    )
    assert (int(found["n_subjects"]), int(found["n_expected"])) == (4, 2)
    assert found["change"].attrs["units"] == "percentage points"
    fewer = compute_preference_change(control, experimental, expected_direction=-1)
    assert int(fewer["n_expected"]) == 1
    assert fewer.attrs["expected_direction"] == -1


def test_own_interval_of_one_session_is_newcombes():
    control = compute_risky_preference(build([1] * 9 + [0] * 21))
    experimental = compute_risky_preference(build([1] * 20 + [0] * 15))
    found = compute_preference_change(control, experimental).squeeze()
    low, high = confint_proportions_2indep(20, 35, 9, 30, compare="diff", method="newcomb")
    assert [found["change_lower"] / 100, found["change_upper"] / 100] == pytest.approx([low, high])
    # a single subject stands for itself
    assert float(found["mean_change_lower"]) == float(found["change_lower"])
    assert float(found["mean_change_upper"]) == float(found["change_upper"])


def test_subjects_are_matched_by_name_and_probabilities_kept_apart():
    rng = np.random.default_rng(3)

    def both(order, taste):
        parts = []
        for name in order:
            for k, p in enumerate((0.125, 0.5)):
                part = play(taste[name][k], rng, n_sessions=400, subject=name)
                part["session"] = part["session"] + 400 * k
                part["risky_probability"] = ("trial", np.full(part.sizes["trial"], p))
                parts.append(part)
        return compute_risky_preference(xr.concat(parts, dim="trial"), by_probability=True)

    control = both("ab", {"a": (0.2, 0.6), "b": (0.4, 0.8)})
    experimental = both("ba", {"a": (0.3, 0.9), "b": (0.3, 0.6)})
    found = compute_preference_change(control, experimental)
    assert found["change"].dims == ("subject", "probability")
    truth = np.array([[10.0, 30.0], [-10.0, -20.0]])
    assert np.abs(found["change"].sel(subject=["a", "b"]).values - truth).max() < 6
    assert found["n_expected"].values.tolist() == [1, 1]
    assert found["mean_change"].dims == ("probability",)


def test_change_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    own, mean = 0, 0
    for _ in range(100):
        tastes = rng.uniform(0.3, 0.6, 5)
        effects = rng.normal(0.1, 0.05, 5)
        control = subjects(tastes, rng, n_sessions=30)
        experimental = subjects(tastes + effects, rng, n_sessions=30)
        found = compute_preference_change(control, experimental)
        truth = 100 * effects
        own += ((found["change_lower"] <= truth) & (truth <= found["change_upper"])).sum().item()
        mean += covered(found["mean_change_lower"], 10.0, found["mean_change_upper"])
    assert 0.92 < own / 500 < 0.98
    assert 0.88 < mean / 100 < 1.0


def test_trials_without_a_free_choice_are_named():
    recording = build([1, 0, -1], forced=[1, 1, 0])
    with pytest.raises(
        EmptySelectionError, match=r"no free and valid trial is left of 3: found 2 forced and 1 inv"
    ):
        compute_risky_preference(recording)


def test_missing_variables_are_named():
    with pytest.raises(MissingVariableError, match="risky_choice: the recording has no such"):
        compute_risky_preference(build([1, 0]).drop_vars("risky_choice"))
    with pytest.raises(MissingVariableError, match="risky_probability: the recording has no such"):
        compute_risky_preference(build([1, 0]), by_probability=True)
    with pytest.raises(
        MissingVariableError, match=r"experimental: found no 'lower', 'upper', expected the result"
    ):
        compute_preference_change(
            preferences([1.0]), preferences([1.0]).drop_vars(["lower", "upper"])
        )


def test_values_that_cannot_be_are_named():
    wrong = build([1, 0, 1])
    wrong["risky_choice"] = ("trial", [1, 2, 1])
    with pytest.raises(AnalysisError, match=r"found 2 at trial 1 .* expected 0 \(safe\) or 1"):
        compute_risky_preference(wrong)
    wrong["risky_choice"] = ("trial", [1, -1, 1])  # although a side was chosen
    with pytest.raises(AnalysisError, match=r"risky_choice: found -1 at trial 1"):
        compute_risky_preference(wrong)
    wrong = build([1, 0], risky_probability=[0.5, 1.5])
    with pytest.raises(AnalysisError, match=r"risky_probability: found 1.5 at trial 1"):
        compute_risky_preference(wrong, by_probability=True)


def test_probabilities_drawn_anew_are_refused():
    recording = build([1, 0] * 15, risky_probability=np.linspace(0, 1, 30))
    with pytest.raises(AnalysisError, match="found 30 different values, expected at most 20; play"):
        compute_risky_preference(recording, by_probability=True)
    compute_risky_preference(recording)


def test_others_cannot_be_compared():
    with pytest.raises(
        AnalysisError, match=r"subject: found 's0', 's1' in control and 's0' in experimental"
    ):
        compute_preference_change(preferences([1.0, 2.0]), preferences([1.0]))
    with pytest.raises(AnalysisError, match=r"probability: found '0.5' in control and none in exp"):
        compute_preference_change(
            preferences([1.0]).expand_dims(probability=[0.5]), preferences([1.0])
        )
    with pytest.raises(AnalysisError, match=r"expected_direction: found 0, expected -1 \(fewer"):
        compute_preference_change(preferences([1.0]), preferences([1.0]), expected_direction=0)
