"""The names that users call, each written once; `lazy_loader` imports a name on first use."""

from .bandit.q_learning import QLearning as QLearning
from .definition.learner_class import Learner as Learner
from .definition.memory import ARMS as ARMS
from .definition.memory import INTEGER as INTEGER
from .definition.parameters import fraction as fraction
from .definition.parameters import positive as positive
from .definition.parameters import real as real
from .finding import find_learner as find_learner
from .finding import list_learners as list_learners
from .two_step.mixture_of_agents import MixtureOfAgents as MixtureOfAgents
