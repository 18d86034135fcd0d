"""The names that users call, each written once; `lazy_loader` imports a name on first use."""

from .bandit.behrens_learner import BehrensLearner as BehrensLearner
from .bandit.choice_kernel import ChoiceKernel as ChoiceKernel
from .bandit.hidden_markov_observer import HiddenMarkovObserver as HiddenMarkovObserver
from .bandit.hierarchical_gaussian_filter import (
    HierarchicalGaussianFilter as HierarchicalGaussianFilter,
)
from .bandit.kalman_filter import KalmanFilter as KalmanFilter
from .bandit.pearce_hall import PearceHall as PearceHall
from .bandit.q_asymmetric import QAsymmetric as QAsymmetric
from .bandit.q_choice_kernel import QChoiceKernel as QChoiceKernel
from .bandit.q_combined import QCombined as QCombined
from .bandit.q_forgetting import QForgetting as QForgetting
from .bandit.q_learning import QLearning as QLearning
from .bandit.win_stay_lose_shift import WinStayLoseShift as WinStayLoseShift
from .definition.learner_class import Learner as Learner
from .definition.learner_error import LearnerError as LearnerError
from .definition.memory import ARMS as ARMS
from .definition.memory import INTEGER as INTEGER
from .definition.parameters import fraction as fraction
from .definition.parameters import positive as positive
from .definition.parameters import real as real
from .definition.parameters import setting as setting
from .finding import find_learner as find_learner
from .finding import list_learners as list_learners
from .risky.mean_variance import MeanVariance as MeanVariance
from .risky.prospect_learner import ProspectLearner as ProspectLearner
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
