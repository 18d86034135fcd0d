"""Estimators that several analyses share: regressions, means, bootstraps and permutation tests.

Most work on plain arrays and know nothing of recordings. Trials of a session are correlated, so
intervals are clustered by session or come from drawing whole sessions. A module that could have
used a library says in its docstring why it does not, with the number that decided it.
"""
