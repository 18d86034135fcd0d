"""What units or neurons code: regressions, principal components, decoding."""
