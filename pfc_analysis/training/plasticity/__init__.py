"""Play with learning switched on: each session changes its own copy of the weights."""
