"""The best possible player of the two-step task."""

from __future__ import annotations

from pfc_analysis.learners.definition.parameters import fraction, positive, setting
from pfc_analysis.learners.two_step.latent_state import LatentState


class IdealObserver(LatentState):
    """Optimal player of the two-step task: exact belief, and always the better choice.

    A `pfc_analysis.learners.LatentState` learner without lapses that knows the probabilities of
    Wang et al. (2018): reward 0.9 and 0.1, reversal 0.025 per trial, common transition 0.8. Its
    inverse temperature is so large that it takes the better choice unless expected rewards differ
    by less than 0.0001.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> observer = pfc.analysis.IdealObserver()
    >>> recording = pfc.simulate(observer, TwoStep(), sessions=50, seed=1, subject="ideal")
    >>> print(f"{float(recording['reward'].mean()):.2f} rewards a trial")
    0.71 rewards a trial

    No player earns more on average; choosing at random earns 0.5.
    """

    reversal_probability: float = fraction(0.025, "probability that the better state switches")
    inverse_temperature: float = positive(1e6, "inverse temperature")
    better_pays: float = setting(
        0.9, "probability of reward in the better state", low=1e-6, high=1 - 1e-6
    )
    worse_pays: float = setting(
        0.1, "probability of reward in the worse state", low=1e-6, high=1 - 1e-6
    )
