import numpy as np
import pytest

from pfc_analysis.analysis.choices.matching_line import compute_log_ratios, fit_matching
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.learners.baiting_learners import BaitingObserver, SurePayoff, pay


def test_probability_of_reward_is_that_of_a_draw_a_trial():
    # Bait is set with probability p in each of n + 1 trials and stays until collected.
    rng = np.random.default_rng(0)
    for base, waited in ((0.1, 0), (0.3, 2), (0.05, 7)):
        held = (rng.random((200_000, waited + 1)) < base).any(axis=1).mean()
        assert abs(pay(np.array(base), np.array(waited)) - held) < 4 * np.sqrt(0.25 / 200_000)


def earned(recording):
    session = recording["reward"].values.reshape(len(np.unique(recording["session"])), -1)
    means = session.mean(axis=1)
    return means.mean(), means.std(ddof=1) / np.sqrt(means.size)


def test_sure_payoff_earns_and_matches_as_computed_elsewhere(play_baited):
    left = np.random.default_rng(1).uniform(0, 0.5, 2000)
    recording = play_baited(SurePayoff(tuple(left)), left, seed=2)
    mean, error = earned(recording)
    assert abs(mean - 0.451) < 3 * error + 0.0005
    fit = fit_matching(compute_log_ratios(recording)).squeeze()
    assert abs(fit["slope"] - 0.94) < 0.02
    assert abs(fit["r"] - 0.98) < 0.01
    assert abs(fit["intercept"]) < 0.03


class Random:
    def begin(self, n_sessions):
        return {"n": np.full(n_sessions, 0.5)}

    def choice_probability(self, state):
        return np.stack([state["n"], state["n"]], axis=1)

    def learn(self, state, choice, reward):
        pass


def test_chance_and_the_richer_arm_earn_as_computed_elsewhere(play_baited):
    left = np.random.default_rng(3).uniform(0, 0.5, 2000)
    mean, error = earned(play_baited(Random(), left, seed=4))
    # A fair coin leaves an arm alone for n trials with probability 2^-(n+1), so that it pays
    # sum_n 2^-(n+1) (1 - (1 - p)^(n+1)) = 2p / (1 + p) when chosen, every second trial.
    exact = np.mean([p / (1 + p) + (0.5 - p) / (1.5 - p) for p in left])
    assert abs(mean - exact) < 3 * error + 0.005
    assert abs(mean - 0.375) < 0.005


def best_reward(left, n_trials=100, total=0.5):
    """Reward a trial of the best policy with known base probabilities, by backward induction."""
    waited = np.arange(n_trials + 2)
    chance = 1 - (1 - np.array([[left], [total - left]])) ** (waited + 1)
    value = np.zeros((2, waited.size))  # by the arm chosen last and n of the other
    for _ in range(n_trials - 1):
        stay = chance[:, [0]] + value[:, np.minimum(waited + 1, waited[-1])]
        value = np.maximum(stay, chance[::-1] + value[::-1, [1]])
    return max(chance[:, 0] + value[:, 1]) / n_trials


def test_observer_earns_between_chance_and_knowledge(play_baited):
    left = (np.arange(1000) + 0.5) / 2000
    recording = play_baited(BaitingObserver(), left, seed=6)
    mean, error = earned(recording)
    ceiling = np.mean([best_reward(p) for p in (np.arange(50) + 0.5) / 100])
    assert 0.4 + 3 * error < mean < ceiling - 3 * error
    sure, sure_error = earned(play_baited(SurePayoff(tuple(left)), left, seed=6))
    assert abs(sure - ceiling) < 3 * sure_error
    late = recording.isel(trial=recording["trial_in_session"].values >= 50)
    slope = [fit_matching(compute_log_ratios(r))["slope"].item() for r in (recording, late)]
    # It has to find out first, so it undermatches, and less so once it has.
    assert slope[0] < slope[1] < 1


def test_posterior_is_bayes_rule(play_baited):
    learner = BaitingObserver(total=0.8, grid=40)
    recording = play_baited(learner, [0.1, 0.55], 30, seed=7, total=0.8, invalid=0.1)
    state = learner.begin(2)
    choice = recording["choice"].values.reshape(2, 30)
    reward = recording["reward"].values.reshape(2, 30)
    waited = recording["trials_since_choice"].values.reshape(2, 30, 2)
    for t in range(30):
        learner.learn(state, choice[:, t], reward[:, t])
    grid = (np.arange(40) + 0.5) * 0.02
    for s in range(2):
        likelihood = np.ones(40)
        for c, r, n in zip(choice[s], reward[s], waited[s], strict=True):
            if c >= 0:
                chance = 1 - (1 - (grid if c == 0 else 0.8 - grid)) ** (n[c] + 1)
                likelihood *= chance if r > 0 else 1 - chance
        posterior = likelihood / likelihood.sum()
        np.testing.assert_allclose(np.exp(state["log_posterior"][s]), posterior, atol=1e-12)
        n = state["trials_since_choice"][s]
        expected = [
            posterior @ (1 - (1 - b) ** (k + 1)) for b, k in zip((grid, 0.8 - grid), n, strict=True)
        ]
        np.testing.assert_allclose(learner.action_value(state)[s], expected, rtol=1e-10)


def test_observer_finds_the_base_probability(play_baited):
    learner = BaitingObserver()
    left = np.linspace(0.05, 0.45, 30)
    recording = play_baited(learner, left, 1000, seed=8)
    state = learner.begin(30)
    for choice, reward in zip(
        recording["choice"].values.reshape(30, -1).T,
        recording["reward"].values.reshape(30, -1).T,
        strict=True,
    ):
        learner.learn(state, choice, reward)
    posterior = np.exp(state["log_posterior"])
    mean = posterior @ learner.left_probability
    deviation = np.sqrt(posterior @ learner.left_probability**2 - mean**2)
    z = (mean - left) / deviation
    assert deviation.max() < 0.05
    assert 0.6 < np.std(z) < 1.5
    assert abs(z.mean()) < 3 / np.sqrt(30)


def test_priors():
    whole, gaps = BaitingObserver(), BaitingObserver(prior="gaps", grid=300)
    np.testing.assert_allclose(np.diff(whole.left_probability), 0.5 / 51)
    np.testing.assert_allclose(whole.left_probability.mean(), 0.25)
    counts = np.histogram(gaps.left_probability, bins=np.linspace(0, 0.5, 6))[0]
    assert counts.tolist() == [100, 0, 100, 0, 100]
    state = whole.begin(3)
    np.testing.assert_allclose(np.exp(state["log_posterior"]).sum(axis=1), 1.0)
    np.testing.assert_array_equal(whole.choice_probability(state), 0.5)


def test_choices_are_greedy():
    learner = SurePayoff(left=0.4)
    state = learner.begin(1)
    assert learner.choice_probability(state).tolist() == [[1.0, 0.0]]
    switched = 0
    while learner.choice_probability(state)[0, 0] == 1.0:
        learner.learn(state, np.array([0]), np.array([0.0]))
        switched += 1
    # The right arm, 0.1, overtakes 0.4 once 1 - 0.9^(n + 1) > 0.4: n = 4.
    assert switched == 4
    learner.learn(state, np.array([-1]), np.array([-1.0]))
    assert state["trials_since_choice"].tolist() == [[0.0, 4.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SurePayoff(0.6), r"SurePayoff.left: found 0.6, expected numbers from 0 to total"),
        (lambda: SurePayoff((0.1, np.nan)), "SurePayoff.left: found nan"),
        (lambda: SurePayoff((0.1, 0.2)).begin(3), "found 2 numbers for 3 sessions"),
        (lambda: SurePayoff(0.1, total=0.0), "SurePayoff.total: found 0.0, expected a number abo"),
        (lambda: BaitingObserver(total=1.5), "BaitingObserver.total: found 1.5"),
        (lambda: BaitingObserver(grid=1), "grid: found 1, expected a whole number of at least 2"),
        (lambda: BaitingObserver(prior="flat"), "prior: found 'flat', expected 'whole' or 'gaps'"),
        (
            lambda: SurePayoff(0.1).learn(SurePayoff(0.1).begin(1), np.array([2]), np.zeros(1)),
            "choice: found 2, expected 0",
        ),
    ],
)
def test_settings_out_of_range(make, message):
    with pytest.raises(AnalysisError, match=message):
        make()
