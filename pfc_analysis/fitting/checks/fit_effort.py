"""How many simulated data sets can be fitted, set by counts of trials and not by the clock.

A fit takes a time in proportion to its trials, its parameters and its steps. Counting these, and no
seconds, gives the same results on every machine.
"""

from __future__ import annotations

STEPS = 60
"""Evaluations of likelihood and gradient that a start of a fit takes, about."""

EFFORT = 1.5e9
"""Trials x parameters x evaluations that a check may take: about 50 s of one core at the 32 ns of
a trial and parameter. A setting of ours."""


def effort_of_fit(n_trials: int, n_parameters: int, starts: int) -> float:
    """Estimate the trials x parameters x evaluations of a fit."""
    return float(n_trials * n_parameters * starts * STEPS)


def count_affordable(effort_of_one: float, fewest: int, most: int) -> int:
    """Count how many data sets the effort allows, between the fewest and the most."""
    return int(min(max(EFFORT / max(effort_of_one, 1.0), fewest), most))
