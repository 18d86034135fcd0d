"""What units code: regressions, principal components and decoding.

A unit is a unit of a network or a neuron; the analyses are the same. They read activity on
(`trial`, `unit`) or (`trial`, `step`, `unit`), such as hidden states or spike counts.
"""
