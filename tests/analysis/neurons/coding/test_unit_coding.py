import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pfc_analysis.analysis.errors import (
    AnalysisError,
    EmptySelectionError,
    MissingVariableError,
)
from pfc_analysis.analysis.neurons.coding.unit_coding import compute_unit_coding
from pfc_analysis.analysis.neurons.coding.unit_regression import regress_units
from pfc_analysis.analysis.neurons.trial_factors import build_trial_factors
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval

MAIN = ["last_action", "last_reward", "last_action_x_last_reward", "value"]
FACTORS = [*MAIN, "upcoming_action"]


def smooth(rng, shape, keep):
    """First-order autoregressive processes of variance 1 along the first axis."""
    noise = rng.normal(size=shape)
    for t in range(1, shape[0]):
        noise[t] = keep * noise[t - 1] + np.sqrt(1 - keep**2) * noise[t]
    return noise


def build_factors(rng, n_sessions, n_trials, keep=0.95):
    """A slow value, and choices and rewards that follow it; first trials have no trial before."""
    value = smooth(rng, (n_trials, n_sessions), keep).T
    choice = np.where(rng.random(value.shape) < 1 / (1 + np.exp(-2 * value)), 1.0, -1.0)
    reward = (rng.random(value.shape) < 0.5).astype(float)
    action, outcome = (np.roll(each, 1, axis=1) for each in (choice, reward))
    action[:, 0] = outcome[:, 0] = np.nan
    product = (action - np.nanmean(action)) * (outcome - np.nanmean(outcome))
    columns = dict(zip(FACTORS, (action, outcome, product, value, choice), strict=True))
    return xr.Dataset({name: ("trial", x.ravel()) for name, x in columns.items()})


def build_activity(values, n_sessions, subject="one"):
    """Activity from values (session, trial, unit)."""
    n = values.shape[0] * values.shape[1]
    coords = {
        "subject": ("trial", np.repeat(subject, n)),
        "session": ("trial", np.repeat(np.arange(n_sessions), values.shape[1])),
        "unit": [f"u{i}" for i in range(values.shape[2])],
    }
    return xr.DataArray(values.reshape(n, -1), coords, ("trial", "unit"), "hidden")


def build_data(seed=0, n_sessions=40, n_trials=50, n_units=6, drift=0.0, effects=None):
    """White noise plus drift that knows nothing of the task, plus effects by factor and unit."""
    rng = np.random.default_rng(seed)
    factors = build_factors(rng, n_sessions, n_trials)
    values = rng.normal(size=(n_sessions, n_trials, n_units))
    values += drift * smooth(rng, (n_trials, n_sessions, n_units), 0.98).swapaxes(0, 1)
    for (factor, unit), size in (effects or {}).items():
        driven = np.nan_to_num(factors[factor].values.reshape(n_sessions, n_trials))
        values[..., unit] += size * driven
    return build_activity(values, n_sessions), factors


def code(data, seed=0, **options):
    activity, factors = data
    options = {"n_permutations": 199, "n_resamples": 100} | options
    return compute_unit_coding(activity, np.random.default_rng(seed), factors=factors, **options)


def test_each_unit_codes_what_drives_it():
    effects = {(factor, unit): 0.6 for unit, factor in enumerate(FACTORS)}
    result = code(build_data(effects=effects | {("last_reward", 1): -1.2})).sel(subject="one")
    driven = np.eye(5, 6, dtype=bool)
    r = result["partial_correlation"].values
    assert (np.sign(r[driven]) == [1, -1, 1, 1, 1]).all()
    assert result["significant_family_wise"].values[driven].all()
    assert (result["p_value"].values[driven] == 1 / 200).all()
    # Choices follow value, and the upcoming one is not partialled out of it.
    idle = ~driven
    idle[3, 4] = False
    assert (np.abs(r[idle]) < 0.1).all()
    # Of 24 tests, 5 or fewer have probability 0.998.
    assert result["significant"].values[idle].sum() <= 5
    assert (result["lower"].values[driven] * result["upper"].values[driven] > 0).all()


def test_as_statsmodels_and_the_upcoming_action_is_partialled_out_of_nothing():
    activity, factors = data = build_data(effects={("value", 0): 0.5, ("upcoming_action", 1): 1})
    result = code(data).sel(subject="one")
    used = factors.to_dataarray().notnull().all("variable").values
    y, x = activity[used], factors.isel(trial=used)
    for names, wanted in ((MAIN, MAIN), (FACTORS, ["upcoming_action"])):
        fit = regress_units(y, x[names])
        t = fit["t"].sel(predictor=wanted).values.T
        expected = t / np.sqrt(t**2 + fit.attrs["degrees_of_freedom"])
        found = result["partial_correlation"].sel(factor=wanted)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert result["n_trials"].values.tolist() == [40 * 49] * 6
    assert result["n_sessions"].values.tolist() == [40] * 6


def permute_in_a_loop(activity, factors, names, rng, n_permutations):
    """Session permutation of what the other factors leave, trial by trial."""
    x = np.column_stack([factors[name] for name in names]).reshape(6, 20, -1)
    y = activity.values.reshape(6, 20, -1)
    used = np.isfinite(x).all(axis=-1)
    one = np.ones((*used.shape, 1))
    x = np.concatenate([one, x], axis=-1)

    def residual(target, design):
        return target - design @ np.linalg.lstsq(design, target, rcond=None)[0]

    left = np.zeros(y.shape)
    left[used] = residual(y[used], x[used][:, :-1])
    drawn = rng.permuted(np.tile(np.arange(6), (n_permutations, 1)), axis=1)
    rows = []
    for order in [np.arange(6), *drawn]:
        both = used & used[order]
        y_, x_ = left[both], x[order][both]
        tested = residual(x_[:, -1], x_[:, :-1])
        again = residual(y_, x_[:, :-1])
        rows.append([stats.pearsonr(tested, unit)[0] for unit in again.T])
    return np.abs(rows)


def test_brute_force():
    activity, factors = data = build_data(3, n_sessions=6, n_trials=20, n_units=4)
    result = code(data, seed=8, n_permutations=39).sel(subject="one")
    for factor in FACTORS:
        names = [name for name in MAIN if name != factor] + [factor]
        size = permute_in_a_loop(activity, factors, names, np.random.default_rng(8), 39)
        got = result.sel(factor=factor)
        bar = size[0] * (1 - 1e-9)
        np.testing.assert_allclose(np.abs(got["partial_correlation"]), size[0], rtol=1e-9)
        np.testing.assert_allclose(got["p_value"], (size >= bar).mean(axis=0))
        largest = size.max(axis=1, keepdims=True)
        largest[0] = np.inf
        np.testing.assert_allclose(got["p_value_family_wise"], (largest >= bar).mean(axis=0))
        mean = size.mean(axis=1)
        assert float(got["mean_absolute"]) == pytest.approx(mean[0])
        assert float(got["mean_absolute_null"]) == pytest.approx(mean[1:].mean())
        p = (mean >= mean[0] * (1 - 1e-9)).mean()
        assert float(got["mean_absolute_p_value"]) == pytest.approx(p)
        quantiles = np.quantile(mean[1:], [0.95, 0.975])
        np.testing.assert_allclose(got["mean_absolute_null_quantile"], quantiles)
        # Each order in turn taken for the data.
        p = (size[None] >= size[1:, None] * (1 - 1e-9)).mean(axis=1)
        chance = np.sort((p <= 0.05).sum(axis=1))
        assert int(got["n_significant_null_upper"]) == chance[int(np.ceil(0.95 * 38))]


def test_brute_force_shifts():
    activity, factors = data = build_data(4, n_sessions=1, n_trials=100, n_units=3, drift=1.0)
    result = code(data, seed=2, null="shift").sel(subject="one", factor="value")
    shifts = np.random.default_rng(2).integers(0, [41], size=(199, 1)) - 20
    x = np.column_stack([np.ones(100), *(factors[name] for name in MAIN)])
    size = []
    for shift in [0, *shifts[:, 0]]:
        y_, x_ = activity.values[20:80], x[20 + shift : 80 + shift]
        used = np.isfinite(x_).all(axis=1)
        left = [
            v - x_[used, :-1] @ np.linalg.lstsq(x_[used, :-1], v, rcond=None)[0]
            for v in (x_[used, -1], y_[used])
        ]
        size.append([abs(stats.pearsonr(left[0], unit)[0]) for unit in left[1].T])
    np.testing.assert_allclose(np.abs(result["partial_correlation"]), size[0], rtol=1e-9)
    bar = np.array(size[0]) * (1 - 1e-9)
    np.testing.assert_allclose(result["p_value"], (np.array(size) >= bar).mean(axis=0))


def test_trials_are_no_guide_where_activity_drifts_and_sessions_are():
    false = {"trials": [], "sessions": []}
    for seed in range(12):
        activity, factors = data = build_data(seed, n_units=40, drift=3.0)
        result = code(data, n_permutations=99).sel(subject="one", factor="value")
        false["sessions"].append(float(result["significant"].mean()))
        used = factors["last_action"].notnull().values
        fit = regress_units(activity[used], factors[MAIN].isel(trial=used))
        false["trials"].append(float((fit["p_value"].sel(predictor="value") < 0.05).mean()))
    assert np.mean(false["trials"]) > 0.4
    assert 0.02 < np.mean(false["sessions"]) < 0.08


def test_another_factor_that_is_coded_does_not_hide_drift():
    """Exchanging the activity itself would take its white part for all there is to expect."""
    false = []
    for seed in range(12):
        effects = {("last_action", unit): 8.0 for unit in range(40)}
        data = build_data(seed, n_units=40, drift=3.0, effects=effects)
        result = code(data, n_permutations=99).sel(subject="one", factor="value")
        false.append(float(result["significant"].mean()))
    assert 0.02 < np.mean(false) < 0.08


@pytest.mark.parametrize("null", ["sessions", "shift"])
def test_family_wise_errors_are_held(null):
    smallest = []
    for seed in range(100):
        data = build_data(seed, n_sessions=8, n_trials=30, n_units=12, drift=0.7)
        result = code(data, seed, null=null, n_permutations=99, n_resamples=2)
        smallest.append(result["p_value_family_wise"].min("unit").values[0])
    # Of 100 families, at most 10 false ones have probability 0.989 at a rate of 0.05.
    assert (np.sum(np.array(smallest) <= 0.05, axis=0) <= 10).all()
    # And it is no test that never finds anything: 1 or more has probability 0.994.
    assert (np.sum(np.array(smallest) <= 0.05, axis=0) >= 1).all()


def test_shifts_of_one_long_session_hold_where_activity_drifts():
    found, false = [], []
    for seed in range(10):
        effects = {("value", unit): 1.0 for unit in range(5)}
        options = {"n_sessions": 1, "n_trials": 600, "n_units": 25, "drift": 1.0}
        data = build_data(seed, effects=effects, **options)
        result = code(data, null="shift").sel(subject="one", factor="value")
        found.append(float(result["significant"][:5].mean()))
        false.append(float(result["significant"][5:].mean()))
    assert np.mean(found) > 0.8
    assert 0.01 < np.mean(false) < 0.09
    assert int(result["n_trials"][0]) == 600 - 2 * 120


def test_intervals_cover_where_activity_drifts():
    inside = []
    effects = {("value", unit): 0.8 for unit in range(6)}
    activity, factors = build_data(99, 1500, drift=2.0, effects=effects)
    used = factors["last_action"].notnull().values
    t = regress_units(activity[used], factors[MAIN].isel(trial=used))["t"].sel(predictor="value")
    truth = float((t / np.sqrt(t**2 + used.sum() - 5)).mean())
    for seed in range(40):
        data = build_data(seed, 30, drift=2.0, effects=effects)
        result = code(data, n_permutations=19, n_resamples=200).sel(subject="one", factor="value")
        inside.append((result["lower"] < truth) & (truth < result["upper"]))
    assert 0.88 < np.mean(inside) < 0.99


def test_counts_and_shares():
    effects = {("last_reward", unit): 1.0 for unit in range(4)}
    result = code(build_data(effects=effects, n_units=10)).sel(subject="one", factor="last_reward")
    assert int(result["n_significant"]) == int(result["significant"].sum()) >= 4
    assert int(result["n_significant_family_wise"]) >= 4
    assert 1 <= int(result["n_significant_null_upper"]) <= 5
    share = float(result["n_significant"]) / 10
    lower, upper = wilson_interval(np.array([share]), np.array([10.0]))
    assert float(result["share_significant"]) == pytest.approx(share)
    assert float(result["share_significant_lower"]) == pytest.approx(lower[0])
    assert float(result["share_significant_upper"]) == pytest.approx(upper[0])
    mean = float(np.abs(result["partial_correlation"]).mean())
    assert float(result["mean_absolute"]) == pytest.approx(mean)
    assert float(result["mean_absolute_lower"]) < mean < float(result["mean_absolute_upper"])
    assert float(result["mean_absolute_p_value"]) == 1 / 200


def test_neurons_each_in_their_own_session_and_of_two_animals():
    """Units that were not recorded, or were silent, are neither counted nor in the way."""
    n_trials, n_units = 300, 9
    rng = np.random.default_rng(5)
    factors = build_factors(rng, 3, n_trials)
    counts = rng.poisson(4, size=(3, n_trials, n_units)).astype(float)
    counts[0, :, 0] += 4 * (np.nan_to_num(factors["last_action"].values[:n_trials]) > 0)
    for unit in range(n_units):
        counts[np.arange(3) != unit // 3, :, unit] = np.nan
    counts[2, :, 8] = 0.0
    activity = build_activity(counts, 3, "rat")
    other = activity.isel(unit=slice(6)).assign_coords(subject=("trial", ["mouse"] * 900))
    both = xr.concat([activity, other], dim="trial", join="outer")
    twice = xr.concat([factors, factors], dim="trial")
    result = code((both, twice), null="shift")
    assert result["subject"].values.tolist() == ["rat", "mouse"]
    assert result["n_units"].values.tolist() == [8, 6]
    assert result["n_sessions"].sel(subject="rat").values.tolist() == [1] * 8 + [0]
    assert np.isnan(result["partial_correlation"].sel(subject="mouse")[:, 6:]).all()
    assert (result["significant"].sel(subject="mouse")[:, 6:] == 0).all()
    found = result["p_value_family_wise"].sel(factor="last_action", unit="u0")
    assert (found < 0.05).all()
    np.testing.assert_allclose(
        result["partial_correlation"][0, :, :6], result["partial_correlation"][1, :, :6]
    )
    # A neuron alone has the same correlation as among others.
    alone = activity.isel(unit=[4], trial=slice(n_trials, 2 * n_trials))
    single = code((alone, factors.isel(trial=slice(n_trials, 2 * n_trials))), null="shift")
    np.testing.assert_allclose(
        single["partial_correlation"][0, :, 0], result["partial_correlation"][0, :, 4]
    )


def test_a_recording_at_one_of_its_steps(play):
    from pfc_analysis.learners import ModelBased

    recording = play(ModelBased(0.5, 5.0), n_sessions=8, n_trials=60)
    rng = np.random.default_rng(0)
    n = recording.sizes["trial"]
    recording["value"] = (("trial", "step"), rng.normal(size=(n, 2)))
    recording["hidden"] = (("trial", "step", "unit"), rng.normal(size=(n, 2, 3)))
    recording = recording.assign_coords(step=["fixation", "stage_1"], unit=[10, 11, 12])
    result = compute_unit_coding(recording, np.random.default_rng(1), step="stage_1")
    factors = build_trial_factors(recording, "stage_1")
    flat = recording["hidden"].sel(step="stage_1", drop=True)
    expected = compute_unit_coding(flat, np.random.default_rng(1), factors=factors)
    assert (result.attrs.pop("step"), expected.attrs.pop("step")) == ("stage_1", "")
    xr.testing.assert_identical(result, expected)
    assert result["factor"].values.tolist() == FACTORS
    assert result["unit"].values.tolist() == [10, 11, 12]


@pytest.mark.parametrize("null", ["sessions", "shift"])
def test_the_same_seed_gives_the_same_result(null):
    data = build_data(n_sessions=8)
    one, two = (code(data, 4, null=null) for _ in range(2))
    xr.testing.assert_identical(one, two)
    assert not code(data, 5, null=null)["p_value"].equals(one["p_value"])


def test_order_of_trials_of_other_sessions_does_not_matter():
    activity, factors = build_data(n_sessions=8)
    order = np.argsort(np.tile(np.arange(50), 8), kind="stable")
    mixed = code((activity.isel(trial=order), factors.isel(trial=order)))
    xr.testing.assert_allclose(mixed, code((activity, factors)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"null": "trials"}, "null: found 'trials', expected 'sessions', 'shift'"),
        ({"n_permutations": 18}, "n_permutations: found 18, expected .* at least 19: with fewer"),
        ({"n_resamples": 1}, "n_resamples: found 1, expected a whole number of at least 2"),
        ({"level": 0.0}, "level: found 0.0, expected a number above 0 and below 1"),
        ({"null": "shift", "largest_shift": 25}, "subject 'one': largest_shift: found 25 for a se"),
    ],
)
def test_settings_that_do_not_serve(options, message):
    with pytest.raises(AnalysisError, match=message):
        code(build_data(n_sessions=5), **options)


def _break(activity, factors, how):
    a, f = activity.copy(deep=True), factors.copy(deep=True)
    if how == "few sessions":
        a, f = a.isel(trial=slice(200)), f.isel(trial=slice(200))
    elif how == "step":
        a = a.expand_dims(step=["cue"])
    elif how == "dims":
        a = a.expand_dims(bin=2)
    elif how == "session":
        a = a.drop_vars("session")
    elif how == "infinite":
        a[0, 0] = np.inf
    elif how == "lengths":
        f = f.isel(trial=slice(10))
    elif how == "words":
        f["value"] = ("trial", np.repeat("high", f.sizes["trial"]))
    elif how == "constant":
        f["value"][:] = 3.1
    elif how == "collinear":
        f["value"] = f["last_action"] - f["last_reward"]
    elif how == "alone":
        f = f[["upcoming_action"]]
    elif how == "silent":
        a[:] = 0.0
    elif how == "copy":
        a[:, 2] = f["last_action"].fillna(0)
    return a, f


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("few sessions", AnalysisError, r"subject 'one': session: found 4 session\(s\)"),
        ("step", AnalysisError, "step: found 'fixation', expected one of .* of 'hidden': 'cue'"),
        ("dims", AnalysisError, "hidden: found dimensions 'bin', 'trial', 'unit', expected 'tri"),
        ("session", MissingVariableError, "session: hidden has no such coordinate on 'trial'"),
        ("infinite", AnalysisError, "hidden: found values of type float64, some infinite"),
        ("lengths", AnalysisError, r"factor 'last_action': found .* shape \(10,\), expected num"),
        ("words", AnalysisError, "factor 'value': found <U4 on dimensions 'trial'"),
        ("constant", AnalysisError, r"subject 'one': predictor\(s\) 'value': zero, constant, or"),
        ("collinear", AnalysisError, r"subject 'one': predictor\(s\) .*: zero, constant, or a li"),
        ("alone", AnalysisError, "factors: found 'upcoming_action', expected at least one besid"),
        ("silent", EmptySelectionError, "subject 'one': unit: none of 6 varies over the"),
        ("copy", AnalysisError, r"subject 'one': unit\(s\) 'u2': the predictors explain them"),
    ],
)
def test_what_cannot_be_analysed(how, error, message):
    with pytest.raises(error, match=message):
        code(_break(*build_data(n_sessions=6), how))


def test_a_recording_without_units_and_activity_without_factors(make_recording):
    recording = make_recording([0, 1], [1, 0], [1, 1])
    with pytest.raises(MissingVariableError, match="hidden: the recording has no such variable"):
        compute_unit_coding(recording, np.random.default_rng(0))
    activity, _ = build_data()
    with pytest.raises(AnalysisError, match="factors: found an array of activity without"):
        compute_unit_coding(activity, np.random.default_rng(0))
