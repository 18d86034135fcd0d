"""What a network gets to know of its last response: the reward, or its own prediction error."""

from __future__ import annotations

from dataclasses import dataclass

SIGNALS = ("reward", "rpe")


@dataclass(frozen=True)
class Feedback:
    r"""The input that tells of the last response.

    With `rpe` the network is two (Wang et al. 2018, simulation 6): one LSTM reads the reward and
    estimates value; the other chooses, and in place of reward reads

    .. math:: \delta_t = r_{t-1} + \gamma V_t - V_{t-1},

    which is 0 at a session's first step. No gradient passes through it.

    Parameters
    ----------
    signal : {"reward", "rpe"}
        What is fed back.
    scale : float
        Rewards and prediction errors are multiplied by this on their way in.
    discount : float
        gamma in the prediction error that is fed back.

    Raises
    ------
    ValueError
        If there is no such signal.
    """

    signal: str = "reward"
    scale: float = 1.0
    discount: float = 0.9

    def __post_init__(self) -> None:
        if self.signal not in SIGNALS:
            raise ValueError(f"Unknown feedback {self.signal!r}; expected one of {list(SIGNALS)}.")

    @property
    def is_rpe(self) -> bool:
        """Whether the network that chooses reads prediction errors."""
        return self.signal == "rpe"


REWARD = Feedback()
"""The paper's network of simulations 1 to 5."""
