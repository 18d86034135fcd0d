"""Models of learning and choice with few parameters, which `pfc.fit` fits to choices.

Each is a class of `Learner`: its fields are the parameters, and three short functions say what it
remembers, prefers and learns. `pfc.simulate` lets one play a task, `pfc.fit` finds the parameters
that make the choices of a recording most likely.
"""

from pfc_analysis.front_door import open_front_door

__getattr__, __dir__, __all__ = open_front_door(__name__, __file__)
