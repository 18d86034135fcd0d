"""Analyses that a figure tabulates: compute results and add them to the figure's numbers."""
