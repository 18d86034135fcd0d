"""Supplementary Figure 5: single sessions of the training process, in which volatility shifts.

What an agent with frozen weights chooses in them, the regime decoded from its units, and the belief
of an observer that knows the process and sees the same choices and rewards. Run it by
`pfc figure s5`, or copy it.
"""

from pathlib import Path

import numpy as np

from pfc_analysis.analysis.learners.hazard_observer import compute_hazard_belief
from pfc_analysis.analysis.learning.schedule_means import compute_schedule_mean
from pfc_analysis.analysis.neurons.volatility_decoding import (
    compute_decoding_score,
    decode_volatility,
    fit_volatility_decoder,
)
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.volatility_observer import build_observer, read_tasks
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.volatility_panels import draw_watched_session, select_session

SEED = 5
SESSIONS = 300  # of every replica; the decoder is fitted to the second half, and used in the first
SHOWN = 6


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse: agents in the training process, watched by the ideal observer.
    task = {"schedule": "training"}
    played = record_agent("volatility", agents, sessions=SESSIONS, seed=SEED, task=task)
    (trained,) = read_tasks(played, "training")
    later = (played["session"] >= SESSIONS // 2).values
    decoder = fit_volatility_decoder(played.isel(trial=later))
    tested = played.isel(trial=~later)
    belief = compute_hazard_belief(tested, build_observer(trained))
    decoded = decode_volatility(tested, decoder)

    numbers = Numbers(read_published("wang_2018"), figure="s5")
    score = compute_decoding_score(tested, decoder=decoder)
    numbers.add("", "agents", "decoding_correlation", score, "correlation")
    for quantity, share in {
        "same_choice_as_observer": tested["choice"] == (belief["predicted_right"] > 0.5),
        "better_arm_chosen": tested["choice"] == tested["reward_probability"].argmax("arm"),
    }.items():
        by_trial = compute_schedule_mean(share.astype(float))["mean"]
        numbers.add("", "agents", quantity, by_trial.mean("trial_in_session").to_dataset(), "mean")

    with figure_style():
        figure = new_figure(13, 7)
        axes = figure.subplots(4, SHOWN // 2, sharex=True, sharey="row",
                               height_ratios=[1.4, 1, 1.4, 1])  # fmt: skip
        above, below = axes[::2].ravel(), axes[1::2].ravel()
        for k in range(SHOWN):
            session, believed, read = (select_session(x, k) for x in (tested, belief, decoded))
            draw_watched_session(above[k], below[k], session, believed, read)
            label_panel(above[k], "abcdef"[k], f"session {k + 1}")
        finish_axes(axes)
        files = save_figure(figure, out, "figs5_volatility_training")
    return [*files, numbers.write(out / "figs5_volatility_training.csv")]


def finish_axes(axes: np.ndarray) -> None:
    """Label the outer axes, and add the legends beside two titles."""
    for row in range(4):
        label = "volatile regime" if row % 2 else "right pays"
        axes[row, 0].set(ylabel=label, yticks=[0, 0.5, 1])
    for axis in axes[-1]:
        axis.set_xlabel("trial")
    for column in range(2):  # of panels above, then of those below
        lines = axes[column, 0].get_legend_handles_labels()
        axes[0, column].legend(*lines, loc="lower right", bbox_to_anchor=(1, 0.99), ncols=2)
