"""What pays when, as read from a recording or estimated from it."""

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.designs import local_rates
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.risky_choice import RiskyChoice
from pfc_analysis.tasks.serial_reversal import SerialReversal
from pfc_analysis.tasks.two_step import TwoStep


@pytest.fixture(scope="module")
def two_step():
    planner = pfc.learners.MixtureOfAgents(weight_model_based=4.0)
    task = TwoStep(common_probability=0.7, reward_probability=0.85)
    return pfc.simulate(planner, task, sessions=100, seed=1, subject="one")


def design_of(recording, questions):
    return read_design(recording, read_fit_trials(recording, questions))


def mirror(recording):
    """Number the second states the other way round."""
    swapped = recording.copy(deep=True)
    for name in ("second_state", "better_state"):
        swapped[name] = (1 - recording[name]).astype(np.int8).assign_attrs(recording[name].attrs)
    swapped["reward_probability"].values = recording["reward_probability"].values[:, ::-1]
    return swapped


def test_transitions_and_rewards_are_those_of_the_task(two_step):
    design = design_of(two_step, "two_step")
    assert design.common == pytest.approx(0.7, abs=0.02)
    assert np.array_equal(design.probability, two_step["reward_probability"].values)
    assert not design.mirrored.any()
    assert design.notes == ()


def test_states_are_named_by_the_choice_that_commonly_leads_to_them(two_step):
    straight, mirrored = (design_of(one, "two_step") for one in (two_step, mirror(two_step)))
    assert mirrored.mirrored.all()
    assert np.array_equal(mirrored.probability, straight.probability)
    assert np.array_equal(mirrored.trials.records, straight.trials.records)


def test_each_subject_has_its_own_transitions(two_step):
    other = pfc.simulate(
        pfc.learners.MixtureOfAgents(),
        TwoStep(common_probability=0.9),
        sessions=50,
        seed=2,
        subject="two",
    )
    both = xr.concat([two_step, mirror(other)], dim="trial")
    design = design_of(both, "two_step")
    subject = design.trials.subject
    assert design.common[subject == 0] == pytest.approx(0.7, abs=0.02)
    assert design.common[subject == 1] == pytest.approx(0.9, abs=0.02)
    assert np.array_equal(design.mirrored, subject == 1)


def test_rates_at_the_better_state_stand_for_missing_probabilities(two_step):
    design = design_of(two_step.drop_vars("reward_probability"), "two_step")
    better = two_step["better_state"].values
    rows = np.arange(better.size)
    assert design.probability[rows, better] == pytest.approx(0.85, abs=0.02)
    assert design.probability[rows, 1 - better] == pytest.approx(0.15, abs=0.02)
    assert "which second state pays more" in design.notes[0]


def test_rates_around_the_trial_stand_for_missing_schedules(two_step):
    lacking = two_step.drop_vars(["reward_probability", "better_state"])
    design = design_of(lacking, "two_step")
    truth = two_step["reward_probability"].values
    assert np.corrcoef(design.probability.ravel(), truth.ravel())[0, 1] > 0.8
    assert "weights exp(-distance / 10 trials" in design.notes[0]


def test_local_rates_are_weighted_means():
    rng = np.random.default_rng(1)
    option = rng.integers(-1, 2, 60)
    rewarded = rng.random(60) < 0.5
    session = np.repeat([0, 1], [25, 35])
    found = local_rates.estimate_local_rate(option, rewarded, session, 2)
    for i in (0, 24, 25, 50):
        for one in range(2):
            seen = (option == one) & (session == session[i])
            weight = np.exp(-np.abs(np.arange(60) - i) / 10.0)[seen]
            mean = rewarded[option == one].mean()
            expected = (weight @ rewarded[seen] + mean) / (weight.sum() + 1.0)
            assert found[i, one] == pytest.approx(expected)


def test_base_probabilities_are_baited():
    task, learner = Matching(), pfc.learners.QLearning()
    played = pfc.simulate(learner, task, sessions=5, seed=1, subject="one")
    design = design_of(played, "matching")
    assert design.baited.all()
    assert np.array_equal(design.probability, played["base_probability"].values)


def test_sessions_in_which_water_waits_are_found():
    # In session 0 water that was left stays, in session 1 it is drawn anew.
    ready = np.array([[1, 0], [1, 0], [1, 1], [1, 0], [1, 0], [0, 1], [1, 0], [0, 0]])
    recording = xr.Dataset(
        {
            "choice": ("trial", [1, 1, 1, 0, 1, 1, 0, 1]),
            "reward": ("trial", np.array([0, 0, 1, 1, 0, 1, 1, 0], dtype=float)),
            "reward_probability": (("trial", "arm"), np.full((8, 2), 0.4)),
            "baited": (("trial", "arm"), ready),
        },
        {
            "subject": ("trial", ["mouse"] * 8),
            "session": ("trial", [0] * 4 + [1] * 4),
            "trial_in_session": ("trial", [0, 1, 2, 3] * 2),
        },
    )
    assert design_of(recording, "matching").baited.tolist() == [True, False]


def test_risky_and_safe_option_keep_their_rewards():
    player = pfc.analysis.ExpectedReward(inverse_temperature=1.0)
    played = pfc.simulate(player, RiskyChoice(), sessions=40, seed=1, subject="one")
    for recording in (played, played.drop_vars("reward_probability")):
        design = design_of(recording, "risky_choice")
        safe, risky = design.sizes
        assert np.unique(safe.win) * 4 == 1.0
        assert np.unique(risky.win) == 1.0
        assert np.unique(risky.loss) == 0.0
        assert np.array_equal(design.probability, played["reward_probability"].values)


def test_the_rewarded_side_of_a_reversal_is_read_and_its_rate_estimated():
    task = SerialReversal(criterion=8, window=10, reward_probability=0.8)
    played = pfc.simulate(pfc.learners.QLearning(), task, sessions=20, seed=1, subject="one")
    left = played["option_on_left"].values
    better = np.where(left == played["rewarded_option"].values, 0, 1)
    hidden = played.drop_vars(["rewarded_option", "option_on_left"])  # only `correct` says it
    options = played["rewarded_option"].values
    for recording, expected in ((played, options), (hidden, better)):
        design = design_of(recording, "serial_reversal")
        assert np.array_equal(design.probability.argmax(axis=1), expected)
        assert design.probability.max(axis=1) == pytest.approx(0.8, abs=0.03)
        assert design.probability.min(axis=1) == pytest.approx(0.2, abs=0.03)
        assert "own performance" in design.notes[0]


def test_rates_of_a_session_stand_for_unknown_arms():
    recording = xr.Dataset(
        {
            "choice": ("trial", [0, 0, 1, 0, 1, 1]),
            "reward": ("trial", [1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
        },
        {
            "subject": ("trial", ["rat"] * 6),
            "session": ("trial", [0, 0, 0, 1, 1, 1]),
            "trial_in_session": ("trial", [0, 1, 2] * 2),
        },
    )
    design = design_of(recording, "bandit")
    # Rates of the subject: 2 of 3 and 1 of 3. Session 0: (1 + 2/3) / 3 and (1 + 1/3) / 2.
    assert design.probability[0] == pytest.approx([5 / 9, 2 / 3])
    assert design.probability[5] == pytest.approx([5 / 6, 1 / 9])
    assert "does not say how often each arm paid" in design.notes[0]


def test_probabilities_of_another_shape_are_refused(two_step):
    narrow = two_step.isel(arm=[0])
    with pytest.raises(AnalysisError, match=r"reward_probability: found dimensions .*\(trial, 2\)"):
        design_of(narrow, "two_step")
