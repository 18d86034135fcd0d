"""Ideal observers and other players with known rules, to compare with agents and animals.

A player is a frozen dataclass of its parameters with the methods `begin`, `choice_probability` and
`learn`; `pfc_analysis.simulate` lets one play. Ideal observers know the rules of the task. Learners
that are fitted to choices are in `pfc_analysis.learners`; `run_learner` runs one along recorded
choices of the two-step task.
"""
