"""Every analysis, listed by the question that it answers.

An analysis is a function from a recording, of an agent or of an animal, to numbers with their
uncertainty. Choose a question; ``help(pfc_analysis.analysis.<name>)`` says what the recording must
hold, what comes back, in which units, and from which study the analysis is.

    import pfc_analysis as pfc
    recording = pfc.load("my_rats.csv")
    stay = pfc.analysis.compute_stay_probability(recording)

The functions are below in rooms: `choices`, `memory`, `learning`, `learners`, `neurons`,
`dynamics`, `signals`, `statistics`, `trials`. Each file of a room is one question.

Choices
-------
- Does the subject plan: does it stay or switch after each kind of trial? `compute_stay_probability`
- Does the subject still seem to plan if correct choices are controlled for?
  `compute_stay_regression`
- How far back do trials of each type affect the choice in the two-step task? `fit_choice_history`
- How far back do past rewards and choices affect the next choice? `fit_reward_history`
- How fast do fitted weights fade with the lag? `fit_decay`
- How probable is each choice, given weights that were fitted before? `predict_choice`
- How well does the policy of an agent in the animal's place predict the animal's choices?
  `compute_choice_likelihood`
- Are the choice probabilities predicted by the reward history right? `compute_choice_calibration`
- How often is an arm chosen, by the choices since it last paid? `compute_choice_since_reward`
- How often does the subject switch, by the choices since it last visited the other arm?
  `compute_choice_since_visit`
- How many times in a row does the subject choose the same arm? `compute_run_lengths`
- What are the ratios of choices and of rewards in each session? `compute_log_ratios`
- Do the ratios of choices match those of rewards? `fit_matching`
- Do other sessions fall on the same matching line? `compute_matching_residuals`
- Which sessions have a share of reward probability in a given range? `select_share`
- How often is the risky option chosen? `compute_risky_preference`
- Does a manipulation change the preference for risk? `compute_preference_change`

Memory
------
- Does the subject stay relative to the last trial, or to the trial that a cue reminds it of?
  `compute_cued_stay`
- How much do the last and the cued trial affect the choice, each given the other?
  `fit_memory_indices`
- Do choices follow the cued trial more than other trials that could have been cued?
  `compute_cue_effect`
- Is memory used more if it is recent, or reliable? `compute_memory_use`
- What of the cued trial can be read from units before and after the cue? `compute_reinstatement`

Habit
-----
- What do a network and a habit learner beside it contribute to choices, and which wins where they
  disagree? `compute_policy_contributions`

Learning
--------
- How much reward does the subject earn a trial? `compute_performance`
- Which share of an ideal observer's gain over chance does the subject earn? `compute_reward_share`
- How much reward is lost while finding out which arm pays more? `compute_regret`
- Which share of the best player's gain over chance follows from the regret?
  `compute_share_of_best`
- When does the subject stop exploring, on average? `compute_switch_trial`
- When does the subject stop exploring in each session? `find_switches`
- How many trials does each reversal take? `compute_trials_to_criterion`
- When does a problem count as learned? `LearningCriterion`
- How many problems are learned in a hundred choices? `compute_problem_rate`
- Does each reversal take fewer trials than the one before? `compute_reversal_improvement`
- Could a stopping rule alone explain that reversals take fewer trials? `compute_reversal_order`
- How many choices are correct in each trial of a problem? `compute_learning_set`
- How many problems were finished? `compute_finished`
- Which subjects solve a problem in one trial? `find_solvers`
- How does a learning set form over training? `compute_stage_curves`
- Which updates belong to each stage of training? `assign_stages`
- How high is the learning rate, and is it higher in volatile phases? `compute_learning_rate`
- How does the learning rate change from trial to trial? `compute_step_learning_rate`
- What is the average time course of a value over sessions of one schedule? `compute_schedule_mean`
- Do values rise when the world becomes volatile? `compute_switch_rise`
- Which arm is the better one when a session begins? `find_first_side`

Learners
--------
- What would a learner have expected in each trial of a recording? `run_learner`
- What is the best possible play of the two-step task? `IdealObserver`
- How does a learner choose that remembers cued trials? `EpisodicLearner`
- How does Thompson sampling play a bandit? `Thompson`
- How does a player with upper confidence bounds play a bandit? `UpperConfidenceBound`
- How does a player with Gittins indices play a bandit? `Gittins`
- What is the best possible play of two independent arms? `BayesOptimal`
- What is the best possible play of arms whose probabilities sum to one? `CorrelatedBayesOptimal`
- What would a subject choose that knows the probabilities of baited arms? `SurePayoff`
- What would a subject choose that infers the probabilities of baited arms? `BaitingObserver`
- What would a subject choose that compares the expected rewards of a risky and a safe arm?
  `ExpectedReward`
- What is the best possible play of a risky and a safe arm? `OptimalRisk`
- What would a subject choose that infers how volatile the world is? `BayesianVolatility`
- What would a learner that infers volatility have believed in each trial?
  `compute_bayesian_volatility`
- What would a subject choose that knows how a volatile world changes? `HazardObserver`
- What would an observer that knows these changes have believed in each trial?
  `compute_hazard_belief`
- What would an ideal observer of reversals have expected in each trial? `compute_observer_errors`
- What is the best possible play where an image or a side is to be learned? `WhatWhereObserver`
- What would that observer have believed in each trial? `compute_what_where_belief`
- What can a player earn in the two-step task with three rewards? `ThreeRewardsObserver`
- What would that player have expected of each picture? `compute_three_rewards_belief`

Neurons
-------
- Which task variables does each unit code, given the others? `compute_unit_coding`
- Which task variables are there to be coded at the start of a trial? `build_trial_factors`
- What is the activity when the units have seen an event, such as the outcome? `align_units`
- How does each unit depend on task variables? `regress_units`
- Is one predictor's effect on each unit more than chance? `permute_predictor`
- Which p values remain significant, corrected for the number of tests? `correct_p_values`
- Along which directions do hidden states vary most? `compute_principal_components`
- Where do states lie along these directions? `project_states`
- Do states order sessions by what the arms pay? `compute_payoff_order`
- Can a variable, such as the prediction error or the choice, be read from units or neurons?
  `decode_variable`
- Can the paying side be read from states around reversals? `decode_latent_state`
- Can the paying side and image be read from states in new problems? `decode_problem`
- Which features tell what units do (events, lags, a learner's values, states of an agent), and
  which of them better than others? `compare_encoding_models`
- Which of them, in each of several subjects and on average, also of signals such as dopamine?
  `compare_encoding_by_subject`
- Which set of features is the best, if any? `name_best_features`
- What are features, of which units may encode some? `FeatureSet`
- What happened in this trial and the last, as features? `build_event_features`
- What happened some trials back, as features? `build_lag_features`
- What would a learner have expected, as features? `build_learner_features`
- In which states were agents that lived through the trials, as features? `build_state_features`
- What did agents expect that lived through the trials, as features? `build_replay_features`
- Which variables, such as an observer's beliefs, are features? `select_features`
- What do several sets of features say together? `join_features`
- Would the comparison find the truth, with as many units and trials? `measure_identification`
- What would neurons do that follow given features? `simulate_neurons`
- How do such neurons fire? `NeuronSettings`
- What share of the units of each area codes a variable, beyond drift? `compute_coding_share`
- How much of each unit's variance do variables explain, beyond drift, and which of them more?
  `compute_explained_variance`
- Are the geometries of units and features alike, trial by trial? `compute_alignment`
- Are distances between conditions alike in units and features?
  `compute_representational_similarity`
- Which weights decode volatility from the units? `fit_volatility_decoder`
- How volatile is the world in each trial, as decoded from the units? `decode_volatility`
- How well can volatility be decoded from the units? `compute_decoding_score`
- Which units track volatility? `compute_volatility_tracking`

Dynamics
--------
- Where do repeated trials of one kind lead a network, and is that state stable?
  `find_fixed_points`
- How slowly does a network forget, by the kind of trial or by the regime? `compute_time_constants`
- How much does a reward change later choices in a network, and for how long?
  `compute_outcome_response`
- Where does each kind of trial push the states? `compute_state_flow`
- How do trials move the states of a system of one's own? `StateMaps`
- How is a system given by a function? `FunctionMap`
- How is a system given by the weights of an LSTM? `LSTMMap`
- In which order are these weights? `LSTMWeights`

Signals
-------
- Do an agent's prediction errors follow planning or model-free learning?
  `regress_prediction_error`
- Which single prediction errors enter that comparison? `compute_prediction_error_points`
- How large are prediction errors around reversals? `compute_cue_rpe`
- Do prediction errors follow what was only inferred? `compute_inferred_ratio`
- Does stimulation affect later choices as reward does? `regress_stimulation`
- How strong is stimulation, in units of reward? `compute_stimulation_effect`
- What is the time course of a signal around a cue? `compute_mean_traces`
- How much does a signal change in a window after a cue? `compute_window_response`
- How much does each single trace change in a window? `measure_windows`
- How large is a signal's response in each trial? `measure_trial_responses`
- Does a signal follow a prediction error in both its parts, reward and expectation?
  `regress_error_parts`
- Do two conditions differ in their responses? `compute_condition_difference`
- What does temporal-difference learning predict in conditioning? `simulate_conditioning`
- Which settings has a temporal-difference learner of conditioning? `TDConditioning`
- Which settings has a session of conditioning? `ConditioningSession`

Statistics
----------
- What is the mean over subjects, with its interval? `compute_subject_mean`
- What is the mean over subjects, or the value of a single subject? `summarise_subjects`
- Do two groups of subjects differ? `compute_group_difference`
- Which interval does a result give for one of its variables? `find_interval`
- What is the mean of a few values of unknown distribution? `bootstrap_mean`
- What is the mean of values that come in sessions? `estimate_clustered_mean`
- What is a proportion of trials that come in sessions? `estimate_clustered_proportions`
- What is the interval of a proportion of independent trials? `wilson_interval`
- How does a yes-or-no response depend on predictors? `fit_logistic`
- How does such a response depend on predictors whose effects differ between subjects?
  `fit_mixed_logistic`
- Which straight line goes through points of unequal scatter? `fit_line`

Trials
------
- Which trials lie just before and just after a reversal? `classify_reversal_trials`

Errors
------
- What is raised when a recording or a setting does not allow an analysis? `AnalysisError`
- What is raised when the recording lacks a variable? `MissingVariableError`
- What is raised when no trial is left to analyse? `EmptySelectionError`
- What is raised when predictors separate the choices, so that no finite estimate exists?
  `SeparationError`
"""

from pfc_analysis.front_door import open_front_door

# `__init__.pyi` lists the names, and each is imported when it is first used.
__getattr__, __dir__, __all__ = open_front_door(__name__, __file__)
