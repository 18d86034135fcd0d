"""Training runs: recipes, replicas, checkpoints, and sweeps on a cluster."""
