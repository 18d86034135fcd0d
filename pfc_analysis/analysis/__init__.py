"""Every analysis, listed by the question that it answers.

An analysis is a function from a recording, of an agent or of an animal, to numbers with their
uncertainty. Choose a question; ``help(pfc_analysis.analysis.<name>)`` says what the recording must
hold, what comes back, in which units, and from which study the analysis is.

    import pfc_analysis as pfc
    recording = pfc.load("my_rats.csv")
    stay = pfc.analysis.compute_stay_probability(recording)

The functions are below in rooms: `choices`, `learning`, `learners`, `neurons`, `signals`,
`statistics`, `trials`. Each file of a room is one question.

Choices
-------
- Does the subject plan: does it stay or switch after each kind of trial? `compute_stay_probability`
- Does it still look so when having chosen well is controlled for? `compute_stay_regression`
- How far back do trials of each type affect the choice in the two-step task? `fit_choice_history`
- How far back do past rewards and choices affect the next choice? `fit_reward_history`
- How fast do such weights fade with the lag? `fit_decay`
- Which choice do fitted weights predict in each trial? `predict_choice`
- Are the predicted choice probabilities right? `compute_choice_calibration`
- How often is an arm chosen, by the choices since it last paid? `compute_choice_since_reward`
- How often does the subject switch, by the choices since it last visited the other arm?
  `compute_choice_since_visit`
- How many times in a row does the subject choose the same arm? `compute_run_lengths`
- Which ratios of choices and of rewards has each session? `compute_log_ratios`
- Do the ratios of choices match those of rewards? `fit_matching`
- Do other sessions fall on the same matching line? `compute_matching_residuals`
- Which points of the matching line lie in a range of reward probability? `select_share`
- How often is the risky option chosen? `compute_risky_preference`
- Does a manipulation change the preference for risk? `compute_preference_change`

Learning
--------
- How much reward does the subject earn a trial? `compute_performance`
- Which share of what an ideal observer earns above chance is that? `compute_reward_share`
- How much reward is lost while finding out which arm pays more? `compute_regret`
- Which share of what the best player earns above chance is that? `compute_share_of_best`
- When does the subject stop exploring? `compute_switch_trial`
- When does it stop exploring in each single session? `find_switches`
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
- How high is the learning rate in stable and in volatile phases? `compute_learning_rate`
- How does the learning rate change from trial to trial? `compute_step_learning_rate`
- How do values run, on average over sessions of one schedule? `compute_schedule_mean`
- Do values rise when the world becomes volatile? `compute_switch_rise`
- Which arm is the better one when a session begins? `find_first_side`

Learners
--------
- Which parameters of a learner explain a subject's choices best? `fit_learner`
- What would a learner have expected in each trial of a recording? `run_learner`
- Which methods must a learner of one's own have? `Learner`
- How does one choose who plans with a model of the transitions? `ModelBased`
- How does one choose who learns values step by step, without a model? `ModelFreeChained`
- How does one choose who only repeats what was rewarded? `ModelFreeDirect`
- How does one choose who takes the last outcome as a cue? `RewardAsCue`
- How does one choose who infers which state pays? `LatentState`
- What is the best possible play of the two-step task? `IdealObserver`
- How does Thompson sampling play a bandit? `Thompson`
- How does a player with upper confidence bounds play a bandit? `UpperConfidenceBound`
- How does a player with Gittins indices play a bandit? `Gittins`
- What is the best possible play of two independent arms? `BayesOptimal`
- What is the best possible play of arms whose probabilities sum to one? `CorrelatedBayesOptimal`
- What is the best next choice for one who knows how baited arms pay? `SurePayoff`
- How does one choose who infers how baited arms pay? `BaitingObserver`
- How does one choose by expected reward between a risky and a safe arm? `ExpectedReward`
- What is the best possible play of a risky and a safe arm? `OptimalRisk`
- How does one learn who infers how volatile the world is? `BayesianVolatility`
- What would that learner have believed in each trial? `compute_bayesian_volatility`
- How does one play who knows how a volatile world changes? `HazardObserver`
- What would that observer have believed in each trial? `compute_hazard_belief`
- What would an ideal observer of reversals have expected in each trial? `compute_observer_errors`

Neurons
-------
- Which task variables does each unit code, given the others? `compute_unit_coding`
- Which task variables are there to be coded at the start of a trial? `build_trial_factors`
- How does each unit depend on task variables? `regress_units`
- Is one predictor's effect on each unit more than chance? `permute_predictor`
- Which p values remain significant, corrected for the number of tests? `correct_p_values`
- Along which directions do hidden states vary most? `compute_principal_components`
- Where do states lie along these directions? `project_states`
- Do states order sessions by what the arms pay? `compute_payoff_order`
- Can the paying side be read from states around reversals? `decode_latent_state`
- Can the paying side and image be read from states in new problems? `decode_problem`
- Which weights read volatility from the units? `fit_volatility_decoder`
- How volatile is the world in each trial, as read from the units? `decode_volatility`
- How well can volatility be read from the units? `compute_decoding_score`
- Which units track volatility? `compute_volatility_tracking`

Signals
-------
- Do an agent's prediction errors follow planning or model-free learning?
  `regress_prediction_error`
- Which single prediction errors enter that comparison? `compute_prediction_error_points`
- How large are prediction errors around reversals? `compute_cue_rpe`
- Do prediction errors follow what was only inferred? `compute_inferred_ratio`
- Does stimulation affect later choices as reward does? `regress_stimulation`
- How strong is stimulation, in units of reward? `compute_stimulation_effect`
- How does a signal run around a cue? `compute_mean_traces`
- How much does a signal change in a window after a cue? `compute_window_response`
- How much does each single trace change in a window? `measure_windows`
- Do two conditions differ in their responses? `compute_condition_difference`
- What does temporal-difference learning predict in conditioning? `simulate_conditioning`
- Which learner goes through such conditioning? `TDConditioning`
- Which trials make up a session of conditioning? `ConditioningSession`

Statistics
----------
- What is the mean over subjects, and how sure is it? `compute_subject_mean`
- What is that mean where there may be a single subject? `summarise_subjects`
- Do two groups of subjects differ? `compute_group_difference`
- Which interval does a result give for one of its variables? `find_interval`
- What is the mean of a few values of unknown distribution? `bootstrap_mean`
- What is the mean of values that come in sessions? `estimate_clustered_mean`
- What is a proportion of trials that come in sessions? `estimate_clustered_proportions`
- What is the interval of a proportion of independent trials? `wilson_interval`
- How does a yes-or-no response depend on predictors? `fit_logistic`
- How does it, where effects differ between subjects? `fit_mixed_logistic`
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

import lazy_loader

# `__init__.pyi` lists the names, and each is imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
