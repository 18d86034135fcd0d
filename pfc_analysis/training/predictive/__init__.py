"""A rival of the paper's network: a recurrent network that predicts, and an actor-critic beside it.

After Blanco-Pozo, Akam & Walton (2024).
"""
