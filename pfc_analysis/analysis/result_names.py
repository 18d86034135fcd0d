"""What the variables in results of analyses are called, their units and the range of their values.

A name stands for the same quantity in every result. The units of what is measured in units of the
input (responses of units, traces) are those of the input, which the analysis sets where it can.
"""

from __future__ import annotations

from typing import NamedTuple

UNIT_OF_INPUT = "input"
"""Stands in the table for a unit that depends on what was analysed."""

SHARE, CORRELATION = (0.0, 1.0), (-1.0, 1.0)
"""Ranges of values."""


class Label(NamedTuple):
    """What a variable is: its description, its unit (None for a category) and its range."""

    long_name: str
    units: str | None = "1"
    valid_range: tuple[float, float] | None = None


_SHARES = {
    "accuracy": "share of trials decoded correctly",
    "as_in_rats": "share of subjects that change in the direction of rats",
    "balanced_accuracy": "mean over classes of the share decoded correctly",
    "choice_probability": "probability of the choice",
    "correct": "share of problems in which the choice is correct",
    "disagreement": "share of trials in which network and habit favour opposite responses",
    "explained_variance_ratio": "share of the variance along a component",
    "follows_network": "share of disagreements in which the response was the network's",
    "finished": "share of problems of which every trial was completed",
    "invalid": "share of trials without a valid choice",
    "likelihood_per_trial": "geometric mean of the predicted probability of the choices made",
    "preferred_share": "share of choices that the policy gave the largest probability",
    "new_side_share": "share of trials in which the new side is decoded",
    "not_decaying": "share of trials in which the mode does not decay",
    "observed": "share of choices of the right arm",
    "partial_r2": "share explained of the variance that the other learner leaves",
    "predicted": "mean predicted probability of the right arm",
    "preference": "share of later choices of the preferred arm",
    "probability": "probability of choosing the option",
    "r2": "squared correlation",
    "r_squared": "share of the variance that is explained",
    "settled": "share of sessions that settle on an arm",
    "share": "share of cases",
    "share_above_chance": "share of significant units above that expected by chance",
    "share_corrected": "share of units that are significant after Benjamini and Hochberg",
    "share_null_upper": "95 % quantile of the share of significant units under the null",
    "share_right": "share of populations whose source is named",
    "share_near": "share of fixed points nearer to the recorded states than these spread",
    "share_significant": "share of units that are significant, uncorrected",
    "share_significant_bonferroni": "share of units that are significant after Bonferroni",
    "share_stable": "share of fixed points that attract",
    "stay_probability": "probability of repeating the choice",
    "switch_probability": "probability of switching to the other arm",
}
_CORRELATIONS = {
    "correlation": "correlation of the decoded with the true regime",
    "joint_rank_correlation": "rank correlation of the decoded payoff with the payoff",
    "partial_correlation": "partial correlation of activity with the factor",
    "memory_use": "episodic model-based index: interaction of outcome and transition, cued trial",
    "r": "correlation of log choice ratios with log reward ratios",
    "rank_correlation": "rank correlation of a component with the payoff",
}
_NUMBERS = {
    "model_based_chance": "model-based stay index relative to trials that could have been cued",
    "model_based_effect": "model-based stay index relative to the cued trial, less chance",
    "model_free_chance": "model-free stay index relative to trials that could have been cued",
    "model_free_effect": "model-free stay index relative to the cued trial, less chance",
    "aic": "Akaike information criterion",
    "at_bound": "1 where the estimate is at the edge of the search",
    "base_probability_right": "right arm's share of the scheduled reward probabilities",
    "bic": "Bayesian information criterion",
    "base_r_squared": "share of the variance of held-out responses that the base tells",
    "calibration_intercept": "intercept of choices on predicted log-odds",
    "calibration_slope": "slope of choices on predicted log-odds",
    "decoded_volatility": "regime decoded from activity",
    "direct_ratio": "direct effect of stimulation, relative to that of reward",
    "estimate": "estimate of the parameter",
    "evidence": "natural logarithm of the Bayes factor for a switch",
    "experienced_ratio": "prediction error after a reversal relative to before, side seen",
    "inferred_ratio": "prediction error after a reversal relative to before, side not yet seen",
    "last_action": "last action (1 right, -1 left)",
    "last_action_x_last_reward": "last action x last reward, each about its mean",
    "last_reward": "last reward (1 rewarded, 0 not)",
    "later_trials": "mean share correct after the first trial",
    "learning_rate": "learning rate",
    "loadings": "loading of the unit on the component",
    "log_inverse_temperature": "natural logarithm of the inverse temperature",
    "log_likelihood": "natural logarithm of the likelihood",
    "log_slope": "change of the natural logarithm of trials with each reversal",
    "mean_absolute": "mean over units of the absolute partial correlation",
    "mean_absolute_null": "mean absolute partial correlation under the null hypothesis",
    "mean_absolute_null_quantile": "quantile of the mean absolute correlation under the null",
    "mean_absolute_p_value": "p value of the mean absolute partial correlation",
    "mean_slope": "mean over subjects of the slope of log trials by reversal",
    "null_mean": "mean slope of the orders that the rule allows",
    "null_lower": "lower end of the central 95 % of slopes of allowed orders",
    "null_upper": "upper end of the central 95 % of slopes of allowed orders",
    "mean_null_mean": "mean over draws of the mean slope",
    "mean_null_lower": "lower end of the central 95 % of mean slopes",
    "mean_null_upper": "upper end of the central 95 % of mean slopes",
    "n_effective": "number of independent trials that would be as informative",
    "p_same_line": "p value of Wald's test that the points follow the same line",
    "p_value": "p value",
    "p_value_corrected": "p value corrected for the number of tests",
    "p_value_family_wise": "p value corrected for the number of units",
    "p_value_lower": "lower end of the 95 % interval of the p of all permutations",
    "p_value_upper": "upper end of the 95 % interval of the p of all permutations",
    "pays_now": "1 where the cue's side pays now",
    "penalty": "ridge penalty, in units of the mean variance of units",
    "predicted_right": "probability that the right side is the one to choose",
    "predicted_right_sd": "standard deviation of that probability under the posterior",
    "explained": "share of the unit's variance that the features explain, above that of shifts",
    "mean_explained": "share of variance of units that the features explain, above that of shifts",
    "gain": "share of variance that the features add to the base",
    "ratio": "model-based effect of stimulation, relative to that of reward",
    "reward_direct": "direct effect of reward on the probability of staying",
    "reward_model_based": "model-based effect of reward on the probability of staying",
    "reward_share": "reward relative to chance (0) and the best player (1)",
    "ridge": "weight of the ridge penalty",
    "significant": "1 where p is at most the level",
    "significant_bonferroni": "1 where p is at most the level after Bonferroni",
    "significant_family_wise": "1 where p is at most the level, corrected for the number of units",
    "slope": "slope",
    "slope_difference": "slope of the points' own line less that of the fitted line",
    "slope_intercept_covariance": "covariance of slope and intercept",
    "smoothed": "smoothed learning curve",
    "solved": "1 where the subject solves the problems",
    "stimulation_direct": "direct effect of stimulation on the probability of staying",
    "stimulation_model_based": "model-based effect of stimulation on the probability of staying",
    "t": "t value",
    "upcoming_action": "upcoming action (1 right, -1 left)",
    "volatility": "expected volatility",
    "belief": "probability that the right side pays",
    "belief_image_b": "probability that image B is the better one, in a block of images",
    "belief_right": "probability that the right side is the better one, in a block of sides",
    "belief_what": "probability that the image decides, and not the side",
    "volatility_sd": "standard deviation of volatility under the posterior",
    "n_significant_null_upper": "95 % quantile of the number of significant units under the null",
}
_LOG_ODDS = {
    "choice_weight": "weight of a past choice",
    "episodic_model_based": "model-based index of choices, relative to the cued trial",
    "episodic_model_free": "model-free index of choices, relative to the cued trial",
    "habit_share": "habit's share of the variance of log-odds of the response",
    "log_odds": "mean contribution to the log-odds of the response",
    "log_odds_sd": "standard deviation over trials of the contribution to the log-odds",
    "incremental_model_based": "model-based index of choices, relative to past trials",
    "incremental_model_free": "model-free index of choices, relative to past trials",
    "model_free_index": "model-free index of choices",
    "perseveration_index": "perseveration index of choices",
    "planning_index": "planning (model-based) index of choices",
    "planning_index_after_lag_1": "planning index from lag 2 on",
    "planning_weight": "summand of the planning index at a lag",
}
_TRIALS = {
    "errors_per_reversal": "wrong choices until a reversal was learned",
    "first": "trials to criterion of the first problem",
    "first_counted": "first trial of the phase that counts, from 0",
    "first_trial": "first trial of the phase, from 0",
    "last": "trials to criterion of the last problem",
    "last_trial": "last trial of the phase, from 0",
    "mean_length": "mean length of runs",
    "reward_half_life": "trials in which the weight of a reward halves",
    "switch_trial": "trial from which the subject keeps to one arm, from 0",
    "trials_given": "trials given until a problem ended",
    "trials_since_reversal": "trials since the last reversal",
    "trials_to_criterion": "trials until a problem was learned",
}
_REWARD = {
    "action_value": "expected reward of the option",
    "band_lower": "lower end of the stage's band of reward",
    "band_upper": "upper end of the stage's band of reward",
    "ceiling": "reward of a trained agent",
    "contrast": "difference of prediction errors between cues",
    "expected_reward": "expected reward",
    "floor": "reward of an untrained agent",
    "model_based": "prediction error of the model-based learner",
    "model_based_unique": "prediction error of the model-based learner that is its own",
    "model_free": "prediction error of the model-free learner",
    "model_free_unique": "prediction error of the model-free learner that is its own",
    "prediction_error": "reward prediction error",
    "regret": "regret: expected reward lost against the better arm",
    "reward": "mean reward of a trial",
    "rpe": "reward prediction error",
    "value": "value",
}
_LOG2 = {
    "intercept_difference": "intercept of the points' own line less that of the fitted line",
    "line_deviation": "standard deviation of points about the fitted line",
    "log_choice_ratio": "log ratio of choices, right to left",
    "log_reward_ratio": "log ratio of rewards, right to left",
    "mean_residual": "mean residual from the line",
    "residual_deviation": "standard deviation of residuals",
    "signed_residual": "mean residual on the side that paid more",
}
_OTHERS = {
    "change": Label("change of the risky preference", "percentage points"),
    "coefficient": Label("regression coefficient", UNIT_OF_INPUT),
    "difference": Label("difference between the two", UNIT_OF_INPUT),
    "explained_variance": Label("variance along a component", UNIT_OF_INPUT),
    "intercept": Label("intercept", UNIT_OF_INPUT),
    "kind": Label("position around a reversal", None),
    "mean_change": Label("mean over subjects of the change", "percentage points"),
    "preferred": Label("arm that the session settles on", None),
    "problem_rate": Label("problems learned in a hundred choices", "1"),
    "regime": Label("regime of the phase", None),
    "response": Label("mean response in the window", UNIT_OF_INPUT),
    "reward_delay": Label("delay of the reward", "s"),
    "reward_weight": Label("weight of a past reward", "log-odds per unit of reward"),
    "rise": Label("change at the switch of phases", UNIT_OF_INPUT),
    "risky_preference": Label("share of risky choices", "%", (0.0, 100.0)),
    "score": Label("score of the states on the component", UNIT_OF_INPUT),
    "start": Label("first update of the stage, from 0", "updates"),
    "stop": Label("update after the stage", "updates"),
    "trace": Label("mean trace", UNIT_OF_INPUT),
    "weight": Label("weight of the unit in the decoder", UNIT_OF_INPUT),
}

LABELS: dict[str, Label] = {
    **{name: Label(text, "1", SHARE) for name, text in _SHARES.items()},
    **{name: Label(text, "1", CORRELATION) for name, text in _CORRELATIONS.items()},
    **{name: Label(text) for name, text in _NUMBERS.items()},
    **{name: Label(text, "log-odds") for name, text in _LOG_ODDS.items()},
    **{name: Label(text, "trials") for name, text in _TRIALS.items()},
    **{name: Label(text, "reward") for name, text in _REWARD.items()},
    **{name: Label(text, "log2 ratio") for name, text in _LOG2.items()},
    **_OTHERS,
}
"""By name of the variable, without the endings of intervals and standard errors."""


def find_range(name: str) -> tuple[float, float] | None:
    """Return the smallest and largest value that a quantity can have; None where it has none."""
    label = LABELS.get(name)
    return None if label is None else label.valid_range
