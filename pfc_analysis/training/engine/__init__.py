"""The compiled engine: the mathematics of `training.networks`, compiled by numba."""
