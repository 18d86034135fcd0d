"""What may be believed about a fit: recovery, confusion of learners, predictive checks."""
