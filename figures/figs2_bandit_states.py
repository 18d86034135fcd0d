"""Supplementary Figure 2: what does the activity of all agents encode in the bandit task?

How many dimensions activity has, after how many trials it orders sessions by what the arms pay, and
the last states of every replica. Run it by `pfc figure s2`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis.analysis.neurons.states.payoff_order import compute_payoff_order
from pfc_analysis.plot.subject_means import draw_mean_curve
from pfc_analysis.plotting import style
from pfc_analysis.plotting.curves import LineStyle
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.bandit_panels import draw_final_states_of_all
from pfc_analysis.tasks.bandit import Bandit

LAST = Bandit().trials - 1
TRIALS = [1, 2, 4, 9, 19, 39, 59, 79, LAST]
COMPONENTS = 6
STYLES = {
    "correlated": LineStyle(style.BLUE, "-", "o"),
    "independent": LineStyle(style.VERMILLION, "-", "o"),
}


def left_advantage(recording: xr.Dataset) -> xr.DataArray:
    """Return how much more the left arm pays than the right, from 0 (1 less) to 1 (1 more)."""
    pay = recording["reward_probability"]
    return (1 + pay.isel(arm=0) - pay.isel(arm=1)) / 2


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record, analyse and tabulate: agents of both kinds of arms, with frozen weights.
    numbers = Numbers(read_published("wang_2018"), figure="s2")
    recordings = {arms: record_agent(f"bandit_{arms}", agents) for arms in STYLES}
    payoffs = {arms: left_advantage(played) for arms, played in recordings.items()}
    variance, order = {}, {}
    for arms, played in recordings.items():
        order[arms] = compute_payoff_order(played, TRIALS, payoff=payoffs[arms])
        variance[arms] = compute_payoff_order(
            played, [LAST], n_components=COMPONENTS, payoff=payoffs[arms]
        )
        source = f"agents, {arms}"
        numbers.add("a", source, "explained_variance_ratio", variance[arms])
        for quantity in ("rank_correlation", "joint_rank_correlation"):
            numbers.add("b", source, quantity, order[arms])

    with print_style():
        figure, (above, *below) = new_page([42, 31, 31])
        a, b = above.subplots(1, 2)
        for arms, line in STYLES.items():
            draw_mean_curve(a, variance[arms], "explained_variance_ratio", f"{arms} arms", line)
            trials = order[arms]["trial_in_session"] + 1
            joint = order[arms].assign_coords(trial_in_session=trials)
            draw_mean_curve(b, joint, "joint_rank_correlation", f"{arms} arms", line)
        a.set(xlabel="principal component", ylabel="share of variance", ylim=(0, 1))
        a.legend()
        label_panel(a, "a", "how many dimensions activity has")
        b.set(xlabel="trial of the session", ylabel="rank correlation", ylim=(0, 1.02))
        label_panel(b, "b", "what pays more, read from components 1 and 2")
        n_replicas = variance["correlated"].sizes["subject"]
        for letter, row, arms in zip("cd", below, STYLES, strict=True):
            panels = row.subplots(1, n_replicas, sharex=True, sharey=True, squeeze=False)[0]
            colours = draw_final_states_of_all(panels, recordings[arms], payoffs[arms])
            label_panel(panels[0], letter, f"{arms} arms\n{panels[0].get_title(loc='left')}")
            bar = row.colorbar(colours, ax=panels, aspect=15, ticks=[0, 0.5, 1],
                               label="P(reward):\nleft - right")  # fmt: skip
            bar.ax.set_yticklabels(["\u22121", "0", "1"])
        return write_figure(figure, numbers, out, __file__)
