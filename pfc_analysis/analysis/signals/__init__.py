"""Prediction errors, photometry traces and stimulation.

Prediction errors of an agent's critic beside those of learners, responses of traces in windows
around a cue, effects of stimulation on later choices, and temporal-difference learning in
conditioning.
"""
