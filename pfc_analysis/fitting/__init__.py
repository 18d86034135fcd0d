"""Fit learners and small networks to choices, and say what the fits can be trusted for."""
