"""Confusion of learners: identity for different ones, a sentence for equal ones."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.checks.confusion_summary import describe_confusion, summarise_confusion
from pfc_analysis.fitting.checks.model_confusion import confuse_learners
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.designs.simulate_design import simulate_design
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import ARMS, Learner, fraction, real
from pfc_analysis.tasks.bandit import Bandit


class Repeater(Learner):
    """Repeats choices, whatever they pay."""

    suits = ("bandit",)
    memory = {"habit": (ARMS,)}
    alpha: float = fraction(0.3, "rate")
    strength: float = real(2.0, "weight of the habit")

    def start(memory, p):
        memory.habit[:] = 0.5

    def prefer(memory, p, preference):
        preference[:] = p.strength * memory.habit

    def update(memory, p, trial):
        memory.habit[:] *= 1.0 - p.alpha
        memory.habit[trial.choice] += p.alpha


class Twin(Learner):
    """The same as `Repeater` by another name."""

    suits = ("bandit",)
    memory = Repeater.memory
    alpha: float = fraction(0.3, "rate")
    strength: float = real(2.0, "weight of the habit")
    start, prefer, update = Repeater.start, Repeater.prefer, Repeater.update


@pytest.fixture(scope="module")
def design():
    played = pfc.simulate(
        pfc.learners.QLearning(), Bandit(arms="independent"), sessions=10, seed=1, subject="one"
    )
    return read_design(played, read_fit_trials(played, "bandit"))


@pytest.fixture(scope="module")
def fits(design):
    strong = {
        "q_learning": pfc.learners.QLearning(alpha=0.3, inverse_temperature=5.0),
        "repeater": Repeater(alpha=0.5, strength=3.0),
    }
    rng = np.random.default_rng(1)
    return {
        name: [fit_maximum(type(one), simulate_design(one, design, rng), rng, n_threads=1)]
        for name, one in strong.items()
    }


@pytest.mark.parametrize("criterion", ["bic", "held_out"])
def test_different_learners_are_told_apart(design, fits, criterion):
    found = confuse_learners(
        [pfc.learners.QLearning, Repeater],
        design,
        np.random.default_rng(1),
        fits=fits,
        criterion=criterion,
        n_repeats=12,
        n_threads=1,
    )
    assert found["count"].values.tolist() == [[12, 0], [0, 12]]
    assert found["inverse_share"].values.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found["score_difference"].values.max() == 0.0
    assert found.attrs["sentences"] == [
        "Of each learner's 12 simulated data sets, no other learner won more than 10%."
    ]


def test_equal_learners_are_named(design):
    found = confuse_learners(
        [Repeater, Twin], design, np.random.default_rng(1), n_repeats=6, n_threads=1
    )
    assert abs(found["score_difference"]).max() < 0.1
    said = found.attrs["sentences"]
    assert len(said) == 1
    assert "These trials cannot tell repeater and twin apart: of 6 data sets of " in said[0]


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_threads(design):
    first, again = (
        confuse_learners(
            [Repeater, pfc.learners.QLearning],
            design.select_sessions(np.arange(4)),
            np.random.default_rng(1),
            n_repeats=3,
            n_threads=threads,
        )
        for threads in (1, 2)
    )
    assert first.identical(again)


def test_rows_are_the_generating_learners():
    # Learner a wins 3 of its 4 data sets, b all of its 2.
    scores = np.array([[0, -1], [0, -2], [0, -3], [-4, 0], [-5, 0], [-6, 0]], dtype=float)
    found = summarise_confusion(scores, np.array([0, 0, 0, 0, 1, 1]), ["a", "b"])
    assert found["count"].sel(generating="a").values.tolist() == [3, 1]
    assert found["share"].sel(generating="b").values.tolist() == [0.0, 1.0]
    # Of the choices of b, 1 / (1/4 + 1) are right where both are as frequent.
    assert found["inverse_share"].sel(generating="b", chosen="b") == pytest.approx(0.8)
    assert found["score_difference"].sel(generating="a", chosen="b") == pytest.approx(-0.5)
    # Wilson (1927): 1 of 4 is .046 to .699.
    assert found["lower"].sel(generating="a", chosen="b") == pytest.approx(0.0456, abs=1e-4)
    assert found["upper"].sel(generating="a", chosen="b") == pytest.approx(0.6994, abs=1e-4)
    assert describe_confusion(found) == [
        "These trials cannot tell a and b apart: of 4 data sets of a, b won 1 (5% to 70%) (more "
        "than 10%)."
    ]


def test_what_cannot_be_compared_is_refused(design, fits):
    rng = np.random.default_rng(1)
    with pytest.raises(AnalysisError, match="learners: found repeater; expected two or more"):
        confuse_learners([Repeater], design, rng)
    wrong = {"q_learning": fits["q_learning"] * 2}
    with pytest.raises(AnalysisError, match=r"fits\['q_learning'\]: found 2 fit\(s\), expected"):
        confuse_learners([Repeater, pfc.learners.QLearning], design, rng, fits=wrong)
