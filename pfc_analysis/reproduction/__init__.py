"""Draw the paper's figures from the shipped agents, and check their numbers against the paper."""
