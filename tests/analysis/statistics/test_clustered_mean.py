import numpy as np
import statsmodels.api as sm

from pfc_analysis.analysis.statistics.clustered_mean import estimate_clustered_mean


def test_same_as_statsmodels():
    rng = np.random.default_rng(0)
    session = rng.integers(0, 12, 200) * 3
    value = rng.normal(size=200) + rng.normal(size=40)[session]
    fit = sm.OLS(value, np.ones(200)).fit(
        cov_type="cluster", cov_kwds={"groups": session}, use_t=True
    )
    np.testing.assert_allclose(
        estimate_clustered_mean(value, session), [fit.params[0], *fit.conf_int()[0]], rtol=1e-10
    )


def test_one_session_has_no_interval():
    mean, lower, upper = estimate_clustered_mean(np.array([1.0, 2.0]), np.array([4, 4]))
    assert mean == 1.5
    assert np.isnan([lower, upper]).all()
    assert np.isnan(estimate_clustered_mean(np.zeros(0), np.zeros(0, int))).all()
