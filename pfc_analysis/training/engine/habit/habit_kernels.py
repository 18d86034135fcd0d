"""Choose actions by the sum of a network's logits and a habit's (compiled)."""

from __future__ import annotations

from numba import njit

from pfc_analysis.training.engine.kernels import INNER
from pfc_analysis.training.engine.play_kernels import (
    GAIN,
    ON_VALUE,
    SHIFT,
    call_advance_lstm,
    call_sample_actions,
)

GAINS, TABLE = 2, 3
"""First indices into `effects` of `choose_with_habit`, after those of `play_block`: the gains, then
the habit's values, one index for each observation, then (action, session)."""

ON_NETWORK, ON_HABIT, ON_LEARNING = range(3)
"""Which gain: of the network's logits, of the habit's logits, of the habit's learning rate."""


@njit(**INNER)
def choose_with_habit(  # type: ignore[no-untyped-def]
    t, part, addresses, draws, feedback, policy_lstm, value_lstm, played, effects
):
    """Advance the network by step `t`, add the habit's logits, and sample actions.

    It stands in for `play_kernels.choose_actions`, for networks of one LSTM. `effects` has more
    rows than there: the gains of the network's and the habit's logits, and the habit's values.
    """
    first, last = part
    outputs, policy = played.outputs[t, first:last], played.policy[t, first:last]
    n_actions = policy.shape[1]
    call_advance_lstm(
        addresses.advance_lstm, (t, part, addresses.apply_gates, policy_lstm, outputs)
    )
    for i in range(first, last):
        row, shown = outputs[i - first], TABLE + played.observation[t, i]
        row[n_actions] *= effects[ON_VALUE, GAIN, i]
        row[n_actions] += effects[ON_VALUE, SHIFT, i]
        for k in range(n_actions):
            row[k] *= effects[GAINS, ON_NETWORK, i]
            row[k] += effects[GAINS, ON_HABIT, i] * effects[shown, k, i]
    sample = outputs, draws[t, first:last], policy, played.action[t, first:last]
    call_sample_actions(addresses.sample_actions, sample)
