"""Agents as systems whose state a trial moves, for the analyses of `analysis/dynamics`."""
