"""Rats and mice, compared, have the numbers that were computed independently of this toolkit."""

import numpy as np
import pytest

from pfc_analysis.analysis.choices.history_regression import build_history_design
from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.choices.reward_history import fit_reward_history
from pfc_analysis.analysis.learning.reversal_learning import (
    compute_reversal_improvement,
    compute_trials_to_criterion,
)
from pfc_analysis.analysis.statistics.logistic import fit_logistic
from pfc_analysis.analysis.statistics.session_newton import build_session_newton
from pfc_analysis.analysis.trials.choice_trials import (
    classify_trials,
    read_common_transition,
    read_trials,
)
from pfc_analysis.comparison.compare_groups import compare_recordings
from pfc_analysis.comparison.long_table import tabulate_comparison
from pfc_analysis.reproduction.animals.mice import measure_foraging

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def rats(rat_recording, make_two_step):
    return compare_recordings("two_step", {"agents": make_two_step(), "rats": rat_recording}, 0)


def test_one_rat(rats):
    rat = rats.isel(subject=np.flatnonzero(rats["subject_name"].values == "M055")[0])
    kinds = ("common_rewarded", "common_unrewarded", "uncommon_rewarded", "uncommon_unrewarded")
    stay = rat.sel(quantity=[f"stay_probability {kind}" for kind in kinds])
    np.testing.assert_allclose(stay["subject_value"], [0.9588, 0.6051, 0.5278, 0.8550], atol=5e-5)
    assert stay["subject_n"].values.tolist() == [6584, 3403, 864, 1579]
    index = rat.sel(quantity=["planning_index", "model_free_index"])
    np.testing.assert_allclose(index["subject_value"], [4.519, 1.654], atol=6e-4)
    expected = {
        "common_rewarded": [2.593, 0.617, 0.355, 0.036, 0.085],
        "common_unrewarded": [0.072, -0.013, 0.161, 0.201, 0.181],
        "uncommon_rewarded": [-0.300, 0.336, 0.213, 0.173, 0.370],
        "uncommon_unrewarded": [1.161, 0.512, 0.250, 0.183, 0.119],
    }
    for kind, values in expected.items():
        labels = [f"history_weight {kind} lag {lag}" for lag in range(1, 6)]
        found = rat.sel(quantity=labels)
        np.testing.assert_allclose(found["subject_value"], values, atol=6e-4, err_msg=kind)
        assert found["lag"].values.tolist() == [1, 2, 3, 4, 5]


def test_six_rats(rats):
    group = rats.sel(group="rats").isel(quantity=slice(0, 4))
    np.testing.assert_allclose(group["group_value"], [0.861, 0.459, 0.465, 0.863], atol=1e-3)
    assert group["n_subjects"].values.tolist() == [6] * 4
    assert (group["inference"] == "population").all()
    marked = rats["marked"].isel(subject=(rats["subject_group"] == "rats").values).sum("subject")
    assert marked.sel(mark="forced").item() == 4582
    own = rats.isel(session=(rats["session_group"] == "rats").values)
    assert own.sizes["session"] == 52
    assert own["session_value"].sel(quantity="planning_index").notnull().mean() > 0.9


def test_sessions_of_a_rat_drawn_anew_by_one_step_are_as_refitted(rat_recording):
    rat = rat_recording.isel(trial=rat_recording["subject"].values == "M088")
    trials = read_trials(rat)
    design = build_history_design(trials, classify_trials(trials, read_common_transition(rat)), 5)
    rows = trials.predicted
    data = design[rows], trials.choice[rows].astype(float), trials.session[rows]
    names = [str(column) for column in range(21)]
    fit = fit_logistic(*data, names)
    weights = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), 60).astype(float)
    newton = build_session_newton(*data, 6, fit.coefficient, 0.0)
    planning = np.append(0.0, np.tile([1.0, -1.0, -1.0, 1.0], 5))
    found = newton.resample(weights) @ planning
    refits = []
    for weight in weights:
        again = np.repeat(np.arange(rows.sum()), weight[data[2]].astype(int))
        refits.append(fit_logistic(*(part[again] for part in data), names).coefficient @ planning)
    assert np.corrcoef(found, refits)[0, 1] > 0.98
    assert found.std() == pytest.approx(np.std(refits), rel=0.1)


def test_mice_have_one_row_for_each_session(mouse_recording, make_arms):
    groups = {"agents": make_arms(), "mice": mouse_recording}
    result = compare_recordings("matching", groups, 0, 200)
    table = tabulate_comparison(result)
    own = table[(table["level"] == "session") & (table["group"] == "mice")]
    assert own[["subject", "session"]].drop_duplicates().shape[0] == 4
    for quantity in ("slope", "reward_weight_sum"):
        rows = own[own["quantity"] == quantity]
        assert len(rows) == 4
        assert ((rows["note"] != "") == rows["estimate"].isna()).all()
    # The session of which two thirds were watered for nothing is left out.
    said = own[own["quantity"] == "reward_weight_sum"]["note"].tolist()
    assert said.count("0 trial(s) to analyse, fewer than 62, 2 a coefficient") == 1
    light = {"leave_out": ("stimulated",)}
    whole = mouse_recording.isel(trial=(mouse_recording["subject"] == "689514").values)
    line = fit_matching(compute_log_ratios(whole, "block", 10, **light))
    row = own[(own["subject"] == "689514") & (own["quantity"] == "slope")].iloc[0]
    assert (row["estimate"], row["lower"]) == pytest.approx(
        (line["slope"].item(), line["slope_lower"].item())
    )
    history = fit_reward_history(whole, ridge=0.0, early_trials="drop", **light)
    rows = own[(own["subject"] == "689514") & (own["quantity"] == "reward_weight")]
    np.testing.assert_allclose(rows["estimate"], history["reward_weight"].values[0], atol=1e-6)
    np.testing.assert_allclose(rows["upper"], history["reward_weight_upper"].values[0], atol=1e-6)
    assert (result["inference"].sel(group="mice") == "these subjects").all()
    # The value of Figure 2, which leaves out the same session and the same trials.
    figure = measure_foraging(mouse_recording).history["reward_weight"].sel(lag=1).mean().item()
    found = result["group_value"].sel(group="mice", quantity="reward_weight lag 1").item()
    assert found == pytest.approx(figure, abs=0.1)
    assert (
        "With 3 mice, this result describes these mice only."
        in result["sentence"].sel(quantity="slope").item()
    )


def test_birds_by_the_analysis_of_their_own(grackle_recording):
    one = grackle_recording.isel(trial=(grackle_recording["subject"] == "Memela").values)
    # As an agent: what was learned is learned within one session.
    alone = one.assign_coords(
        session=("trial", np.zeros(one.sizes["trial"], int)),
        trial_in_session=("trial", np.arange(one.sizes["trial"])),
    )
    groups = {"agents": alone, "birds": grackle_recording}
    result = compare_recordings("serial_reversal", groups, 0, 200)
    own = compute_reversal_improvement(
        compute_trials_to_criterion(grackle_recording), np.random.default_rng(0)
    )
    birds = result.sel(group="birds")
    for label, quantity in (("first_reversal", "first"), ("log_slope", "log_slope")):
        found, expected = birds.sel(quantity=label), own.sel(quantity=quantity)
        assert found["group_value"].item() == pytest.approx(expected["mean"].item())
        assert found["n_subjects"].item() == expected["n_subjects"].item()
        assert found["group_lower"] < expected["mean"] < found["group_upper"]
    assert (
        result["group_note"]
        .sel(group="agents", quantity="log_slope")
        .item()
        .startswith("no interval: fewer than five subjects, and one of them has too few sessions")
    )
    assert "without an interval." in result["sentence"].sel(quantity="log_slope").item()
