"""Define what a network reads after each response: the reward or the prediction error."""

from __future__ import annotations

from dataclasses import dataclass

SIGNALS = ("reward", "rpe")


@dataclass(frozen=True)
class Feedback:
    r"""The input by which a network learns the outcome of its last response.

    With "reward", one LSTM reads the reward and computes policy and value. With "rpe", the network
    has two LSTMs (Wang et al. 2018, simulation 6). One reads the reward and computes the value. The
    other computes the policy, and in place of the reward it reads the prediction error

    .. math:: \delta_t = r_{t-1} + \gamma V_t - V_{t-1},

    which is 0 at the first step of a session. No gradient passes through it.

    Parameters
    ----------
    signal : {"reward", "rpe"}
        Which of the two is read.
    scale : float
        The reward and the prediction error are multiplied by it before they enter the network.
    discount : float
        gamma in the prediction error, per step.

    Raises
    ------
    ValueError
        If `signal` is neither of the two.
    """

    signal: str = "reward"
    scale: float = 1.0
    discount: float = 0.9

    def __post_init__(self) -> None:
        if self.signal not in SIGNALS:
            raise ValueError(f"Unknown feedback {self.signal!r}; expected one of {list(SIGNALS)}.")

    @property
    def is_rpe(self) -> bool:
        """Whether the policy's LSTM reads prediction errors."""
        return self.signal == "rpe"


REWARD = Feedback()
"""The feedback of the paper's simulations 1 to 5: the reward, as it is."""
