"""Bandit algorithms against their definitions, other formulas and known regrets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.bandit_learners import (
    BayesOptimal,
    CorrelatedBayesOptimal,
    CountingLearner,
    Gittins,
    Thompson,
    UpperConfidenceBound,
)
from pfc_analysis.analysis.learners.bandit_solutions import (
    compare_posteriors,
    compute_gittins_index,
)
from pfc_analysis.analysis.learning.performance import compute_performance, compute_reward_share
from pfc_analysis.analysis.learning.regret import compute_regret
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.bandit import Bandit

ALL = [
    Thompson(),
    Thompson(correlated=True),
    UpperConfidenceBound(),
    Gittins(),
    BayesOptimal(),
    CorrelatedBayesOptimal(),
]
N_SESSIONS = 3000


def state_of(*counts: tuple[int, int, int, int]) -> dict[str, np.ndarray]:
    """Counts of sessions: left rewarded, left unrewarded, right rewarded, right unrewarded."""
    table = np.array(counts)
    return {"rewarded": table[:, [0, 2]], "unrewarded": table[:, [1, 3]]}


def random_counts(n: int, most: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, most, (n, 4))


@pytest.mark.parametrize("learner", ALL, ids=repr)
def test_every_learner_keeps_to_the_interface(learner):
    state = learner.begin(3)
    np.testing.assert_allclose(learner.choice_probability(state), np.full((3, 2), 0.5))
    assert learner.learn(state, np.array([0, 1, -1]), np.array([1.0, 0.0, 0.0])) is None
    assert state["rewarded"].tolist() == [[1, 0], [0, 0], [0, 0]]
    assert state["unrewarded"].tolist() == [[0, 0], [0, 1], [0, 0]]
    probability = learner.choice_probability(state)
    assert probability.dtype == np.float64
    np.testing.assert_allclose(probability.sum(axis=1), 1.0)
    np.testing.assert_allclose(probability[2], 0.5)


@pytest.mark.parametrize("learner", ALL, ids=repr)
def test_exchanging_the_arms_exchanges_the_choices(learner):
    counts = random_counts(200, 20)
    probability = learner.choice_probability(state_of(*counts))
    exchanged = learner.choice_probability(state_of(*counts[:, [2, 3, 0, 1]]))
    np.testing.assert_allclose(probability, exchanged[:, ::-1], atol=1e-12)


@pytest.mark.parametrize("learner", ALL, ids=repr)
def test_sessions_side_by_side_do_not_mix(learner):
    counts = random_counts(30, 20, seed=1)
    together = learner.choice_probability(state_of(*counts))
    alone = [learner.choice_probability(state_of(row))[0] for row in counts]
    np.testing.assert_array_equal(together, alone)


def quadrature(s1: int, f1: int, s2: int, f2: int) -> float:
    """P(X > Y), X and Y Beta(1 + s, 1 + f), by numerical integration."""
    x, y = stats.beta(1 + s1, 1 + f1), stats.beta(1 + s2, 1 + f2)
    low, high = x.ppf(1e-15), x.ppf(1 - 1e-15)
    return integrate.quad(lambda v: x.pdf(v) * y.cdf(v), low, high, epsabs=1e-12, limit=200)[0]


def test_thompson_equals_quadrature():
    counts = np.concatenate([random_counts(20, 6), random_counts(15, 60), [[0, 0, 90, 9]]])
    found = Thompson().choice_probability(state_of(*counts))[:, 0]
    np.testing.assert_allclose(found, [quadrature(*row) for row in counts], atol=1e-9)


def test_thompson_equals_the_hypergeometric_distribution_far_into_its_tail():
    counts = random_counts(200, 100, seed=2)
    s, f = counts[:, [0, 2]], counts[:, [1, 3]]
    n = s + f + 1
    expected = stats.hypergeom.cdf(s[:, 0], n.sum(axis=1), n[:, 0], s.sum(axis=1) + 1)
    np.testing.assert_allclose(compare_posteriors(s, f), expected, rtol=1e-9, atol=1e-300)
    assert expected.min() < 1e-12


def test_thompson_equals_drawing_from_the_posteriors():
    rng = np.random.default_rng(3)
    left, right = rng.beta(1 + 7, 1 + 4, 200_000), rng.beta(1 + 2, 1 + 2, 200_000)
    found = Thompson().choice_probability(state_of((7, 4, 2, 2)))[0, 0]
    assert found == pytest.approx((left > right).mean(), abs=4 * 0.5 / np.sqrt(200_000))


def test_thompson_who_knows_the_correlation():
    counts = random_counts(50, 30, seed=4)
    found = Thompson(correlated=True).choice_probability(state_of(*counts))[:, 1]
    for (a, b, c, d), right in zip(counts, found, strict=True):
        posterior = stats.beta(1 + a + d, 1 + b + c)  # of the left arm's probability
        expected = integrate.quad(posterior.pdf, 0, 0.5, epsabs=1e-12)[0]
        assert right == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("chi", [0.0, 1.0, 2.0])
def test_upper_confidence_bound_by_its_formula(chi):
    counts = random_counts(300, 12, seed=5) + np.array([1, 0, 1, 0])  # both arms were tried
    found = UpperConfidenceBound(chi).choice_probability(state_of(*counts))
    for (a, b, c, d), probability in zip(counts, found, strict=True):
        n = a + b + c + d
        left, right = (s / m + (chi * np.log(n) / m) ** 0.5 for s, m in ((a, a + b), (c, c + d)))
        assert probability[0] == (0.5 if left == right else float(left > right))


def test_upper_confidence_bound_tries_both_arms_first():
    found = UpperConfidenceBound().choice_probability(state_of((5, 0, 0, 0), (0, 0, 0, 1)))
    assert found.tolist() == [[0, 1], [1, 0]]


def test_gittins_chooses_the_larger_index():
    index = compute_gittins_index(100, 0.99, 500)
    counts = random_counts(200, 25, seed=6)
    found = Gittins().choice_probability(state_of(*counts))[:, 0]
    expected = index[counts[:, 0], counts[:, 1]] > index[counts[:, 2], counts[:, 3]]
    assert (found[found != 0.5] == expected[found != 0.5]).all()
    assert (found != 0.5).mean() > 0.95


def test_the_impatient_do_not_explore():
    """Discount near 0: the better mean. Near 1: the arm never tried, at an equal mean or less."""
    state = state_of((3, 2, 0, 0), (1, 1, 0, 0), (1, 1, 3, 3))
    assert Gittins(0.01).choice_probability(state)[0].tolist() == [1, 0]
    assert Gittins(0.99).choice_probability(state)[:, 1].tolist() == [1, 1, 0]


def test_the_last_trial_is_not_spent_on_exploring():
    counts = [(5, 3, 1, 0), (4, 5, 0, 0), (0, 0, 6, 3)]  # nine trials had: one is left
    assert BayesOptimal(10).choice_probability(state_of(*counts))[:, 0].tolist() == [0, 0, 0]
    assert BayesOptimal(40).choice_probability(state_of((5, 4, 0, 0)))[0].tolist() == [0, 1]


def test_correlated_optimum_takes_both_arms_for_evidence():
    state = state_of((0, 0, 0, 2), (3, 1, 2, 0), (2, 0, 1, 0), (1, 1, 1, 1))
    found = CorrelatedBayesOptimal().choice_probability(state)[:, 0]
    assert found.tolist() == [1, 0.5, 1, 0.5]


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


def regret_of(learner: CountingLearner, seed: int = 1) -> tuple[float, float]:
    """Mean regret in 100 trials of arms (.25, .75), and its standard error."""
    played = simulate(learner, Bandit(arms="fixed"), sessions=N_SESSIONS, seed=seed, subject="x")
    last = compute_regret(played).isel(subject=0, trial_in_session=-1)
    reach = stats.t.ppf(0.975, N_SESSIONS - 1)
    return last["regret"].item(), (last["upper"] - last["lower"]).item() / 2 / reach


@pytest.mark.parametrize(
    ("learner", "expected"),
    [
        (BayesOptimal(), 1.355),  # to the last digit from all histories, see below
        (Thompson(), 3.0),
        (UpperConfidenceBound(), 4.7),
        (UpperConfidenceBound(2.0), 7.0),
        (Thompson(correlated=True), 2.0),
        (CorrelatedBayesOptimal(), 1.0),
    ],
    ids=repr,
)
def test_regret_on_fixed_arms(learner, expected):
    mean, error = regret_of(learner)
    assert abs(mean - expected) < 4 * error + 0.05
    assert error < 0.05


def exact_regret(learner: CountingLearner, arms: tuple[float, float], n_trials: int) -> float:
    """Regret from the probabilities of all counts, trial by trial: nothing is drawn."""
    left, right = arms
    counts, mass, regret = np.zeros((1, 4), int), np.ones(1), 0.0
    for t in range(n_trials):
        chosen = learner.choice_probability(state_of(*counts)) * mass[:, None]
        regret += (chosen.sum(axis=0) * (max(arms) - np.array(arms))).sum()
        a, b, c, _ = counts.T  # the fourth count follows from the trial
        later = np.zeros((t + 2, t + 2, t + 2))
        np.add.at(later, (a + 1, b, c), chosen[:, 0] * left)
        np.add.at(later, (a, b + 1, c), chosen[:, 0] * (1 - left))
        np.add.at(later, (a, b, c + 1), chosen[:, 1] * right)
        np.add.at(later, (a, b, c), chosen[:, 1] * (1 - right))
        reached = np.nonzero(later > 1e-13)
        mass = later[reached]
        counts = np.stack([*reached, t + 1 - sum(reached)], axis=1)
    return regret


@pytest.mark.parametrize("learner", [Thompson(), UpperConfidenceBound(), BayesOptimal(15)])
def test_simulated_regret_equals_that_of_all_histories(learner):
    task = Bandit(arms="fixed", left=0.8, right=0.45, trials=15)
    played = simulate(learner, task, sessions=4000, seed=2, subject="x")
    lost = (0.35 * played["choice"].values).reshape(-1, 15).sum(axis=1)
    mean, error = mean_and_error(lost)
    assert abs(mean - exact_regret(learner, (0.8, 0.45), 15)) < 4 * error


def test_regret_of_optimal_play_from_all_histories():
    assert exact_regret(BayesOptimal(), (0.25, 0.75), 100) == pytest.approx(1.355, abs=0.001)


def evidence_walk(p: float, n_trials: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Evidence for the better of two correlated arms: binomial, whichever arm is chosen."""
    return [
        (np.arange(t + 1), stats.binom.pmf(np.arange(t + 1), t, max(p, 1 - p)))
        for t in range(n_trials)
    ]


def test_correlated_learners_by_a_walk_that_no_choice_can_bend():
    """Each trial tells the same of both arms, so regret is a sum over binomial evidence."""
    optimal = thompson = 0.0
    for t, (k, mass) in enumerate(evidence_walk(0.75, 100)):
        optimal += 0.5 * mass @ np.where(2 * k == t, 0.5, 2 * k < t)
        thompson += 0.5 * mass @ stats.beta.cdf(0.5, 1 + k, 1 + t - k)
    assert optimal == pytest.approx(1.0, abs=1e-5)
    for learner, expected in (
        (CorrelatedBayesOptimal(), optimal),
        (Thompson(correlated=True), thompson),
    ):
        mean, error = regret_of(learner, seed=3)
        assert abs(mean - expected) < 4 * error


def correlated_ceiling(n_trials: int) -> float:
    """Reward a trial of the better posterior mean; evidence is uniform on 0..t before all."""
    reward = 0.0
    for t in range(n_trials):
        evidence = 1.0 + np.arange(t + 1)
        reward += np.maximum(evidence, evidence[::-1]).mean() / (t + 2)
    return reward / n_trials


def test_ceiling_of_the_correlated_bandit():
    assert correlated_ceiling(100) == pytest.approx(0.7378, abs=5e-5)
    played = simulate(
        CorrelatedBayesOptimal(),
        Bandit(arms="correlated"),
        sessions=N_SESSIONS,
        seed=1,
        subject="x",
    )
    performance = compute_performance(played)
    assert performance["reward_lower"] < correlated_ceiling(100) < performance["reward_upper"]
    share = compute_reward_share(performance, chance=0.5, ceiling=correlated_ceiling(100))
    assert share["lower"] < 1 < share["upper"]


def test_bayes_optimal_earns_most_on_independent_arms():
    earned = {}
    for learner in (BayesOptimal(), Thompson(), UpperConfidenceBound()):
        played = simulate(learner, Bandit(), sessions=N_SESSIONS, seed=4, subject="x")
        earned[learner] = played["reward"].values.reshape(N_SESSIONS, 100).sum(axis=1)
    mean, error = mean_and_error(earned[BayesOptimal()])
    assert abs(mean - 64.92) < 4 * error
    # The same sessions are played by all, so that differences are sharper than means.
    for other in (Thompson(), UpperConfidenceBound()):
        mean, error = mean_and_error(earned[BayesOptimal()] - earned[other])
        assert mean > 3 * error


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: UpperConfidenceBound(-1), "UpperConfidenceBound.chi: found -1, expected a finite"),
        (lambda: _choose(Gittins(1.0)), "discount: found 1.0, expected a number above 0 and below"),
        (lambda: _choose(Gittins(horizon=50)), "horizon: found 50, expected more than the 100"),
        (lambda: _choose(BayesOptimal(0)), "n_trials: found 0, expected 1 to 300"),
        (
            lambda: _choose(BayesOptimal(4)),
            r"BayesOptimal.trials: found 4, expected more than the 5 trial\(s\) that a session",
        ),
        (lambda: _choose(Gittins(trials=4)), r"Gittins.trials: found 4, expected more than the 5"),
    ],
)
def test_wrong_parameters_are_named(make, message):
    with pytest.raises(AnalysisError, match=message):
        make()


def _choose(learner: CountingLearner) -> np.ndarray:
    return learner.choice_probability(state_of((1, 1, 2, 1)))


@pytest.mark.parametrize(
    ("choice", "reward", "message"),
    [
        (2, 1.0, r"choice: found 2, expected 0 \(left\), 1 \(right\) or -1 \(none\)"),
        (0, 0.5, "reward: found 0.5, expected 0 or 1: arms that pay or do not"),
    ],
)
def test_impossible_trials_are_named(choice, reward, message):
    learner = Thompson()
    with pytest.raises(AnalysisError, match=message):
        learner.learn(learner.begin(1), np.array([choice]), np.array([reward]))


def test_learners_compare_by_their_parameters():
    assert repr(Gittins(0.9)) == "Gittins(discount=0.9, trials=100, horizon=500)"
    assert UpperConfidenceBound(1.0) == UpperConfidenceBound()
    assert Thompson() != Thompson(correlated=True)
