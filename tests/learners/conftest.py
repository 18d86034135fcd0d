"""Random choices, and learners' likelihoods by plain loops over them."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import log_softmax

from pfc_analysis.fitting.estimation.learner_likelihood import LearnerLikelihood
from pfc_analysis.fitting.sessions.fit_trials import FitTrials
from pfc_analysis.learners.definition.memory import TRIAL


def draw_trials(
    n_arms: int = 2,
    rewards=(0.0, 1.0),
    *,
    sessions: int = 3,
    length: int = 40,
    questions: str = "bandit",
) -> FitTrials:
    """Choices and rewards at random; one in ten choices is not predicted, another not learned."""
    rng = np.random.default_rng(1)
    n = sessions * length
    records = np.zeros(n, TRIAL)
    records["choice"] = rng.integers(0, n_arms, n)
    records["second_state"] = -1
    records["reward"] = rng.choice(rewards, n)
    records["rewarded"] = records["reward"] > 0
    records["predicted"] = rng.random(n) > 0.1
    records["learned"] = rng.random(n) > 0.1
    return FitTrials(
        questions=questions,
        subjects=("one",),
        subject=np.zeros(sessions, np.int64),
        session=np.arange(sessions),
        first=np.arange(sessions + 1) * length,
        records=records,
        rows=np.arange(n),
        n_arms=n_arms,
        reward_scale=1.0,
    )


@pytest.fixture
def make_trials() -> Callable[..., FitTrials]:
    return draw_trials


def expect_equal(learner, trials: FitTrials, plain) -> None:
    """Hold a learner's log-likelihood to that of a plain learner of real numbers.

    `plain` returns two functions: the preferences, and the update by choice, reward, and whether
    there was a reward.
    """
    likelihood = LearnerLikelihood(type(learner), trials)
    values = [one.unconstrain(getattr(learner, one.name)) for one in likelihood.free]
    found, _ = likelihood.by_session(np.array(values))
    expected = []
    for begin, end in zip(trials.first[:-1], trials.first[1:], strict=True):
        prefer, update = plain(learner, trials.n_arms)
        total = 0.0
        for one in trials.records[begin:end]:
            if one["predicted"]:
                total += log_softmax(prefer())[one["choice"]]
            if one["learned"]:
                update(int(one["choice"]), float(one["reward"]), bool(one["rewarded"]))
        expected.append(total)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.fixture
def hold_to_plain():
    return expect_equal
