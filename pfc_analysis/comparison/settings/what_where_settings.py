"""Settings of the what/where task: what the options pay, blocks and their reversal."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.trials.block_trials import read_blocks
from pfc_analysis.analysis.trials.choice_trials import (
    check_values,
    read_flag,
    read_trials,
    read_variable,
)
from pfc_analysis.comparison.settings.task_setting import (
    COUNTED,
    ESTIMATED,
    RECORDED,
    TaskSetting,
    read_mean,
    read_share,
)


def read_settings(recording: xr.Dataset) -> list[TaskSetting]:
    """Read the settings, from `correct`, `block_kind`, `trial_in_block` and `reversal`."""
    trials = read_trials(recording)
    correct = read_variable(recording, "correct").astype(np.int64)
    check_values("correct", correct, np.isin(correct, (-1, 0, 1)), "0, 1 or -1 (none)")
    kind = read_variable(recording, "block_kind").astype(np.int64)
    blocks = read_blocks(recording, trials)
    begins, session, paid = blocks.begins, trials.session, trials.reward > 0
    length = np.bincount(blocks.number).astype(np.float64)
    reversal = np.where(read_flag(recording, "reversal") & ~begins, blocks.place, np.nan)
    shares = (
        ("reward_probability", "reward probability, better option", 1),
        ("reward_probability_worse", "reward probability, worse option", 0),
    )
    return [
        *(
            read_share(name, title, paid, trials.valid & (correct == of), session, ESTIMATED)
            for name, title, of in shares
        ),
        read_share("what_share", "share of what blocks", (kind == 0)[begins], (kind >= 0)[begins],
                   session[begins], RECORDED),
        read_mean("reversal_trial", "trials before the reversal", "trials", reversal, session),
        read_mean("trials", "trials a block", "trials", length, session[begins], COUNTED),
    ]  # fmt: skip
