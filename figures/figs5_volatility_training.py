"""Supplementary Figure 5: single sessions of the training process, in which volatility shifts.

What an agent with frozen weights chooses in them, the regime decoded from its units, and the belief
of an observer that knows the process and sees the same choices and rewards. Run it by
`pfc figure s5`, or copy it.
"""

from pathlib import Path

from pfc_analysis.analysis.learners.hazard_observer import compute_hazard_belief
from pfc_analysis.analysis.learning.schedule_means import compute_schedule_mean
from pfc_analysis.analysis.neurons.volatility.volatility_decoding import (
    compute_decoding_score,
    decode_volatility,
    fit_volatility_decoder,
)
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.agents.volatility_observer import build_observer, read_tasks
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.volatility_panels import (
    draw_watched_session,
    label_watched_session,
    select_session,
)

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

    with print_style():
        figure, rows = new_page([70, 70])
        for first, row in zip((0, SHOWN // 2), rows, strict=True):
            axes = row.subplots(2, SHOWN // 2, sharex=True, sharey="row", height_ratios=[1.4, 1])
            for column, k in enumerate(range(first, first + SHOWN // 2)):
                session, believed, read = (select_session(x, k) for x in (tested, belief, decoded))
                above, below = axes[:, column]
                draw_watched_session(above, below, session, believed, read)
                label_panel(above, "abcdef"[k], f"session {k + 1}")
                below.set_xlabel("trial")
            axes[0, 0].set(ylabel="probability that\nright pays", yticks=[0, 0.5, 1])
            axes[1, 0].set(ylabel="belief that the\nregime is volatile", yticks=[0, 0.5, 1],
                           ylim=(-0.3, 1.45))  # fmt: skip
            label_watched_session(row)
        return write_figure(figure, numbers, out, __file__)
