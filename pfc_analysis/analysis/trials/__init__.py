"""Trials of a recording as plain arrays, read and checked once for all analyses.

Each file reads the variables of one kind of task, checks them, and says which trials count. Its
errors name the variable, the value found, what was expected and the way out.
"""
