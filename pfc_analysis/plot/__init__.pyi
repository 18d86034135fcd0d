"""The names that users call, each written once; `lazy_loader` imports a name on first use."""

from .choice_pictures import history_weights as history_weights
from .choice_pictures import matching as matching
from .choice_pictures import stay_probability as stay_probability
from .dynamics_pictures import flow_field as flow_field
from .encoding_pictures import encoding as encoding
from .fit_pictures import fit as fit
from .habit_pictures import policy_contributions as policy_contributions
from .learning_pictures import learning_curve as learning_curve
from .learning_pictures import learning_rate as learning_rate
from .learning_pictures import regret as regret
from .memory_pictures import cued_stay as cued_stay
from .memory_pictures import memory_indices as memory_indices
from .neuron_pictures import prediction_errors as prediction_errors
from .neuron_pictures import state_space as state_space
from .neuron_pictures import unit_coding as unit_coding
from .picture_captions import caption as caption
from .portrait_pictures import portrait as portrait
from .session_picture import session as session
