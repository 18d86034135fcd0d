"""How fast a subject learns, how well it does, and whether it learns to learn.

Reward and regret, the trial at which exploring ends, learning rates in stable and volatile phases,
trials to criterion over serial reversals, and learning sets of many short problems.
"""
