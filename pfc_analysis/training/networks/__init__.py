"""Networks, their weights and their loss; in torch, they are the reference for all engines."""
