"""How long a training takes is estimated from its first updates; lines say it in logs."""

import threading

import numpy as np

from pfc_analysis import progress as bars_of_training
from pfc_analysis.progress import SharedProgress, show_progress_bars
from pfc_analysis.progress_estimate import TrainingEstimate


def test_the_time_left_follows_from_the_updates_made():
    """Two of 8 replicas run at 1 update a second each: 8 x 600 updates at 2 a second."""
    estimate = TrainingEstimate(8, 600)
    updates = np.zeros(8)
    estimate.see(0.0, updates)
    assert estimate.describe() == "8 replicas: 0 finished"
    updates[:2] = 1
    estimate.see(100.0, updates)  # compiling took that long, and does not count
    assert not estimate.is_known
    updates[:2] = 61
    estimate.see(160.0, updates)
    assert estimate.describe() == "8 replicas: 0 finished, about 39 min left"
    updates[:2] = 600
    estimate.see(699.0, updates)
    assert estimate.describe() == "8 replicas: 2 finished, about 30 min left"


def test_updates_of_an_earlier_call_say_nothing_about_the_speed():
    estimate = TrainingEstimate(1, 600)
    estimate.see(0.0, np.array([540.0]))
    estimate.see(10.0, np.array([550.0]))
    assert estimate.describe() == "1 replica: 0 finished, about 50 s left"


def test_a_log_says_how_long_all_takes(monkeypatch, capfd):
    monkeypatch.setattr(bars_of_training, "_SECONDS", 0.01)
    monkeypatch.setattr("pfc_analysis.progress_estimate._MEASURED", 0.0)
    said = threading.Event()
    with SharedProgress(2) as shared, show_progress_bars(shared, ["a", "b"], 100, shown=True):
        for made in range(1, 51):
            shared.row(0).update(made, made * 10, 0.5)
            said.wait(0.01)
    errors = capfd.readouterr().err
    assert errors.startswith("2 replicas: 0 finished, about ")
    assert errors.count("\n") == 1


def test_the_last_bar_is_of_all_replicas():
    rows = np.array([[10.0, 100.0, 0.5], [0.0, 0.0, 0.0], [20.0, 200.0, 0.7]])
    found = bars_of_training._with_sum(rows, 4)
    np.testing.assert_allclose(found[-1], [30.0, 300.0, 0.6])
    assert bars_of_training._with_sum(rows, 3) is rows
