"""From the shipped agents to the paper's figures, and the measured numbers to the published."""
