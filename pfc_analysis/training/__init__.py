"""Who plays: networks, and how their weights are learned."""
