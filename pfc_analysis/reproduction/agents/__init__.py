"""What the figures compute from trained agents."""
