"""Interventions: rules that change signals of a trained network while it is recorded."""
