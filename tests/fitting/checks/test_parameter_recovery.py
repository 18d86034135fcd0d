"""Recovery: what can be estimated comes back, what cannot is named."""

import numpy as np
import pytest

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.fitting.checks.parameter_recovery import Recovered, recover_parameters
from pfc_analysis.fitting.checks.player_draws import describe_players
from pfc_analysis.fitting.checks.recovery_summary import describe_recovery, summarise_recovery
from pfc_analysis.fitting.designs.read_design import read_design
from pfc_analysis.fitting.estimation.maximum_likelihood import fit_maximum
from pfc_analysis.fitting.sessions.fit_trials import read_fit_trials
from pfc_analysis.learners import ARMS, Learner, fraction, positive
from pfc_analysis.tasks.bandit import Bandit


class TwoScales(Learner):
    """Values are multiplied by two weights, of which only the product matters."""

    suits = ("bandit",)
    memory = {"value": (ARMS,)}

    alpha: float = fraction(0.3, "learning rate")
    gain: float = positive(2.0, "one weight", prior_mean=0.5, prior_sd=0.7)
    scale: float = positive(2.0, "the other weight", prior_mean=0.5, prior_sd=0.7)

    def start(memory, p):
        memory.value[:] = 0.0

    def prefer(memory, p, preference):
        preference[:] = p.gain * p.scale * memory.value

    def update(memory, p, trial):
        memory.value[trial.choice] += p.alpha * (trial.reward - memory.value[trial.choice])


@pytest.fixture(scope="module")
def design():
    played = pfc.simulate(
        pfc.learners.QLearning(), Bandit(arms="independent"), sessions=20, seed=1, subject="one"
    )
    return read_design(played, read_fit_trials(played, "bandit"))


@pytest.fixture(scope="module")
def redundant(design):
    short = design.select_sessions(np.arange(10))
    return recover_parameters(
        TwoScales,
        short,
        np.random.default_rng(1),
        fixed={"alpha": 0.3},
        n_players=20,
        repeats=(1, 2),
        n_threads=1,
    )


def test_parameters_of_q_learning_come_back(design):
    found = recover_parameters(
        pfc.learners.QLearning, design, np.random.default_rng(1), n_players=40, n_threads=1
    )
    assert found["identifiable"].values.tolist() == [1, 1]
    assert found["repeat"].values.tolist() == [1]  # no curve is needed
    assert np.all(found["coverage_upper"] > 0.95)
    assert np.all(found["coverage"] > 0.85)
    assert float(found["n_trials"][0]) == 2000
    assert found.attrs["sentences"] == [
        "All parameters of q_learning are identifiable: r is at least 0.9."
    ]


def test_two_weights_of_which_only_the_product_matters_are_named(redundant):
    assert redundant["parameter"].values.tolist() == ["gain", "scale"]
    assert redundant["identifiable"].values.tolist() == [0, 0]
    # The product comes back, the weights' errors cancel, and more trials do not help.
    error = (redundant["estimate"] - redundant["true"]).values[0]
    assert np.median(np.abs(error.sum(axis=1))) < 0.5 * np.median(np.abs(error))
    assert redundant["error_correlation"].sel(repeat=1, parameter="gain", other="scale") < -0.7
    assert redundant["repeat"].values.tolist() == [1, 2]
    assert np.all(redundant["r"].sel(parameter="gain") < 0.9)
    said = "\n".join(redundant.attrs["sentences"])
    assert "gain of two_scales is not identifiable with these trials (1,000 choices" in said
    assert "Estimates of gain and scale trade off" in said
    assert "With 2 times the trials it is" in said


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_threads(design):
    small = design.select_sessions(np.arange(5))
    first, again = (
        recover_parameters(
            pfc.learners.QLearning,
            small,
            np.random.default_rng(1),
            n_players=6,
            repeats=[1],
            n_threads=threads,
        )
        for threads in (1, 2)
    )
    assert first.identical(again)


def test_correlations_and_coverage_are_what_they_are_called(design):
    rng = np.random.default_rng(1)
    free = pfc.learners.QLearning.parameters()
    true = rng.normal([0.0, 1.0], 0.5, (50, 2))
    error = rng.normal(0, 0.5, (50, 2))
    reach = rng.uniform(0, 1.5, (50, 2))
    reach[0] = np.nan  # a fit without limits
    estimate = true + error
    runs = {1: Recovered(true, estimate, estimate - reach, estimate + reach)}
    found = summarise_recovery(runs, free, {"one": design}).isel(repeat=0)
    for k in range(2):
        assert found["r"][k] == pytest.approx(np.corrcoef(true[:, k], estimate[:, k])[0, 1])
    assert found["bias"].values == pytest.approx(error.mean(axis=0))
    held = (np.abs(error) <= reach)[1:].mean(axis=0)
    assert found["coverage"].values == pytest.approx(held)
    assert found["n_intervals"].values.tolist() == [49, 49]


def test_an_estimate_that_ran_off_counts_as_at_a_limit(design):
    true = np.random.default_rng(1).normal(0, 1, (40, 2))
    estimate = true.copy()
    estimate[3, 0] = 30.0
    runs = {1: Recovered(true, estimate, true, true)}
    found = summarise_recovery(runs, pfc.learners.QLearning.parameters(), {"one": design})
    assert found["n_run_off"].values[0].tolist() == [1, 0]
    assert float(found["estimate"].max()) == 30.0
    limited = np.where(estimate[:, 0] > 4.5, 4.5, estimate[:, 0])  # 3 x the prior's 1.5
    assert found["r"].values[0, 0] == pytest.approx(np.corrcoef(true[:, 0], limited)[0, 1])
    assert "r of true and recovered" in describe_recovery(found, "q")[0]


def test_players_are_drawn_around_fits(design):
    learner = pfc.learners.QLearning
    fit = fit_maximum(learner, design.trials, np.random.default_rng(1), n_threads=1)
    mean, spread = describe_players(fit.free, [fit])
    assert mean == pytest.approx(fit.unconstrained)
    assert spread == pytest.approx([0.75, 0.5])  # half of the priors'
    with pytest.raises(AnalysisError, match=r"fits: found a fit of QLearning .* expected alpha"):
        describe_players(TwoScales.parameters(), [fit])
