"""How many simulated data sets can be fitted, set by counts of trials and not by the clock.

A fit takes a time in proportion to its trials, its parameters and its evaluations of likelihood and
gradient. Counting these, and no seconds, gives the same results on every machine.
"""

from __future__ import annotations

STEPS = 50
"""Evaluations that each start of a fit takes, and the limits of each parameter; about, as measured
with the mixture of agents."""

OVERHEAD = 20_000
"""What an evaluation counts besides its trials, in trials x parameters. It stands for the searches
for limits, which take many more evaluations than `STEPS` where choices are few."""

RECOVERY_EFFORT = 1e9
"""Trials x parameters x evaluations of a recovery. With 20 subjects of 100 trials it takes about a
second of one core for two or three parameters, and 16 to 46 s for seven. A setting of ours."""

CONFUSION_EFFORT = 2e9
"""The same of a confusion matrix: 4 s for three learners of two or three parameters, 88 s for three
of five to seven. A setting of ours."""


def effort_of_fit(n_trials: float, n_parameters: int, starts: int, *, limits: bool) -> float:
    """Estimate the trials x parameters x evaluations of a fit, with or without its limits."""
    evaluations = STEPS * (starts + (n_parameters if limits else 0))
    return (n_trials * n_parameters + OVERHEAD) * evaluations


def count_affordable(effort: float, effort_of_one: float, fewest: int, most: int) -> int:
    """Count how many data sets the effort allows, between the fewest and the most."""
    return int(min(max(effort / max(effort_of_one, 1.0), fewest), most))
