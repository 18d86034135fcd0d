"""The names that users call, each written once; `lazy_loader` imports a name on first use."""

from .bandit.q_learning import QLearning as QLearning
from .definition.learner_class import Learner as Learner
from .definition.memory import ARMS as ARMS
from .definition.memory import INTEGER as INTEGER
from .definition.parameters import fraction as fraction
from .definition.parameters import positive as positive
from .definition.parameters import real as real
from .definition.parameters import setting as setting
from .finding import find_learner as find_learner
from .finding import list_learners as list_learners
from .two_step.asymmetric_rates import ModelBasedAsymmetric as ModelBasedAsymmetric
from .two_step.asymmetric_rates import ModelFreeAsymmetric as ModelFreeAsymmetric
from .two_step.forgetting import ModelBasedForgetting as ModelBasedForgetting
from .two_step.forgetting import ModelFreeForgetting as ModelFreeForgetting
from .two_step.hybrid import Hybrid as Hybrid
from .two_step.hybrid import HybridOneRate as HybridOneRate
from .two_step.latent_state import LatentState as LatentState
from .two_step.mixture_of_agents import MixtureOfAgents as MixtureOfAgents
from .two_step.model_based import ModelBased as ModelBased
from .two_step.model_free_chained import ModelFreeChained as ModelFreeChained
from .two_step.model_free_direct import ModelFreeDirect as ModelFreeDirect
from .two_step.reward_as_cue import RewardAsCue as RewardAsCue
