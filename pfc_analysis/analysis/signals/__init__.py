"""Prediction errors, dopamine traces and stimulation."""
