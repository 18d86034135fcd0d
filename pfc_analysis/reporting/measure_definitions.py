"""Say what each comparison asks, and what its quantities mean."""

from __future__ import annotations

from types import MappingProxyType

ASKED = MappingProxyType(
    {
        "two_step": (
            "Do the animals plan in the two-step task as the agents do?",
            "A subject that plans repeats its first choice after a common reward and after an "
            "uncommon omission; one that only repeats what was rewarded stays after both rewards.",
        ),
        "matching": (
            "Do the animals divide their choices as the rewards are divided, as the agents do?",
            "And over how many past trials do rewards and choices weigh on the next choice?",
        ),
        "bandit": (
            "Do the animals follow reward at the two-armed bandit as the agents do?",
            "And how much of what the better arm pays do they earn?",
        ),
        "volatility": (
            "Do the animals follow recent rewards as strongly as the agents do?",
            "And does this change where reward probabilities reverse often (volatile trials)?",
        ),
        "serial_reversal": (
            "Do the animals learn a reversal as fast as the agents do?",
            "And do they learn it faster, the more reversals they have had?",
        ),
        "risky_choice": (
            "Do the animals choose the risky option as often as the agents do?",
            "Only free choices between the risky and the safe option count.",
        ),
        "what_where": (
            "Do the animals learn which image or side pays, and its reversal, as the agents do?",
            "And do they repeat the image or the side of the last trial, where only one of the two "
            "decides the reward?",
        ),
        "two_step_three_rewards": (
            "Do the animals plan in the two-step task with three rewards as the agents do?",
            "A subject that plans stays after a high reward if the transition was common, and "
            "leaves if it was rare; after a low reward it does the opposite.",
        ),
        "episodic_two_step": (
            "Do people use the memory of single trials in the episodic two-step task as the agents "
            "do?",
            "A subject that remembers the cued trial repeats its choice if a common transition led "
            "to reward, or an uncommon one to none, and takes the other choice otherwise.",
        ),
        "harlow": (
            "How soon in a problem with two new objects do animals and agents choose correctly?",
            "Choices on trial 1 are guesses; a subject that has learned to learn is correct from "
            "trial 2 on.",
        ),
    }
)
"""Two sentences on what is asked, by set of questions."""

_REGRESSION = "in a logistic regression of each choice on past trials"

_OF_CUES = MappingProxyType(
    {
        "stay_probability": "Share of trials in which the subject repeats the choice of the trial "
        "named (the last or the cued one), counted by what happened there; 0 to 1.",
        "reward": "Mean reward per trial, of trials with or without a cue.",
    }
)
"""Definitions where trials are cued."""

_OF_LEVELS = MappingProxyType(
    {
        "stay_model_based_index": "Half of: staying after a high reward, minus after a low one, of "
        "common transitions, minus the same of rare transitions. It is the interaction of reward "
        "and transition: above 0 where the subject plans; -1 to 1.",
        "stay_model_free_index": "Half of: staying after both kinds of high reward, minus after "
        "both kinds of low reward. It is the main effect of reward; -1 to 1.",
        "planning_index": "Sum over the past trials of the weights of choice times reward times "
        f"transition, {_REGRESSION}, in log-odds: above 0 where the subject plans.",
        "model_free_index": "Sum over the past trials of the weights of choice times reward, in "
        "the same regression, in log-odds: above 0 where the subject repeats what paid more, "
        "whatever the transition.",
    }
)
"""Definitions where rewards have levels."""


def define(name: str, questions: str) -> str:
    """Return the definition of a quantity in a set of questions."""
    own = {"two_step_three_rewards": _OF_LEVELS, "episodic_two_step": _OF_CUES}
    return own.get(questions, DEFINITIONS).get(name) or DEFINITIONS[name]


DEFINITIONS = MappingProxyType(
    {
        "stay_probability": "Share of trials in which the subject repeats its choice (in the "
        "two-step task: its first choice) of the trial before, counted by what happened there; 0 "
        "to 1.",
        "stay_model_based_index": "Half of: staying after a common reward, minus after a common "
        "omission, minus after an uncommon reward, plus after an uncommon omission. It is the "
        "interaction of reward and transition: above 0 where the subject plans; -1 to 1.",
        "stay_model_free_index": "Half of: staying after both kinds of reward, minus staying after "
        "both kinds of omission. It is the main effect of reward; -1 to 1.",
        "planning_index": "Sum over the past trials of the weights of common rewards and uncommon "
        f"omissions, minus those of common omissions and uncommon rewards, {_REGRESSION} (Miller "
        "et al. 2017), in log-odds: above 0 where the subject plans.",
        "model_free_index": "Sum over the past trials of the weights of rewards, minus those of "
        "omissions, in the same regression, in log-odds: above 0 where the subject repeats what "
        "was rewarded, whatever the transition.",
        "history_weight": "How strongly a past trial of one kind speaks for its choice, "
        f"{_REGRESSION}, in log-odds; above 0: it is repeated.",
        "slope": "Slope of the line through log2 of the ratio of choices (right to left) on log2 "
        "of the ratio of rewards: 1 is matching, below 1 undermatching.",
        "intercept": "Height of that line where both sides gave equal reward, in log2 units: the "
        "bias to the right.",
        "r_squared": "Share of the variance of the log choice ratios that the line explains; 0 to "
        "1.",
        "reward_weight_sum": f"Sum of the weights of past rewards, {_REGRESSION} (Lau & Glimcher "
        "2005), in log-odds: above 0 where the subject chooses what was rewarded.",
        "choice_weight_sum": "Sum of the weights of past choices in the same regression, in "
        "log-odds: above 0 where the subject repeats its choices whatever they brought.",
        "reward_weight": f"Weight of the reward a number of trials back, {_REGRESSION}, in "
        "log-odds.",
        "choice_weight": "Weight of the choice a number of trials back in the same regression, in "
        "log-odds.",
        "win_stay": "Share of trials after a reward in which the subject repeats its choice; 0 to "
        "1.",
        "lose_shift": "Share of trials after no reward in which the subject changes its choice; 0 "
        "to 1.",
        "reward": "Mean reward per trial.",
        "reward_share": "Mean reward probability of the chosen arms, on a scale on which choosing "
        "at random is 0 and always choosing the better arm is 1.",
        "first_reversal": "Trials from the first reversal until it counts as learned.",
        "last_reversal": "Trials from the last reversal until it counts as learned.",
        "log_slope": "Change of the natural logarithm of the trials to learn a reversal, with each "
        "further reversal: below 0 where reversals are learned ever faster.",
        "correct_share": "Share of choices that are correct; 0 to 1.",
        "image_stay_probability": "Share of trials in which the subject chooses the image of the "
        "trial before again, whichever side it is on, counted by the outcome there; 0 to 1.",
        "side_stay_probability": "Share of trials in which the subject chooses the side of the "
        "trial before again, whichever image is there, counted by the outcome there; 0 to 1.",
        "second_stay_probability": "Share of trials in which the subject repeats its choice in "
        "the second state, where it reaches the same second state as in the trial before; 0 to 1.",
        "transition_weight_sum": "Sum of the weights of choice times transition of past trials in "
        "the same regression, in log-odds: above 0 where the subject repeats choices that led to "
        "the common second state.",
        "planning_weight": f"Weight of choice times reward times transition, {_REGRESSION}, in "
        "log-odds.",
        "model_free_weight": "Weight of choice times reward in the same regression, in log-odds.",
        "transition_weight": "Weight of choice times transition in the same regression, in "
        "log-odds.",
        "incremental_model_based": "Effect of the last trial on choices of trials with a cue: the "
        "log-odds of repeating its choice after common rewards and uncommon omissions, less those "
        "after uncommon rewards and common omissions, given the cued trial.",
        "incremental_model_free": "The log-odds of repeating the last choice after reward, less "
        "those after omission, given the cued trial.",
        "episodic_model_based": "The incremental model-based index's counterpart relative to the "
        "cued trial, given the last trial: above 0 where its memory is used to plan.",
        "episodic_model_free": "The log-odds of repeating the cued choice after reward, less those "
        "after omission, given the last trial.",
        "memory_weight": "Weight of the last or the cued trial in the same regression, in "
        "log-odds.",
        "cue_effect": "Stay index relative to the cued trial, less the same relative to other "
        "trials that could have been cued in its place. 0 for a subject whose choices do not "
        "depend on which trial is cued, however it learns; -2 to 2.",
        "risky_share": "Share of free choices that are of the risky option; 0 to 1.",
    }
)
"""Meaning of each quantity, by its name."""
