"""The compiled engine: the same mathematics as `training.networks`, in numba."""
