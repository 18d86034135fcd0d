"""The networks and their loss in torch: the reference for the compiled engine."""
