"""Neurons beside trials: spikes counted in windows, arrays of counts, traces around events."""
