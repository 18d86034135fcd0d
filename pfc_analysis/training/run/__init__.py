"""Training runs: recipe, replicas, checkpoints, sweeps on a cluster."""
