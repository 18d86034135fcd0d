import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.special import expit, logit
from scipy.stats import t

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.statistics.means_over_subjects import (
    compute_group_difference,
    compute_subject_mean,
    summarise_subjects,
)


def _quantity(values):
    return xr.DataArray(
        values, dims=("subject", "lag"), coords={"lag": [1, 2]}, attrs={"units": "log-odds"}
    )


def test_interval_as_in_scipy():
    values = np.random.default_rng(0).normal(size=(8, 2))
    result = compute_subject_mean(_quantity(values))
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    np.testing.assert_allclose(result["lower"], expected.low)
    np.testing.assert_allclose(result["upper"], expected.high)
    np.testing.assert_allclose(result["mean"], values.mean(axis=0))
    np.testing.assert_allclose(result["standard_error"], stats.sem(values))
    assert result["n_subjects"].values.tolist() == [8, 8]
    assert result["mean"].attrs["units"] == "log-odds"
    assert result["lag"].values.tolist() == [1, 2]


def test_a_subject_without_a_value_is_left_out():
    values = np.array([[1.0, 5.0], [3.0, np.nan], [5.0, 7.0]])
    result = compute_subject_mean(_quantity(values))
    np.testing.assert_allclose(result["mean"], [3.0, 6.0])
    np.testing.assert_allclose(result["standard_error"][1], stats.sem([5.0, 7.0]))
    assert result["n_subjects"].values.tolist() == [3, 2]


def test_one_subject_has_a_mean_and_no_interval_and_none_has_nothing():
    result = compute_subject_mean(_quantity(np.array([[2.0, np.nan]])))
    np.testing.assert_array_equal(result["mean"], [2.0, np.nan])
    for name in ("standard_error", "lower", "upper"):
        assert np.isnan(result[name]).all()
    assert "NaN for fewer than two" in result.attrs["interval"]


def test_missing_dimension():
    with pytest.raises(AnalysisError, match="subject: the quantity is on dimensions 'lag'; expect"):
        compute_subject_mean(_quantity(np.ones((2, 2))).isel(subject=0))


def test_difference_of_groups_is_welchs():
    # Welch's interval by hand: means 2 and 5, variances 1 and 4, three subjects and four.
    one = xr.DataArray([1.0, 2.0, 3.0], dims="subject")
    other = xr.DataArray([3.0, 4.0, 6.0, 7.0], dims="subject")
    found = compute_group_difference(one, other)
    square = 1 / 3 + (10 / 3) / 4
    freedom = square**2 / ((1 / 3) ** 2 / 2 + ((10 / 3) / 4) ** 2 / 3)
    reach = stats.t.ppf(0.975, freedom) * np.sqrt(square)
    assert found["difference"].item() == -3.0
    assert found["lower"].item() == pytest.approx(-3 - reach)
    assert found["upper"].item() == pytest.approx(-3 + reach)
    assert found["subject"].values.tolist() == ["difference"]


def test_difference_needs_two_subjects_of_each_group():
    one = xr.DataArray([1.0, 2.0], dims="subject", name="regret")
    for wrong in (one[:1], one.where(one > 1), one.rename(subject="session")):
        with pytest.raises(AnalysisError, match=r"regret: found dimensions .* expected 'subject'"):
            compute_group_difference(one, wrong)


def test_interval_of_a_proportion_is_on_the_logit_scale():
    """By hand from the delta method; it stays inside, and is Student's where spread is small."""
    shares = xr.DataArray([1.0, 1.0, 0.6, 1.0], dims="subject")
    found = compute_subject_mean(shares, valid_range=(0, 1))
    reach = t.ppf(0.975, 3) * 0.2 / np.sqrt(4)
    ends = expit(logit(0.9) + np.array([-1, 1]) * reach / (0.9 * 0.1))
    assert [found["lower"].item(), found["upper"].item()] == pytest.approx(ends)
    assert compute_subject_mean(shares)["upper"] > 1 > found["upper"]
    close = xr.DataArray([0.501, 0.5, 0.499], dims="subject")
    plain, inside = compute_subject_mean(close), compute_subject_mean(close, valid_range=(0, 1))
    assert inside["upper"].item() == pytest.approx(plain["upper"].item(), abs=1e-6)


def test_interval_of_a_correlation_is_fishers():
    r = xr.DataArray([0.9, 0.95, 0.5], dims="subject")
    found = compute_subject_mean(r, valid_range=(-1, 1))
    mean, error = r.mean().item(), r.std(ddof=1).item() / np.sqrt(3)
    ends = np.tanh(np.arctanh(mean) + np.array([-1, 1]) * t.ppf(0.975, 2) * error / (1 - mean**2))
    assert [found["lower"].item(), found["upper"].item()] == pytest.approx(ends)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_proportion_that_is_0_or_1_in_all_subjects_has_an_interval_without_width(value):
    same = xr.DataArray([value] * 4, dims="subject")
    found = compute_subject_mean(same, valid_range=(0, 1))
    assert found["lower"].item() == found["upper"].item() == value


def test_summaries_know_the_range_of_a_proportion_and_not_of_a_difference():
    shares = xr.Dataset({"accuracy": ("subject", [1.0, 1.0, 0.6, 1.0])})
    assert summarise_subjects(shares, "accuracy")["upper"] < 1
    assert summarise_subjects(shares - 0.95, "accuracy")["upper"].item() == pytest.approx(
        summarise_subjects((shares - 0.95).rename(accuracy="other"), "other")["upper"].item()
    )


def test_the_interval_of_a_proportion_covers_at_the_nominal_rate():
    """Eight subjects whose true shares vary about .85: 2000 experiments."""
    rng = np.random.default_rng(1)
    shares = rng.binomial(200, rng.beta(17, 3, (2000, 8))) / 200
    found = compute_subject_mean(xr.DataArray(shares, dims=("run", "subject")), valid_range=(0, 1))
    covered = ((found["lower"] < 0.85) & (found["upper"] > 0.85)).mean().item()
    assert 0.93 < covered < 0.97


def test_a_group_whose_subjects_are_all_the_same_has_no_variance():
    """Welch's interval is then that of the other group's mean, moved by the constant."""
    constant = xr.DataArray([1.0, 1.0, 1.0], dims="subject")
    other = xr.DataArray([2.0, 4.0, 9.0, 1.0], dims="subject")
    found = compute_group_difference(other, constant)
    half = stats.t.ppf(0.975, 3) * other.values.std(ddof=1) / 2
    assert found["difference"].item() == pytest.approx(3.0)
    assert found["lower"].item() == pytest.approx(3.0 - half)
    assert found["upper"].item() == pytest.approx(3.0 + half)
