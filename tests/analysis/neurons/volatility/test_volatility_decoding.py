"""Decoding and tracking of volatility in synthetic units, against scikit-learn and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from sklearn.linear_model import Ridge

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.volatility.volatility_decoding import (
    compute_decoding_score,
    correlate_sessions,
    decode_volatility,
    fit_volatility_decoder,
)
from pfc_analysis.analysis.neurons.volatility.volatility_tracking import compute_volatility_tracking
from pfc_analysis.analysis.statistics.ridge_moments import PENALTIES, fit_ridge, sum_by_fold

N_SESSIONS, N_TRIALS, N_UNITS = 40, 60, 8


def build_units(seed=0, subjects=("one",), strength=0.2, tracking=3) -> xr.Dataset:
    """The first `tracking` units code the regime, the next the last action and reward; the noise of
    every unit has a part that stays throughout a session."""
    rng = np.random.default_rng(seed)
    n = N_SESSIONS * N_TRIALS
    parts = []
    for name in subjects:
        change = rng.integers(15, 45, (N_SESSIONS, 1))
        first = rng.integers(0, 2, (N_SESSIONS, 1))
        regime = np.where(np.arange(N_TRIALS) < change, first, 1 - first).ravel()
        choice, reward = rng.integers(0, 2, n), rng.integers(0, 2, n).astype(float)
        drift = np.repeat(rng.normal(0, 0.05, (N_SESSIONS, N_UNITS)), N_TRIALS, axis=0)
        hidden = rng.normal(0, 0.1, (n, N_UNITS)) + drift
        sign = np.where(np.arange(tracking) % 2, -1, 1)
        hidden[:, :tracking] += strength * sign * regime[:, None]
        hidden[1:, tracking] += 0.1 * (2 * choice[:-1] - 1)
        hidden[1:, tracking + 1] += 0.1 * reward[:-1]
        parts.append(
            xr.Dataset(
                {
                    "choice": ("trial", choice),
                    "reward": ("trial", reward),
                    "regime": ("trial", regime),
                    "volatility": ("trial", regime / 18),
                    "hidden": (("trial", "step", "unit"), hidden[:, None].astype(np.float32)),
                    "value": (("trial", "step"), rng.random((n, 1))),
                },
                coords={
                    "subject": ("trial", np.repeat(name, n)),
                    "session": ("trial", np.repeat(np.arange(N_SESSIONS), N_TRIALS)),
                    "trial_in_session": ("trial", np.tile(np.arange(N_TRIALS), N_SESSIONS)),
                    "step": ["choice"],
                    "unit": np.arange(N_UNITS),
                },
            )
        )
    return xr.concat(parts, dim="trial", data_vars="minimal")


def test_ridge_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6)) * [1, 2, 0.1, 1, 1, 3]
    target = rows @ rng.normal(size=6) + rng.normal(size=300) * 3
    fold = rng.integers(0, 4, 300)
    fit = fit_ridge(sum_by_fold(rows, target, fold, 4))

    def alpha(penalty, data):
        return penalty * len(data) * data.var(axis=0).mean()

    losses = []
    for penalty in PENALTIES:
        loss = 0.0
        for k in range(4):
            inside = rows[fold != k]
            model = Ridge(alpha(penalty, inside)).fit(inside, target[fold != k])
            loss += ((model.predict(rows[fold == k]) - target[fold == k]) ** 2).sum()
        losses.append(loss)
    best = PENALTIES[np.argmin(losses)]
    assert fit.penalty == best
    model = Ridge(alpha(best, rows)).fit(rows, target)
    assert fit.weight == pytest.approx(model.coef_, rel=1e-8)
    assert fit.intercept == pytest.approx(model.intercept_)


def test_decoder_finds_the_best_weights_of_known_units():
    """Three units, signal s and noise of variance v each: weights s p / (3 s^2 p + v), p the
    variance of the regime; nothing in the others. Sessions are few: a standard error is 0.1."""
    decoder = fit_volatility_decoder(build_units())
    weight = decoder["weight"].values[0]
    p, noise = float(build_units()["regime"].values.var()), 0.1**2 + 0.05**2
    expected = 0.2 * p / (3 * 0.2**2 * p + noise)
    assert weight[:3] == pytest.approx(expected * np.array([1, -1, 1]), abs=0.3)
    assert weight[5:] == pytest.approx(0.0, abs=0.3)
    assert (int(decoder["n_trials"][0]), int(decoder["n_sessions"][0])) == (2400, 40)


def test_score_is_that_of_the_truth():
    """Three units, signal s and noise of variance v each: R^2 = 3 s^2 p / (3 s^2 p + v), p the
    variance of the regime."""
    recording = build_units(seed=1)
    p = float(recording["regime"].values.var())
    signal, noise = 3 * 0.2**2 * p, 0.1**2 + 0.05**2
    expected = np.sqrt(signal / (signal + noise))
    score = compute_decoding_score(recording)
    assert float(score["correlation"][0]) == pytest.approx(expected, abs=0.03)
    assert score["correlation_lower"][0] < score["correlation"][0] < score["correlation_upper"][0]
    elsewhere = compute_decoding_score(
        build_units(seed=2), decoder=fit_volatility_decoder(recording)
    )
    assert float(elsewhere["correlation"][0]) == pytest.approx(expected, abs=0.03)


def test_units_without_volatility_score_nothing():
    scores = [compute_decoding_score(build_units(seed=s, strength=0.0)) for s in range(10)]
    above = [float(score["correlation_lower"][0]) > 0 for score in scores]
    assert sum(above) <= 2
    assert np.mean([float(score["correlation"][0]) for score in scores]) < 0.1


def test_hazard_is_decoded_in_its_own_units():
    recording = build_units(seed=3)
    decoded = [
        decode_volatility(recording, fit_volatility_decoder(recording, target)).values
        for target in ("regime", "volatility")
    ]
    assert decoded[1] == pytest.approx(decoded[0] / 18, abs=1e-6)


def test_each_replica_has_its_own_decoder():
    both = build_units(seed=4, subjects=("a", "b"))
    decoder = fit_volatility_decoder(both)
    one = both.isel(trial=np.flatnonzero(both["subject"].values == "b"))
    assert decoder.sel(subject="b")["weight"].values == pytest.approx(
        fit_volatility_decoder(one)["weight"].values[0]
    )
    decoded = decode_volatility(both, decoder)
    states = both["hidden"].values[:, 0].astype(float)
    own = np.where(both["subject"].values == "a", 0, 1)
    expected = (states * decoder["weight"].values[own]).sum(1) + decoder["intercept"].values[own]
    assert decoded.values == pytest.approx(expected)
    assert decoded.name == "decoded_volatility"


def test_interval_of_a_correlation_covers():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        session = np.repeat(np.arange(30), 20)
        shared = np.repeat(rng.normal(size=30), 20)
        x = shared + rng.normal(size=600)
        y = 0.5 * x + np.repeat(rng.normal(size=30), 20) + rng.normal(size=600)
        true = 0.5 * np.sqrt(2) / np.sqrt(0.25 * 2 + 2)
        found, lower, upper, n = correlate_sessions(x, y, session)
        assert found == pytest.approx(np.corrcoef(x, y)[0, 1])
        assert n == 30
        covered += lower <= true <= upper
    assert 180 <= covered <= 199


def test_tracking_agrees_with_statsmodels():
    recording = build_units(seed=5)
    found = compute_volatility_tracking(recording)
    choice, reward = recording["choice"].values, recording["reward"].values
    use = recording["trial_in_session"].values > 0
    rows = np.flatnonzero(use)
    action, paid = 2.0 * choice[rows - 1] - 1, reward[rows - 1]
    product = (action - action.mean()) * (paid - paid.mean())
    value = recording["value"].values[rows, 0]
    regime = recording["regime"].values[rows]
    design = np.column_stack([np.ones(rows.size), action, paid, product, value, regime])
    for unit in (0, 5):
        y = recording["hidden"].values[rows, 0, unit].astype(float)
        fit = sm.OLS(y, design).fit(
            cov_type="cluster", cov_kwds={"groups": recording["session"].values[rows]}, use_t=True
        )
        assert float(found["coefficient"][0, unit]) == pytest.approx(fit.params[-1], rel=1e-5)
        assert float(found["p_value"][0, unit]) == pytest.approx(
            fit.pvalues[-1], rel=1e-3, abs=1e-12
        )
    assert int(found["n_trials"][0]) == rows.size
    assert int(found["n_sessions"][0]) == N_SESSIONS


def test_units_that_track_are_counted_and_others_not():
    found = compute_volatility_tracking(build_units(seed=6, subjects=("a", "b")))
    assert (found["significant_bonferroni"].values[:, :3] == 1).all()
    assert (found["significant_bonferroni"].values[:, 3:] == 0).all()
    assert found["share_significant_bonferroni"].values == pytest.approx([3 / 8, 3 / 8])
    assert (found["share_significant"] >= found["share_significant_bonferroni"]).all()
    lower, upper = (found[f"share_significant_bonferroni_{end}"] for end in ("lower", "upper"))
    assert ((lower < 3 / 8) & (upper > 3 / 8)).all()


def test_false_alarms_are_at_their_level():
    found = [compute_volatility_tracking(build_units(seed=s, strength=0.0)) for s in range(12)]
    uncorrected = sum(int(each["significant"].sum()) for each in found)
    assert uncorrected <= 15  # of 96 at 5 %: binomial, p = 1e-4 and a little for few clusters


def test_errors_name_what_is_wrong():
    recording = build_units()
    with pytest.raises(MissingVariableError, match="hidden: the recording has no such variable"):
        fit_volatility_decoder(recording.drop_vars("hidden"))
    with pytest.raises(AnalysisError, match="target: found 'speed', expected 'regime' or 'vol"):
        fit_volatility_decoder(recording, "speed")
    with pytest.raises(AnalysisError, match="session: found 40 of subject 'one', expected at l"):
        fit_volatility_decoder(recording, n_folds=41)
    with pytest.raises(AnalysisError, match="n_folds: found 2, expected at least 3"):
        compute_decoding_score(recording, n_folds=2)
    with pytest.raises(AnalysisError, match="regime: found 0 in all trials of subject 'one'"):
        fit_volatility_decoder(recording.assign(regime=recording["regime"] * 0))
    decoder = fit_volatility_decoder(recording)
    with pytest.raises(AnalysisError, match="subject: found 'two', expected those of the decoder"):
        decode_volatility(build_units(subjects=("two",)), decoder)
    with pytest.raises(AnalysisError, match="unit: found 5 units, expected the 8 of the decoder"):
        decode_volatility(recording.isel(unit=slice(5)), decoder)
    with pytest.raises(AnalysisError, match="step: found 'fixation', expected one of the steps"):
        fit_volatility_decoder(recording, step="fixation")
    with pytest.raises(AnalysisError, match="level: found 0, expected a number above 0"):
        compute_volatility_tracking(recording, level=0)
    broken = recording.copy(deep=True)
    broken["hidden"][3] = np.nan
    with pytest.raises(AnalysisError, match="hidden: found states that are missing"):
        fit_volatility_decoder(broken)


def test_a_large_file_is_read_in_blocks(sizes_read):
    whole = build_units(subjects=("one", "two"))
    lazy = whole.assign(hidden=whole["hidden"].chunk(trial=70))
    found, expected = (
        (compute_decoding_score(each), fit_volatility_decoder(each)) for each in (lazy, whole)
    )
    for some, other in zip(found, expected, strict=True):
        xr.testing.assert_allclose(some, other, rtol=1e-10)
    decoded = decode_volatility(lazy, expected[1])
    xr.testing.assert_allclose(decoded, decode_volatility(whole, expected[1]), rtol=1e-10)
    tracked = compute_volatility_tracking(lazy)
    xr.testing.assert_allclose(tracked, compute_volatility_tracking(whole), rtol=1e-10)
    assert 0 < max(sizes_read) <= 1200
