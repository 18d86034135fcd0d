"""Train agents: networks, the engines that play and differentiate them, and the training loop."""
