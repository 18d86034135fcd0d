"""One small result of every public analysis that returns xarray, by the name of the function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import pfc_analysis.analysis as an
from pfc_analysis.dynamics.agent_maps import state_maps
from pfc_analysis.learners import ModelBased
from pfc_analysis.recording.record import record
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.recording.simulate import simulate
from pfc_analysis.tasks.episodic_two_step import EpisodicTwoStep
from pfc_analysis.tasks.matching import Matching
from pfc_analysis.tasks.two_step import TwoStep
from pfc_analysis.tasks.volatility import VolatileBandit

Result = xr.Dataset | xr.DataArray


def rng() -> np.random.Generator:
    """A generator in its first state."""
    return np.random.default_rng(0)


@cache
def agent(experiment: str, sessions: int, *settings: tuple[str, Any]) -> xr.Dataset:
    """Two shipped replicas in a few sessions."""
    played = record(experiment, sessions=sessions, task=dict(settings))
    return played.isel(trial=played["subject"].isin(["seed_1", "seed_2"]).values)


@cache
def single_agent() -> xr.Dataset:
    """One replica in the two-step task."""
    played = agent("two_step", 6)
    return played.isel(trial=played["subject"].values == "seed_1")


def first_states() -> xr.DataArray:
    """Its states at the start of trials."""
    return single_agent()["hidden"].sel(step="fixation")


def events() -> an.FeatureSet:
    """What happened in its last trials."""
    return an.build_event_features(single_agent())


@cache
def planner() -> xr.Dataset:
    """A planning learner, of whose trials some are marked as stimulated."""
    played = simulate(ModelBased(0.5, 5.0), TwoStep(), sessions=20, seed=1, subject="planner")
    flags = rng().random(played.sizes["trial"]) < 0.3
    return played.assign(stimulated=("trial", flags.astype(int)))


@cache
def forager() -> xr.Dataset:
    """The observer of the matching task."""
    task = Matching(range="whole", shortest=100)
    return simulate(an.BaitingObserver(prior="gaps"), task, sessions=60, seed=1, subject="one")


@cache
def volatile() -> xr.Dataset:
    """The observer of the volatility task, in a test."""
    task = VolatileBandit("stable_first")
    return simulate(an.HazardObserver(), task, sessions=12, seed=1, subject="one")


@cache
def problems() -> xr.Dataset:
    """Problems of two images with made-up states, of two subjects."""
    n = 80
    draw = rng()
    columns = {
        "rewarded_side": draw.integers(0, 2, 2 * n),
        "correct": draw.integers(0, 2, 2 * n),
    }
    return xr.Dataset(
        {
            **{name: ("trial", values) for name, values in columns.items()},
            "hidden": (("trial", "step", "unit"), draw.normal(size=(2 * n, 2, 5))),
        },
        {
            "subject": ("trial", np.repeat(["a", "b"], n)),
            "session": ("trial", np.tile(np.arange(n // 2).repeat(2), 2)),
            "trial_in_session": ("trial", np.tile([0, 1], n)),
            "step": ["stimuli", "choice"],
        },
    )


@cache
def traces() -> xr.Dataset:
    """Photometry of two subjects around two cues."""
    cue, time = np.tile([0, 1], 20), np.arange(-4, 8) * 0.25
    signal = rng().normal(size=(40, time.size)) + (cue == 0)[:, None] * (time >= 0)
    return xr.Dataset(
        {
            "photometry": (("trial", "time"), signal, {"units": "dF/F"}),
            "cue": ("trial", cue, {"labels": ["CS+", "CS-"]}),
        },
        {"subject": ("trial", np.repeat(["a", "b"], 20)), "time": time},
    )


def window_response() -> xr.Dataset:
    """Responses to both cues."""
    return an.compute_window_response(traces(), "photometry", (0.0, 1.0))


def two_step() -> xr.Dataset:
    """Agents of the two-step task."""
    return agent("two_step", 6)


def volatility() -> xr.Dataset:
    """Agents of the volatility task, in its training process."""
    return agent("volatility", 12, ("schedule", "training"))


def inferred() -> xr.Dataset:
    """Agents of the inferred value task."""
    return agent("inferred_value", 60)


def bandit() -> xr.Dataset:
    """Agents of the bandit on fixed arms."""
    return agent("bandit_correlated", 12, ("arms", "fixed"), ("left", 0.6), ("right", 0.4))


def responded(two: xr.Dataset) -> np.ndarray:
    """Trials of one agent that have a trial before them."""
    later = (two["trial_in_session"] > 0) & (two["choice"] >= 0)
    return ((two["subject"] == "seed_1") & later).values


def one_agent() -> xr.Dataset:
    """One agent, without the first trial of each session."""
    return two_step().isel(trial=responded(two_step()))


def states() -> xr.DataArray:
    """Activity of one agent at the first step."""
    return one_agent()["hidden"].isel(step=0, drop=True)


def factors() -> xr.Dataset:
    """What happened around the states."""
    two = two_step()
    return an.build_trial_factors(two).isel(trial=responded(two))


def criterion() -> xr.Dataset:
    """Trials to criterion of agents in serial reversal."""
    return an.compute_trials_to_criterion(agent("serial_reversal", 3), across_sessions=False)


def preference(block: str | None = None) -> xr.Dataset:
    """Risky choices of agents."""
    with_block = {} if block is None else {"interventions": [block]}
    played = record("risky_choice", sessions=6, units=False, **with_block)
    return an.compute_risky_preference(played)


def logs() -> dict[str, pd.DataFrame]:
    """Training logs of two replicas."""
    columns = {"update": 1, "sessions": 16, "reward_per_trial": 0.02} | {
        f"correct_{trial}": 0.02 for trial in range(1, 7)
    }
    table = pd.DataFrame({name: np.arange(40) * size for name, size in columns.items()})
    return {"seed_1": table, "seed_2": table}


@cache
def reminded() -> xr.Dataset:
    """A learner that remembers, in the episodic two-step task, with made-up units."""
    learner, task = an.EpisodicLearner(1.0, 0.0, 2.0), EpisodicTwoStep()
    played = simulate(learner, task, sessions=9, seed=1, subject="one")
    cell = rng().normal(size=(played.sizes["trial"], len(task.steps), 3))
    return played.assign(cell=(("trial", "step", "unit"), cell))


@cache
def maps() -> an.StateMaps:
    played = agent("two_step", 2)
    return state_maps("two_step", played)


EXAMPLES: dict[str, Callable[[], Result]] = {
    "align_units": lambda: an.align_units(two_step(), "outcome"),
    "assign_stages": lambda: an.assign_stages(np.linspace(0, 1, 60), 5),
    "build_trial_factors": lambda: an.build_trial_factors(two_step()),
    "classify_reversal_trials": lambda: an.classify_reversal_trials(inferred()),
    "compute_bayesian_volatility": lambda: an.compute_bayesian_volatility(
        volatile().isel(trial=slice(0, 200))
    ),
    "compute_choice_likelihood": lambda: an.compute_choice_likelihood(
        replay("two_step", planner(), units=False)
    ),
    "compute_choice_calibration": lambda: an.compute_choice_calibration(forager(), n_lags=3),
    "compute_choice_since_reward": lambda: an.compute_choice_since_reward(forager()),
    "compute_choice_since_visit": lambda: an.compute_choice_since_visit(forager()),
    "compute_condition_difference": lambda: an.compute_condition_difference(
        window_response(), "CS+", "CS-"
    ),
    "compute_cue_rpe": lambda: an.compute_cue_rpe(inferred()),
    "compute_decoding_score": lambda: an.compute_decoding_score(volatility()),
    "compute_finished": lambda: an.compute_finished(problems(), 2),
    "compute_group_difference": lambda: an.compute_group_difference(
        an.compute_performance(two_step())["reward"], an.compute_performance(two_step())["reward"]
    ),
    "compute_hazard_belief": lambda: an.compute_hazard_belief(
        volatile(), an.HazardObserver("stable_first")
    ),
    "compute_inferred_ratio": lambda: an.compute_inferred_ratio(inferred(), rng()),
    "compute_learning_rate": lambda: an.compute_learning_rate(volatile()),
    "compute_learning_set": lambda: an.compute_learning_set(problems(), 2),
    "compute_log_ratios": lambda: an.compute_log_ratios(forager()),
    "compute_matching_residuals": lambda: an.compute_matching_residuals(
        an.compute_log_ratios(forager()), an.fit_matching(an.compute_log_ratios(forager()))
    ),
    "compute_mean_traces": lambda: an.compute_mean_traces(traces(), "photometry"),
    "compute_observer_errors": lambda: an.compute_observer_errors(inferred()),
    "compute_payoff_order": lambda: an.compute_payoff_order(
        agent("bandit_correlated", 40), trials=[10, 99]
    ),
    "compute_policy_contributions": lambda: an.compute_policy_contributions(
        agent("two_step_habit", 2)
    ),
    "compute_performance": lambda: an.compute_performance(two_step()),
    "compute_prediction_error_points": lambda: an.compute_prediction_error_points(two_step()),
    "compute_preference_change": lambda: an.compute_preference_change(
        preference(), preference("block_risky_reward"), expected_direction=-1
    ),
    "compute_principal_components": lambda: an.compute_principal_components(states(), 2),
    "compute_problem_rate": lambda: an.compute_problem_rate(agent("serial_reversal", 3)),
    "compute_regret": lambda: an.compute_regret(bandit()),
    "compute_reversal_improvement": lambda: an.compute_reversal_improvement(criterion(), rng()),
    "compute_reversal_order": lambda: an.compute_reversal_order(
        criterion(), rng(), stop_below=10.0
    ),
    "compute_reward_share": lambda: an.compute_reward_share(
        an.compute_performance(two_step()), 0.5, 0.8
    ),
    "compute_risky_preference": preference,
    "compute_cue_effect": lambda: an.compute_cue_effect(reminded()),
    "compute_cued_stay": lambda: an.compute_cued_stay(reminded()),
    "compute_memory_use": lambda: an.compute_memory_use(reminded(), bins=2),
    "compute_reinstatement": lambda: an.compute_reinstatement(
        reminded(), rng(), n_folds=3, n_permutations=19
    ),
    "fit_memory_indices": lambda: an.fit_memory_indices(reminded()),
    "compute_run_lengths": lambda: an.compute_run_lengths(forager()),
    "compute_schedule_mean": lambda: an.compute_schedule_mean(volatile()["reward"]),
    "compute_share_of_best": lambda: an.compute_share_of_best(
        an.compute_regret(bandit()).isel(trial_in_session=-1, drop=True), 10.0, 1.0
    ),
    "compute_stage_curves": lambda: an.compute_stage_curves(logs(), 5),
    "compute_stay_probability": lambda: an.compute_stay_probability(planner()),
    "compute_stay_regression": lambda: an.compute_stay_regression(planner()),
    "compute_step_learning_rate": lambda: an.compute_step_learning_rate(volatile(), 150),
    "compute_stimulation_effect": lambda: an.compute_stimulation_effect(planner(), rng()),
    "compute_subject_mean": lambda: an.compute_subject_mean(
        an.compute_performance(two_step())["reward"]
    ),
    "compute_switch_rise": lambda: an.compute_switch_rise(
        volatile()["reward"], volatile(), 20, (20, 60)
    ),
    "compute_switch_trial": lambda: an.compute_switch_trial(bandit()),
    "compute_three_rewards_belief": lambda: an.compute_three_rewards_belief(
        agent("two_step_three_rewards", 3)
    ),
    "compute_trials_to_criterion": criterion,
    "compute_outcome_response": lambda: an.compute_outcome_response(maps(), n_sessions=1),
    "compute_state_flow": lambda: an.compute_state_flow(maps()),
    "compute_time_constants": lambda: an.compute_time_constants(maps(), n_states=5),
    "find_fixed_points": lambda: an.find_fixed_points(maps(), n_starts=2),
    "compute_unit_coding": lambda: an.compute_unit_coding(two_step(), rng()),
    "compute_coding_share": lambda: an.compute_coding_share(
        first_states(),
        an.build_trial_factors(single_agent())[["last_action"]],
        rng(),
        by=None,
        n_permutations=19,
    ),
    "compute_explained_variance": lambda: an.compute_explained_variance(
        first_states(), [events()], rng(), by=None, n_shifts=5
    ),
    "compare_encoding_by_subject": lambda: an.compare_encoding_by_subject(
        two_step()["hidden"].sel(step="fixation"),
        an.build_event_features(two_step()),
        [an.build_lag_features(two_step(), 2)],
        n_folds=3,
    ),
    "measure_trial_responses": lambda: an.measure_trial_responses(
        traces().assign_coords(
            session=("trial", np.zeros(40, int)), trial_in_session=("trial", np.arange(40))
        ),
        "photometry",
        (0.0, 0.5),
    ),
    "regress_error_parts": lambda: an.regress_error_parts(
        single_agent()["rpe"].sel(event="outcome", drop=True) + rng().normal(size=600),
        single_agent(),
        an.build_replay_features(single_agent(), single_agent(), {"rpe": "outcome"}),
    ),
    "compare_encoding_models": lambda: an.compare_encoding_models(
        first_states(), events(), [an.build_lag_features(single_agent(), 2)], n_folds=3
    ),
    "compute_alignment": lambda: an.compute_alignment(first_states(), [events()], rng()),
    "compute_representational_similarity": lambda: an.compute_representational_similarity(
        first_states(), single_agent()["trial_in_session"] % 4, [events()], n_folds=4
    ),
    "measure_identification": lambda: an.measure_identification(
        single_agent(),
        events(),
        [an.build_lag_features(single_agent(), 2)],
        rng(),
        n_simulations=1,
        settings=an.NeuronSettings(n_units=5),
        comparison={"n_folds": 3},
    ),
    "simulate_neurons": lambda: an.simulate_neurons(
        single_agent(), {"events": (events(), 0.2)}, rng(), an.NeuronSettings(n_units=3)
    ),
    "compute_volatility_tracking": lambda: an.compute_volatility_tracking(volatility()),
    "compute_what_where_belief": lambda: an.compute_what_where_belief(agent("what_where", 3)),
    "compute_window_response": window_response,
    "correct_p_values": lambda: an.correct_p_values(
        xr.DataArray([0.01, 0.2], {"test": ["a", "b"]}, "test", "p_value"), dim="test"
    ),
    "decode_latent_state": lambda: an.decode_latent_state(inferred()),
    "decode_problem": lambda: an.decode_problem(
        problems(), *rng().random((2, problems().sizes["trial"], 3)), n_trials=2
    ),
    "decode_variable": lambda: an.decode_variable(
        two_step(), "reward", rng(), event="outcome", n_permutations=19
    ),
    "decode_volatility": lambda: an.decode_volatility(
        volatility(), an.fit_volatility_decoder(volatility())
    ),
    "find_first_side": lambda: an.find_first_side(volatile()),
    "find_solvers": lambda: an.find_solvers(
        xr.DataArray(
            [[0.5, 0.9], [0.5, 0.2]],
            {"subject": ["a", "b"], "trial": [1, 2]},
            ("subject", "trial"),
        )
    ),
    "find_switches": lambda: an.find_switches(bandit()),
    "fit_choice_history": lambda: an.fit_choice_history(planner(), ridge=1.0),
    "fit_matching": lambda: an.fit_matching(an.compute_log_ratios(forager())),
    "fit_reward_history": lambda: an.fit_reward_history(forager(), 3),
    "fit_volatility_decoder": lambda: an.fit_volatility_decoder(volatility()),
    "permute_predictor": lambda: an.permute_predictor(
        states(),
        factors(),
        "last_reward",
        rng(),
        n_permutations=20,
    ),
    "predict_choice": lambda: an.predict_choice(forager(), an.fit_reward_history(forager(), 3)),
    "project_states": lambda: an.project_states(
        states(), an.compute_principal_components(states(), 2)
    ),
    "regress_prediction_error": lambda: an.regress_prediction_error(
        two_step(), rng(), n_bootstrap=20
    ),
    "regress_stimulation": lambda: an.regress_stimulation(planner(), n_lags=2, ridge=1.0),
    "regress_units": lambda: an.regress_units(states(), factors()),
    "run_learner": lambda: an.run_learner(ModelBased(0.5, 5.0), planner()),
    "simulate_conditioning": lambda: an.simulate_conditioning(
        an.TDConditioning(), [an.ConditioningSession(1, 10, 1.0, 0.5)], 0.1, (-1.0, 2.0)
    ),
    "summarise_subjects": lambda: an.summarise_subjects(
        an.compute_performance(two_step()), "reward"
    ),
}
"""Plain numbers (`fit_line`), selections (`select_share`) and bounds (`find_interval`) aside."""
