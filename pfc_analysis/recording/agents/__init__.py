"""What is particular to recordings of agents: their weights, their attributes, streaming."""
