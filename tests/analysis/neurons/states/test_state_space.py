import numpy as np
import pytest
import xarray as xr
from sklearn.decomposition import PCA

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.states.state_space import (
    compute_principal_components,
    project_states,
)

N_UNITS = 6


@pytest.fixture
def states():
    """Float32 states on (trial, step, unit); the last step of some trials was not reached."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(N_UNITS, N_UNITS)) * np.array([4, 3, 2, 1, 0.5, 0.2])[:, None]
    values = (100 + rng.normal(size=(240, 3, N_UNITS)) @ mixing).astype(np.float32)
    values[::4, 2] = np.nan
    coords = {
        "unit": [f"u{i}" for i in range(N_UNITS)],
        "session": ("trial", np.repeat(np.arange(12), 20)),
    }
    return xr.DataArray(values, coords, ("trial", "step", "unit"), "hidden")


def get_rows(states):
    rows = states.transpose("trial", "step", "unit").values.reshape(-1, N_UNITS).astype(float)
    return rows[~np.isnan(rows[:, 0])]


def test_as_in_scikit_learn(states):
    rows = get_rows(states)
    expected = PCA(svd_solver="full").fit(rows)
    result = compute_principal_components(states, N_UNITS)
    sign = np.sign(np.sum(result["loadings"].values * expected.components_, axis=1))
    np.testing.assert_allclose(
        result["loadings"], sign[:, None] * expected.components_, rtol=0, atol=1e-8
    )
    np.testing.assert_allclose(result["mean"], expected.mean_, rtol=1e-12)
    for name in ("explained_variance", "explained_variance_ratio"):
        np.testing.assert_allclose(result[name], getattr(expected, f"{name}_"), rtol=1e-8)
    score = project_states(states, result)
    assert score.dims == ("trial", "step", "component")
    finite = score.values.reshape(-1, N_UNITS)
    finite = finite[~np.isnan(finite[:, 0])]
    np.testing.assert_allclose(finite, sign * expected.transform(rows), rtol=0, atol=1e-8)
    counts = {key: result.attrs[key] for key in ("n_rows", "n_rows_left_out")}
    assert counts == {"n_rows": 660, "n_rows_left_out": 60}


def test_many_units_of_very_different_size_beside_large_means():
    rng = np.random.default_rng(2)
    size = 10.0 ** rng.uniform(-3, 2, size=40)
    mixed = rng.normal(size=(5000, 40)) @ rng.normal(size=(40, 40))
    values = (size * (1000 + mixed)).astype(np.float32)
    values[100:2100:7] = np.nan
    rows = values[~np.isnan(values[:, 0])].astype(np.float64)
    expected = PCA(svd_solver="full").fit(rows)
    result = compute_principal_components(xr.DataArray(values, dims=("trial", "unit")), 10)
    sign = np.sign(np.sum(result["loadings"].values * expected.components_[:10], axis=1))
    np.testing.assert_allclose(
        result["loadings"], sign[:, None] * expected.components_[:10], rtol=0, atol=1e-8
    )
    np.testing.assert_allclose(
        result["explained_variance"], expected.explained_variance_[:10], rtol=1e-8
    )
    assert result.attrs["n_rows"] == len(rows)


def test_loadings_are_orthonormal_with_their_largest_entry_positive(states):
    loadings = compute_principal_components(states, N_UNITS)["loadings"].values
    np.testing.assert_allclose(loadings @ loadings.T, np.eye(N_UNITS), atol=1e-13)
    largest = np.abs(loadings).argmax(axis=1)
    assert (loadings[np.arange(N_UNITS), largest] > 0).all()


def test_variances_of_scores_add_up_to_those_of_units(states):
    result = compute_principal_components(states, N_UNITS)
    score = project_states(states, result)
    np.testing.assert_allclose(score.var(["trial", "step"], ddof=1), result["explained_variance"])
    total = get_rows(states).var(axis=0, ddof=1).sum()
    assert float(result["explained_variance"].sum()) == pytest.approx(total, rel=1e-12)
    assert float(result["explained_variance_ratio"].sum()) == pytest.approx(1.0, rel=1e-12)
    flat = score.values.reshape(-1, N_UNITS)
    covariance = np.cov(flat[~np.isnan(flat[:, 0])].T)
    np.testing.assert_allclose(covariance, np.diag(result["explained_variance"]), atol=1e-10)


def test_two_units_by_hand():
    # Rows (1, 1), (-1, -1), (0, 0) and a shift: all variance lies on the diagonal, 2 in all.
    states = xr.DataArray([[11.0, 1.0], [9.0, -1.0], [10.0, 0.0]], dims=("trial", "unit"))
    result = compute_principal_components(states, 1)
    np.testing.assert_allclose(result["loadings"], [[np.sqrt(0.5)] * 2])
    np.testing.assert_allclose(result["explained_variance"], [2.0])
    np.testing.assert_allclose(result["explained_variance_ratio"], [1.0])
    np.testing.assert_allclose(project_states(states, result)[:, 0], [2**0.5, -(2**0.5), 0.0])


@pytest.mark.parametrize("block_values", [1, 100, 999, 10**7])
def test_blocks_change_rounding_only(states, block_values):
    expected = compute_principal_components(states, N_UNITS)
    result = compute_principal_components(states, N_UNITS, block_values=block_values)
    xr.testing.assert_allclose(result, expected, rtol=1e-9)
    score = project_states(states, result, block_values=block_values)
    xr.testing.assert_allclose(score, project_states(states, expected), rtol=1e-8, atol=1e-9)


def test_order_of_dimensions_is_free(states):
    expected = compute_principal_components(states, 2)
    turned = states.transpose("unit", "step", "trial")
    result = compute_principal_components(turned, 2)
    xr.testing.assert_allclose(result, expected, rtol=1e-12)
    assert project_states(turned, result).dims == ("step", "trial", "component")
    xr.testing.assert_allclose(
        project_states(turned, result).transpose("trial", "step", ...),
        project_states(states, expected),
        rtol=1e-9,
        atol=1e-10,
    )


def test_float32_is_never_copied_whole():
    import tracemalloc

    values = np.random.default_rng(1).normal(size=(200_000, 16)).astype(np.float32)
    states = xr.DataArray(values, dims=("trial", "unit"))
    compute_principal_components(states, 2)
    tracemalloc.start()
    compute_principal_components(states, 2, block_values=2**16)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < values.nbytes / 4


@pytest.mark.parametrize("dims", [("trial", "step", "unit"), ("step", "unit", "trial")])
def test_bootstrap_is_that_of_sessions(states, dims):
    states = states.transpose(*dims)
    given = {"generator": np.random.default_rng(5), "n_bootstrap": 20, "block_values": 700}
    result = compute_principal_components(states, 2, **given)
    rng, ratios = np.random.default_rng(5), []
    for _ in range(20):
        drawn = rng.integers(12, size=12)
        trials = np.concatenate([np.flatnonzero(states["session"] == s) for s in drawn])
        sample = get_rows(states.isel(trial=trials))
        ratios.append(PCA(svd_solver="full").fit(sample).explained_variance_ratio_[:2])
    low, high = np.percentile(ratios, [2.5, 97.5], axis=0)
    np.testing.assert_allclose(result["explained_variance_ratio_lower"], low, rtol=1e-8)
    np.testing.assert_allclose(result["explained_variance_ratio_upper"], high, rtol=1e-8)
    bare = compute_principal_components(states, 2)
    xr.testing.assert_allclose(result[list(bare)], bare, rtol=1e-9)
    again = compute_principal_components(
        states, 2, **given | {"generator": np.random.default_rng(5)}
    )
    xr.testing.assert_identical(again, result)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_components": 0}, "n_components: found 0, expected a whole number of at least 1 and"),
        ({"n_components": 7}, r"n_components: found 7, .* at most 6 \(units\)"),
        ({"n_components": 1, "block_values": 0}, "block_values: found 0, expected a whole number"),
        ({"n_components": 1, "n_bootstrap": 1.5}, "n_bootstrap: found 1.5, expected a whole numbe"),
    ],
)
def test_settings_out_of_range(states, options, message):
    with pytest.raises(AnalysisError, match=message):
        compute_principal_components(states, **options)


def test_states_that_do_not_serve(states):
    partly = states.copy(deep=True)
    partly[5, 0, 2] = np.nan
    with pytest.raises(AnalysisError, match=r"hidden: found 1 or more row\(s\) that are infinite"):
        compute_principal_components(partly, 2)
    infinite = states.copy(deep=True)
    infinite[5, 0, 2], infinite[6, 0, 2] = np.inf, -np.inf
    with pytest.raises(AnalysisError, match=r"hidden: found 2 or more row\(s\) that are infinite"):
        compute_principal_components(infinite, 2)
    with pytest.raises(AnalysisError, match=r"hidden: found 3 rows .*at least 4 for 3 compone"):
        compute_principal_components(states.isel(trial=[1]), 3)
    with pytest.raises(AnalysisError, match=r"found 0 rows \(60 NaN ones left out\), expected at"):
        compute_principal_components(states[::4, 2:], 1)
    with pytest.raises(AnalysisError, match="hidden: found 720 rows that are all the same"):
        compute_principal_components(xr.ones_like(states), 1)
    with pytest.raises(AnalysisError, match=r"hidden: found sizes .*, expected 'unit' and at lea"):
        compute_principal_components(states.rename(unit="neuron"), 1)
    with pytest.raises(AnalysisError, match=r"unit: found 3 units \('u0', 'u1', 'u2', ...\), exp"):
        project_states(states[..., :3], compute_principal_components(states, 2))


def test_bootstrap_that_is_impossible(states):
    rng = np.random.default_rng(0)
    with pytest.raises(AnalysisError, match="session: found 1 session, expected at least 2"):
        compute_principal_components(states[:20], 1, generator=rng)
    with pytest.raises(MissingVariableError, match="session: not among the coordinates"):
        compute_principal_components(states.drop_vars("session"), 1, generator=rng)
    with pytest.raises(AnalysisError, match="found dimensions 'step', 'unit', expected 'trial'"):
        compute_principal_components(states[1], 1, generator=rng)
