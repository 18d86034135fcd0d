"""Trial-by-trial errors of a learner against the dopamine of mice whose reward moved."""

from __future__ import annotations

import numpy as np
import pytest

from pfc_analysis.analysis.neurons.encoding.encoding_by_subject import compare_encoding_by_subject
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.signals.td_conditioning import (
    ConditioningSession,
    TDConditioning,
    simulate_conditioning,
)
from pfc_analysis.analysis.signals.trial_responses import measure_trial_responses

pytestmark = pytest.mark.real_data
BEFORE = 300


def simulate_cue_errors(n_first: int, n_second: int) -> np.ndarray:
    """Errors of a learner in the second after the cue, in the trials of both sessions."""
    sessions = [
        ConditioningSession(label=k, n_trials=n, reward_delay=delay, cue_duration=duration)
        for k, (n, delay, duration) in enumerate(
            [(BEFORE, 3.0, 2.0), (n_first, 3.0, 2.0), (n_second, 9.0, 8.0)]
        )
    ]
    played = simulate_conditioning(TDConditioning(learning_rate=0.1), sessions, 0.25, (-1.0, 11.0))
    inside = (played["time"].values >= -0.01) & (played["time"].values < 0.99)
    return played["prediction_error"].values[BEFORE:, inside].sum(axis=1)


def test_errors_tell_nothing_beyond_a_trend(dopamine_delay_recording):
    """The page "In the animal's place" gives these numbers."""
    recording = dopamine_delay_recording
    response = measure_trial_responses(recording, "photometry", (0.0, 1.0), "mean", (-1.0, 0.0))
    errors = np.full(recording.sizes["trial"], np.nan)
    for mouse in np.unique(recording["subject"]):
        own = recording["subject"].values == mouse
        first = own & (recording["session"].values == 0)
        second = own & (recording["session"].values == 1)
        cue = simulate_cue_errors(int(first.sum()), int(second.sum()))
        errors[np.concatenate([np.flatnonzero(first), np.flatnonzero(second)])] = cue
    moved = recording["session"].values == 1
    values = errors[moved][None, :, None]
    found = compare_encoding_by_subject(
        response[moved],
        FeatureSet("nothing", np.ones_like(values), ("one",)),
        [FeatureSet("td", values, ("error at the cue",))],
        block=10,
        n_folds=4,
        drift="trend",
    )
    percent = [100 * found[f"gain{end}"].item() for end in ("", "_lower", "_upper")]
    assert np.allclose(percent, [0.9, -1.2, 3.0], atol=0.05), percent
    assert found.attrs["n_subjects"] == 7
