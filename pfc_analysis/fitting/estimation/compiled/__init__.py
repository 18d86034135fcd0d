"""Compiled searches: one for all learners, whose functions are called by their address."""
