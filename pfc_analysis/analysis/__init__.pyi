"""The names that users call, each written once; `lazy_loader` imports a name on first use."""

from .choices.choice_calibration import compute_choice_calibration as compute_choice_calibration
from .choices.choice_likelihood import compute_choice_likelihood as compute_choice_likelihood
from .choices.choice_prediction import predict_choice as predict_choice
from .choices.history_regression import fit_choice_history as fit_choice_history
from .choices.matching_line import compute_log_ratios as compute_log_ratios
from .choices.matching_line import fit_matching as fit_matching
from .choices.matching_residuals import compute_matching_residuals as compute_matching_residuals
from .choices.matching_residuals import select_share as select_share
from .choices.reward_history import fit_reward_history as fit_reward_history
from .choices.reward_waiting import compute_choice_since_reward as compute_choice_since_reward
from .choices.reward_waiting import compute_choice_since_visit as compute_choice_since_visit
from .choices.risk_preference import compute_preference_change as compute_preference_change
from .choices.risk_preference import compute_risky_preference as compute_risky_preference
from .choices.run_lengths import compute_run_lengths as compute_run_lengths
from .choices.stay_probability import compute_stay_probability as compute_stay_probability
from .choices.stay_regression import compute_stay_regression as compute_stay_regression
from .choices.weight_decay import fit_decay as fit_decay
from .dynamics.lstm_map import LSTMMap as LSTMMap
from .dynamics.lstm_map import LSTMWeights as LSTMWeights
from .dynamics.network_fixed_points import find_fixed_points as find_fixed_points
from .dynamics.outcome_response import compute_outcome_response as compute_outcome_response
from .dynamics.state_flow import compute_state_flow as compute_state_flow
from .dynamics.state_map import FunctionMap as FunctionMap
from .dynamics.time_constants import compute_time_constants as compute_time_constants
from .dynamics.trial_maps import StateMaps as StateMaps
from .errors import AnalysisError as AnalysisError
from .errors import EmptySelectionError as EmptySelectionError
from .errors import MissingVariableError as MissingVariableError
from .errors import SeparationError as SeparationError
from .habit.policy_contributions import compute_policy_contributions as compute_policy_contributions
from .learners.baiting_learners import BaitingObserver as BaitingObserver
from .learners.baiting_learners import SurePayoff as SurePayoff
from .learners.bandit_learners import BayesOptimal as BayesOptimal
from .learners.bandit_learners import CorrelatedBayesOptimal as CorrelatedBayesOptimal
from .learners.bandit_learners import Gittins as Gittins
from .learners.bandit_learners import Thompson as Thompson
from .learners.bandit_learners import UpperConfidenceBound as UpperConfidenceBound
from .learners.bayesian_volatility import BayesianVolatility as BayesianVolatility
from .learners.bayesian_volatility import compute_bayesian_volatility as compute_bayesian_volatility
from .learners.episodic_learner import EpisodicLearner as EpisodicLearner
from .learners.hazard_observer import HazardObserver as HazardObserver
from .learners.hazard_observer import compute_hazard_belief as compute_hazard_belief
from .learners.learner_replay import run_learner as run_learner
from .learners.reversal_observer import compute_observer_errors as compute_observer_errors
from .learners.risk_learners import ExpectedReward as ExpectedReward
from .learners.risk_learners import OptimalRisk as OptimalRisk
from .learners.three_rewards_observer import ThreeRewardsObserver as ThreeRewardsObserver
from .learners.three_rewards_observer import (
    compute_three_rewards_belief as compute_three_rewards_belief,
)
from .learners.two_step_observer import IdealObserver as IdealObserver
from .learners.what_where_observer import WhatWhereObserver as WhatWhereObserver
from .learners.what_where_observer import compute_what_where_belief as compute_what_where_belief
from .learning.learning_criterion import LearningCriterion as LearningCriterion
from .learning.learning_rate import compute_learning_rate as compute_learning_rate
from .learning.learning_rate import compute_step_learning_rate as compute_step_learning_rate
from .learning.learning_set import compute_finished as compute_finished
from .learning.learning_set import compute_learning_set as compute_learning_set
from .learning.learning_set import find_solvers as find_solvers
from .learning.performance import compute_performance as compute_performance
from .learning.performance import compute_reward_share as compute_reward_share
from .learning.problem_rate import compute_problem_rate as compute_problem_rate
from .learning.regret import compute_regret as compute_regret
from .learning.regret import compute_share_of_best as compute_share_of_best
from .learning.reversal_learning import compute_reversal_improvement as compute_reversal_improvement
from .learning.reversal_learning import compute_trials_to_criterion as compute_trials_to_criterion
from .learning.reversal_order import compute_reversal_order as compute_reversal_order
from .learning.schedule_means import compute_schedule_mean as compute_schedule_mean
from .learning.schedule_means import compute_switch_rise as compute_switch_rise
from .learning.schedule_means import find_first_side as find_first_side
from .learning.stage_curves import assign_stages as assign_stages
from .learning.stage_curves import compute_stage_curves as compute_stage_curves
from .learning.switch_trial import compute_switch_trial as compute_switch_trial
from .learning.switch_trial import find_switches as find_switches
from .memory.cue_effect import compute_cue_effect as compute_cue_effect
from .memory.cued_stay import compute_cued_stay as compute_cued_stay
from .memory.memory_indices import fit_memory_indices as fit_memory_indices
from .memory.memory_use import compute_memory_use as compute_memory_use
from .memory.reinstatement import compute_reinstatement as compute_reinstatement
from .neurons.coding.coding_share import compute_coding_share as compute_coding_share
from .neurons.coding.explained_variance import (
    compute_explained_variance as compute_explained_variance,
)
from .neurons.coding.unit_coding import compute_unit_coding as compute_unit_coding
from .neurons.coding.unit_regression import regress_units as regress_units
from .neurons.decoding.latent_decoding import decode_latent_state as decode_latent_state
from .neurons.decoding.problem_decoding import decode_problem as decode_problem
from .neurons.decoding.variable_decoding import decode_variable as decode_variable
from .neurons.encoding.encoding_by_subject import (
    compare_encoding_by_subject as compare_encoding_by_subject,
)
from .neurons.encoding.encoding_models import compare_encoding_models as compare_encoding_models
from .neurons.encoding.model_naming import name_best_features as name_best_features
from .neurons.features.feature_set import FeatureSet as FeatureSet
from .neurons.features.feature_set import join_features as join_features
from .neurons.features.feature_set import select_features as select_features
from .neurons.features.learner_features import build_learner_features as build_learner_features
from .neurons.features.replay_features import build_replay_features as build_replay_features
from .neurons.features.state_features import build_state_features as build_state_features
from .neurons.features.trial_features import build_event_features as build_event_features
from .neurons.features.trial_features import build_lag_features as build_lag_features
from .neurons.identification.identification import measure_identification as measure_identification
from .neurons.identification.simulated_neurons import NeuronSettings as NeuronSettings
from .neurons.identification.simulated_neurons import simulate_neurons as simulate_neurons
from .neurons.similarity.dissimilarity import (
    compute_representational_similarity as compute_representational_similarity,
)
from .neurons.similarity.kernel_alignment import compute_alignment as compute_alignment
from .neurons.states.payoff_order import compute_payoff_order as compute_payoff_order
from .neurons.states.state_space import compute_principal_components as compute_principal_components
from .neurons.states.state_space import project_states as project_states
from .neurons.trial_factors import build_trial_factors as build_trial_factors
from .neurons.unit_alignment import align_units as align_units
from .neurons.volatility.volatility_decoding import compute_decoding_score as compute_decoding_score
from .neurons.volatility.volatility_decoding import decode_volatility as decode_volatility
from .neurons.volatility.volatility_decoding import fit_volatility_decoder as fit_volatility_decoder
from .neurons.volatility.volatility_tracking import (
    compute_volatility_tracking as compute_volatility_tracking,
)
from .signals.error_parts import regress_error_parts as regress_error_parts
from .signals.inferred_rpe import compute_cue_rpe as compute_cue_rpe
from .signals.inferred_rpe import compute_inferred_ratio as compute_inferred_ratio
from .signals.mean_traces import compute_mean_traces as compute_mean_traces
from .signals.prediction_error import (
    compute_prediction_error_points as compute_prediction_error_points,
)
from .signals.prediction_error import regress_prediction_error as regress_prediction_error
from .signals.stimulation import compute_stimulation_effect as compute_stimulation_effect
from .signals.stimulation import regress_stimulation as regress_stimulation
from .signals.td_conditioning import ConditioningSession as ConditioningSession
from .signals.td_conditioning import TDConditioning as TDConditioning
from .signals.td_conditioning import simulate_conditioning as simulate_conditioning
from .signals.trace_windows import compute_condition_difference as compute_condition_difference
from .signals.trace_windows import compute_window_response as compute_window_response
from .signals.trace_windows import measure_windows as measure_windows
from .signals.trial_responses import measure_trial_responses as measure_trial_responses
from .statistics.bootstrap import bootstrap_mean as bootstrap_mean
from .statistics.clustered_proportion import (
    estimate_clustered_proportions as estimate_clustered_proportions,
)
from .statistics.clustered_proportion import wilson_interval as wilson_interval
from .statistics.logistic import fit_logistic as fit_logistic
from .statistics.means_over_subjects import compute_group_difference as compute_group_difference
from .statistics.means_over_subjects import compute_subject_mean as compute_subject_mean
from .statistics.means_over_subjects import find_interval as find_interval
from .statistics.means_over_subjects import summarise_subjects as summarise_subjects
from .statistics.mixed_logistic import fit_mixed_logistic as fit_mixed_logistic
from .statistics.multiple_tests import correct_p_values as correct_p_values
from .statistics.permutation import permute_predictor as permute_predictor
from .statistics.session_sums import estimate_clustered_mean as estimate_clustered_mean
from .statistics.straight_line import fit_line as fit_line
from .trials.reversal_trials import classify_reversal_trials as classify_reversal_trials
