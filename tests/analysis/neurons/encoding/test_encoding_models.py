"""Nested encoding models: against scikit-learn, against formulas, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import estimate, leave_out_each
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.encoding.held_out_errors import FACTORS, PENALTIES
from pfc_analysis.analysis.neurons.encoding.model_naming import name_best_features
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.given_types import WrongTypeError

N_BLOCKS, LENGTH, N_UNITS = 8, 15, 4


def make_set(name, values):
    names = tuple(f"{name}_{i}" for i in range(values.shape[-1]))
    replicas = tuple(f"seed_{i}" for i in range(len(values))) if len(values) > 1 else ("",)
    return FeatureSet(name, values, names, replicas)


@pytest.fixture
def data():
    """Responses that follow the first set, and three sets; four sessions of two blocks."""
    rng = np.random.default_rng(3)
    n = N_BLOCKS * LENGTH
    base, first, second = (rng.normal(size=(1, n, k)) for k in (2, 3, 2))
    second[0] += 0.7 * first[0, :, :2]
    weight = rng.normal(size=(3, N_UNITS))
    drift = np.linspace(0, 2, n)[:, None] * rng.normal(size=N_UNITS)
    values = first[0] @ weight + base[0] @ rng.normal(size=(2, N_UNITS)) + drift
    values = values + 2 * rng.normal(size=(n, N_UNITS))
    responses = xr.DataArray(
        values,
        dims=("trial", "unit"),
        coords={
            "session": ("trial", np.repeat(np.arange(4), 2 * LENGTH)),
            "block": ("trial", np.repeat(np.arange(N_BLOCKS), LENGTH)),
            "unit": [f"n{i}" for i in range(N_UNITS)],
        },
    )
    return responses, make_set("base", base), [make_set("a", first), make_set("b", second)]


def predict_by_sklearn(values, features, fold, trend=None):
    """Nested cross-validation, one unit at a time, jointly with a trend without penalty."""
    trend = np.empty((len(values), 0)) if trend is None else trend
    predicted = np.empty(values.shape)
    for held_out in np.unique(fold):
        train = fold != held_out
        for unit in range(values.shape[1]):
            errors = np.zeros(len(PENALTIES))
            for inner in np.unique(fold[train]):
                rest, part = train & (fold != inner), fold == inner
                for i, penalty in enumerate(PENALTIES):
                    fitted = fit(values[rest, unit], features[rest], trend[rest], penalty)
                    guess = fitted(features[part], trend[part])
                    errors[i] += np.sum((values[part, unit] - guess) ** 2)
            best = PENALTIES[int(np.argmin(errors))]
            fitted = fit(values[train, unit], features[train], trend[train], best)
            predicted[~train, unit] = fitted(features[~train], trend[~train])
    return predicted


def fit(values, features, trend, penalty):
    """Fit what the trend leaves of the features to what it leaves of the values."""
    if trend.shape[1]:
        of_features = LinearRegression().fit(trend, features)
        of_values = LinearRegression().fit(trend, values)
        features = features - of_features.predict(trend)
        values = values - of_values.predict(trend)
    scaler = StandardScaler().fit(features)
    ridge = Ridge(alpha=penalty * len(values)).fit(scaler.transform(features), values)

    def predict(features, trend):
        if not trend.shape[1]:
            return ridge.predict(scaler.transform(features))
        left = features - of_features.predict(trend)
        return of_values.predict(trend) + ridge.predict(scaler.transform(left))

    return predict


def test_shares_are_those_of_sklearn_with_nested_folds(data):
    responses, base, sets = data
    responses = responses.isel(unit=[0, 3])
    found = compare_encoding_models(
        responses, base, sets, block="block", n_folds=4, drift="none", n_components=2
    )
    fold, values = responses["block"].values % 4, responses.values
    left = (
        (values - predict_by_sklearn(values, sets[0].values[0], fold, base.values[0])) ** 2
    ).sum(0)
    alone = ((values - predict_by_least_squares(values, base.values[0], fold)) ** 2).sum(axis=0)
    mean = predict_by_least_squares(values, np.ones((len(values), 1)), fold)
    there = ((values - mean) ** 2).sum(axis=0)
    np.testing.assert_allclose(found["unit_r_squared"].sel(model="a"), 1 - left / there, rtol=1e-8)
    np.testing.assert_allclose(
        found["unit_r_squared"].sel(model="base"), 1 - alone / there, rtol=1e-8
    )
    np.testing.assert_allclose(
        found["r_squared"].sel(model="a", score="units"), (1 - left / there).mean(), rtol=1e-8
    )


def predict_by_least_squares(values, features, fold):
    predicted = np.empty(values.shape)
    for k in np.unique(fold):
        fitted = LinearRegression().fit(features[fold != k], values[fold != k])
        predicted[fold == k] = fitted.predict(features[fold == k])
    return predicted


def test_block_means_are_taken_out_of_responses_and_features(data):
    responses, base, sets = data
    responses = responses.isel(unit=[0, 3])
    found = compare_encoding_models(
        responses, base, sets[:1], block="block", n_folds=4, n_components=2
    )
    block = responses["block"].values

    def centre(values):
        means = np.stack([values[block == b].mean(axis=0) for b in range(N_BLOCKS)])
        return values - means[block]

    values = centre(responses.values)
    # Block means are 0, so that the intercept of scikit-learn is 0 as well.
    left = values - predict_by_sklearn(
        values, centre(sets[0].values[0]), block % 4, centre(base.values[0])
    )
    expected = 1 - (left**2).sum(axis=0) / (values**2).sum(axis=0)
    np.testing.assert_allclose(found["unit_r_squared"].sel(model="a"), expected, rtol=1e-8)


def test_a_trend_is_fitted_to_the_training_blocks_only(data):
    responses, base, sets = data
    n = responses.sizes["trial"]
    responses = responses.assign_coords(session=("trial", np.zeros(n, int))).isel(unit=[0, 3])
    settings = {"block": "block", "n_folds": 4, "drift": "trend", "n_cosines": 2, "nested": False}
    found = compare_encoding_models(responses, base, sets[:1], **settings)
    trend = np.cos(np.pi * (np.arange(n) + 0.5)[:, None] / n * np.arange(1, 3))
    fold, values = responses["block"].values % 4, responses.values
    both = np.concatenate([trend, base.values[0]], axis=1)
    left = ((values - predict_by_sklearn(values, sets[0].values[0], fold, both)) ** 2).sum(axis=0)
    there = ((values - predict_by_least_squares(values, trend, fold)) ** 2).sum(axis=0)
    np.testing.assert_allclose(found["unit_r_squared"].sel(model="a"), 1 - left / there, rtol=1e-7)


def test_components_and_penalties_of_several_sets_are_those_of_the_training_folds(data):
    """Components by PCA of scikit-learn; penalties suit each set alone, up to a common factor."""
    responses, base, sets = data
    settings = {"block": "block", "n_folds": 4, "drift": "none", "n_components": 2}
    found = compare_encoding_models(responses, base, sets, **settings, units=False)
    fold, fixed = responses["block"].values % 4, base.values[0]
    left, there = dict.fromkeys(("a", "everything"), 0.0), 0.0
    for k in range(4):
        train = fold != k
        scaler = StandardScaler().fit(responses.values[train])
        axes = PCA(2).fit(scaler.transform(responses.values[train])).components_
        scores = (responses.values - scaler.mean_) / scaler.scale_ @ axes.T
        there += ((scores[~train] - scores[train].mean(axis=0)) ** 2).sum()
        left["a"] += predict_fold(scores, [sets[0].values[0]], [1.0], PENALTIES, fixed, fold, k)
        suited = []
        for each in sets:
            errors = score_inside(scores, [each.values[0]], [1.0], PENALTIES, fixed, fold, k)
            suited.append(PENALTIES[np.argmin(errors.sum(axis=1))])
        columns = [each.values[0] for each in sets]
        left["everything"] += predict_fold(scores, columns, suited, FACTORS, fixed, fold, k)
    for name, error in left.items():
        np.testing.assert_allclose(
            found["r_squared"].sel(model=name, score="components"), 1 - error / there, rtol=1e-6
        )


def score_inside(scores, columns, suited, grid, fixed, fold, held_out):
    """Errors (penalty, response) in the folds of a training set."""
    errors = np.zeros((len(grid), scores.shape[1]))
    for inner in np.unique(fold[fold != held_out]):
        rest, part = (fold != held_out) & (fold != inner), fold == inner
        for i, penalty in enumerate(grid):
            for j, values in enumerate(scores.T):
                guess = fit_banded(values, columns, penalty * np.array(suited), fixed, rest, part)
                errors[i, j] += np.sum((values[part] - guess) ** 2)
    return errors


def predict_fold(scores, columns, suited, grid, fixed, fold, held_out):
    """Summed squared error in the fold that is held out."""
    errors, error = score_inside(scores, columns, suited, grid, fixed, fold, held_out), 0.0
    for values, penalty in zip(scores.T, np.array(grid)[errors.argmin(axis=0)], strict=True):
        rest, part = fold != held_out, fold == held_out
        guess = fit_banded(values, columns, penalty * np.array(suited), fixed, rest, part)
        error += np.sum((values[part] - guess) ** 2)
    return error


def fit_banded(values, columns, penalties, fixed, rest, part):
    """Ridge regression with a penalty for each set, by its normal equations."""
    ones = np.ones((len(values), 1))
    design, weight = [ones, fixed], [np.zeros(1 + fixed.shape[1])]
    for each, penalty in zip(columns, penalties, strict=True):
        # Unit variance in the training set, of what the base leaves.
        left = each[rest] - LinearRegression().fit(fixed[rest], each[rest]).predict(fixed[rest])
        design.append(each / left.std(axis=0))
        weight.append(np.full(each.shape[1], penalty * rest.sum()))
    x = np.concatenate(design, axis=1)
    square = x[rest].T @ x[rest] + np.diag(np.concatenate(weight))
    return x[part] @ np.linalg.solve(square, x[rest].T @ values[rest])


def test_features_that_tell_nothing_leave_the_base_as_it_is(data):
    responses, base, _ = data
    noise = make_set("noise", np.random.default_rng(0).normal(size=(1, 120, 40)))
    found = compare_encoding_models(responses, base, [noise], block="block", n_folds=8)
    assert abs(found["gain"].sel(score="components", features="noise").item()) < 0.03


def test_unique_shared_and_partial_follow_from_the_models(data):
    found = compare_encoding_models(*data, block="block", n_folds=4)
    share = found["r_squared"]
    everything = share.sel(model="everything", drop=True)
    for name in ("a", "b"):
        without = share.sel(model=f"everything but {name}", drop=True)
        gain = (share.sel(model=name) - share.sel(model="base")).values
        unique = (everything - without).values
        np.testing.assert_allclose(found["gain"].sel(features=name), gain)
        np.testing.assert_allclose(found["unique"].sel(features=name), unique)
        np.testing.assert_allclose(found["shared"].sel(features=name), gain - unique)
    components = found["partial_r_squared"].sel(score="components", features="a").item()
    unique = found["unique"].sel(score="components", features="a").item()
    without = share.sel(score="components", model="everything but a").item()
    assert components == pytest.approx(unique / (1 - without))
    ahead = found["difference"].sel(features="a", rival="b")
    np.testing.assert_allclose(
        ahead, found["gain"].sel(features="a").values - found["gain"].sel(features="b").values
    )


def test_the_source_is_named_and_nothing_is_found_in_noise(data):
    responses, base, sets = data
    found = compare_encoding_models(responses, base, sets, block="block", n_folds=8)
    assert name_best_features(found) == "a"
    noise = responses.copy(data=np.random.default_rng(1).normal(size=responses.shape))
    found = compare_encoding_models(noise, base, sets, block="block", n_folds=8)
    assert name_best_features(found) == "base"
    with pytest.raises(AnalysisError, match="score: found 'mean', expected one of components"):
        name_best_features(found, "mean")


def test_intervals_over_blocks_are_those_of_a_jackknife():
    """Ratios of sums over blocks, against a jackknife that is written out."""
    left, there = np.random.default_rng(2).uniform(1, 2, (2, 6))
    draws = 1 - leave_out_each(left) / leave_out_each(there)
    found = estimate(draws[None])
    without = [1 - np.delete(left, b).sum() / np.delete(there, b).sum() for b in range(6)]
    error = np.sqrt(5 / 6 * np.sum((without - np.mean(without)) ** 2))
    assert found.value == pytest.approx(1 - left.sum() / there.sum())
    assert found.upper - found.value == pytest.approx(stats.t(5).ppf(0.975) * error)
    # Replicas that agree add nothing; those that do not, their standard error.
    again = estimate(np.stack([draws, draws + 0.1, draws - 0.1]))
    total = error**2 + 0.1**2 / 3
    freedom = total**2 / (error**4 / 5 + (0.1**2 / 3) ** 2 / 2)
    assert again.value - again.lower == pytest.approx(stats.t(freedom).ppf(0.975) * np.sqrt(total))


def test_replicas_are_averaged_and_widen_the_interval(data):
    responses, base, sets = data
    rng = np.random.default_rng(5)
    true = sets[0].values[0]
    versions = np.stack([true + s * rng.normal(size=true.shape) for s in (0.0, 0.5, 1.0)])
    many = compare_encoding_models(
        responses, base, [make_set("a", versions), sets[1]], block="block", n_folds=4
    )
    alone = [
        compare_encoding_models(
            responses, base, [make_set("a", each[None]), sets[1]], block="block", n_folds=4
        )
        for each in versions
    ]
    for name in ("r_squared", "gain", "unique", "shared"):
        mean = np.mean([each[name].values for each in alone], axis=0)
        np.testing.assert_allclose(many[name], mean, atol=1e-12)
    for k, each in enumerate(alone):
        np.testing.assert_allclose(many["replica_r_squared"][..., k], each["r_squared"])
    # Replicas that agree are as good as one.
    same = make_set("a", np.stack([true, true]))
    twice = compare_encoding_models(responses, base, [same, sets[1]], block="block", n_folds=4)
    for name in ("gain_lower", "unique_upper", "unit_gain_upper"):
        np.testing.assert_allclose(twice[name], alone[0][name])
    assert many.attrs["n_replicas"] == 3


def test_trials_and_units_that_lack_values_are_left_out(data):
    responses, base, sets = data
    values = responses.values.copy()
    values[:, 2] = np.nan
    values[5, 0] = np.nan
    lacking = sets[0].values.copy()
    lacking[0, 40] = np.nan
    found = compare_encoding_models(
        responses.copy(data=values), base, [make_set("a", lacking)], block="block", n_folds=4
    )
    assert found["unit"].values.tolist() == ["n0", "n1", "n3"]
    assert (found.attrs["n_trials"], found.attrs["n_trials_left_out"]) == (118, 2)


def test_a_trace_on_trial_is_one_unit(data):
    responses, base, sets = data
    trace = responses.isel(unit=0, drop=True).rename("dopamine")
    found = compare_encoding_models(trace, base, sets, block="block", n_folds=4)
    whole = compare_encoding_models(responses, base, sets, block="block", n_folds=4)
    single = ["base", "a", "b"]  # penalties of several sets also depend on the other units
    np.testing.assert_allclose(
        found["unit_r_squared"].sel(model=single)[:, 0],
        whole["unit_r_squared"].sel(model=single)[:, 0],
    )
    assert found["unit"].values.tolist() == ["dopamine"]


def test_a_number_of_trials_cuts_sessions_into_blocks(data):
    responses, base, sets = data
    by_label = compare_encoding_models(responses, base, sets, block="block", n_folds=4)
    by_number = compare_encoding_models(responses, base, sets, block=LENGTH, n_folds=4)
    xr.testing.assert_allclose(by_label, by_number)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drift": "linear"}, "drift: found 'linear', expected 'block', 'trend', 'none'"),
        ({"n_folds": 2}, "n_folds: found 2, expected a whole number of at least 3"),
        ({"n_folds": 9}, "block: found 8 block.s. of trials, expected at least n_folds, 9"),
        ({"drift": "trend", "n_folds": 8}, "a session with blocks in 2 fold.s., expected at least"),
        ({"block": 0}, "block: found 0, expected a number of trials of at least 1"),
        ({"block": np.zeros(3)}, "block: found labels of shape .3,., expected one for each of 120"),
    ],
)
def test_settings_that_cannot_be_are_refused(data, change, message):
    with pytest.raises(AnalysisError, match=message):
        compare_encoding_models(*data, **({"block": "block", "n_folds": 4} | change))


def test_data_that_do_not_agree_are_refused(data):
    responses, base, sets = data
    with pytest.raises(MissingVariableError, match="block: 'phase' is not among the coordinates"):
        compare_encoding_models(responses, base, sets, block="phase")
    with pytest.raises(
        AnalysisError, match="features: found sets 'base', 'a', 'a', expected names"
    ):
        compare_encoding_models(responses, base, [sets[0], sets[0]])
    with pytest.raises(AnalysisError, match="features: found none, expected one set"):
        compare_encoding_models(responses, base, [])
    with pytest.raises(AnalysisError, match="features 'base': found 120 trials, expected 119"):
        compare_encoding_models(responses[1:], base, sets)
    still = responses.copy()
    still[:, 1] = 3.0
    with pytest.raises(
        AnalysisError, match=r"1 of 4 unit.s. that vary within less than 2 of 4 blocks.*'n1'"
    ):
        compare_encoding_models(still, base, sets)
    apart = responses.copy()
    apart[:60, 0], apart[60:, 1] = np.nan, np.nan
    with pytest.raises(AnalysisError, match=r"found none of 120 in which all.*'responses': 120"):
        compare_encoding_models(apart, base, sets)
    two, three = (make_set("a", np.zeros((k, 120, 1))) for k in (2, 3))
    with pytest.raises(AnalysisError, match=r"replicas: found numbers {'a': 2, 'c': 3}"):
        compare_encoding_models(responses, base, [two, three.rename("c")])


def test_trials_out_of_order_are_refused(data):
    """A held-out block would otherwise lie among the trials that it is predicted from."""
    responses, base, sets = data
    order = np.random.default_rng(1).permutation(N_BLOCKS * LENGTH)
    with pytest.raises(AnalysisError, match=r"session: found 4 sessions in \d\d runs of trials"):
        compare_encoding_models(
            responses[order],
            base.select_trials(order),
            [one.select_trials(order) for one in sets],
            block=3,
        )


@pytest.mark.parametrize("name", ["everything", "trend", "everything but b"])
def test_names_of_models_are_no_names_of_sets(data, name):
    responses, base, sets = data
    with pytest.raises(AnalysisError, match=f"a set named '{name}', which is the name of a model"):
        compare_encoding_models(responses, base, [sets[0].rename(name), sets[1]])


def test_what_holds_no_numbers_is_refused(data):
    responses, base, sets = data
    with pytest.raises(AnalysisError, match="features: found 'lags', expected sets of features"):
        compare_encoding_models(responses, base, ["lags"])
    with pytest.raises(AnalysisError, match=r"found no number in 120 trials of 4 unit\(s\)"):
        compare_encoding_models(responses * np.nan, base, sets)
    with pytest.raises(AnalysisError, match="responses: found infinite values"):
        compare_encoding_models(responses + np.inf, base, sets)


def test_too_few_blocks_say_how_many_trials_were_left_out(data):
    responses, base, sets = data
    half = responses.copy()
    half[: N_BLOCKS * LENGTH // 2, 0] = np.nan
    with pytest.raises(AnalysisError, match="60 trials that lack a response of a unit, or a feat"):
        compare_encoding_models(half, base, sets, n_folds=4)


def test_a_direction_of_the_base_that_one_training_trial_shows_ruins_no_prediction(data):
    """Two columns differ in one trial of the training blocks, and in all of a held-out block."""
    responses, base, sets = data
    values = np.concatenate([base.values, base.values[:, :, :1]], axis=2)
    values[0, 3, 2] += 0.1
    values[0, -LENGTH:, 2] += np.linspace(0.0, 40.0, LENGTH)
    doubled = make_set("base", values)
    plain, found = (
        compare_encoding_models(responses, one, sets, block="block", n_folds=8, nested=False)
        for one in (base, doubled)
    )
    lost = plain["r_squared"] - found["r_squared"]
    assert float(lost.sel(model="base", score="units")) < 0.05


def test_labels_of_blocks_may_be_an_array(data):
    """As the error about a missing coordinate says: block=recording["block"]."""
    responses, base, sets = data
    expected = compare_encoding_models(responses, base, sets, block="block", n_folds=4)
    for block in (responses["block"], responses["block"].values):
        found = compare_encoding_models(responses, base, sets, block=block, n_folds=4)
        assert found.identical(expected)
    with pytest.raises(
        WrongTypeError, match="block: found a dataset, expected str or int or DataA"
    ):
        compare_encoding_models(responses, base, sets, block=xr.Dataset())
