"""Learners with known rules, to compare with agents and animals, and how they are fitted.

A learner is a frozen dataclass of its parameters with the methods `begin`, `choice_probability` and
`learn` (and, for the two-step task, `action_value`). `fit_learner` fits one to the choices of each
subject, `run_learner` runs one along recorded choices, and `pfc_analysis.simulate` lets one play.
Ideal observers are learners that know the rules of the task.
"""
