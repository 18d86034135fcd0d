import numpy as np
import pytest

from pfc_analysis.analysis.choices.weight_decay import fit_decay


def test_exact_weights_give_the_exact_half_life():
    lag = np.arange(1, 11)
    for amplitude, life in ((2.0, 3.0), (-1.0, 0.7)):
        decay = fit_decay(amplitude * 0.5 ** ((lag - 1) / life), 1e-4 * np.eye(10))
        assert decay.amplitude == pytest.approx(amplitude, rel=1e-5)
        assert decay.half_life == pytest.approx(life, rel=1e-5)
        assert decay.half_life_lower < life < decay.half_life_upper


def test_interval_covers_with_correlated_errors():
    rng = np.random.default_rng(0)
    lag = np.arange(12)
    covariance = 0.01 * (0.6 * np.eye(12) + 0.4)
    weights = 0.5 ** (lag / 2.5) + rng.multivariate_normal(np.zeros(12), covariance, size=500)
    decays = [fit_decay(weight, covariance) for weight in weights]
    covered = [d.half_life_lower < 2.5 < d.half_life_upper for d in decays]
    assert 0.92 < np.mean(covered) < 0.98


def test_no_half_life():
    rng = np.random.default_rng(1)
    assert np.isnan(fit_decay(np.array([1.0, 0.5]), np.eye(2)).half_life)
    assert np.isnan(fit_decay(np.array([1.0, 0.5, 0.2]), np.full((3, 3), np.nan)).half_life)
    assert np.isnan(fit_decay(np.array([1.0, 0.5, 0.2]), np.ones((3, 3))).half_life)
    noise = [fit_decay(rng.normal(size=10), np.eye(10)).half_life for _ in range(100)]
    assert np.isnan(noise).mean() > 0.6
    assert np.isnan(fit_decay(np.ones(8), 1e-4 * np.eye(8)).half_life)
