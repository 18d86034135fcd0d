"""Figure R2: which experiment on prediction errors tells the paper's network from its rival?

This is not in the paper. Dopamine is changed in play, weakened in training, or sets in late; units
are silenced. Run it by `pfc figure r2`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.rival_agents import PREDICTS, REWARD
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import rival_error_panels as panels
from pfc_analysis.reproduction.panels.rival_panels import draw_rivals, label_rivals
from pfc_analysis.reproduction.tables import rival_error_numbers as tables

SEED = 12
SESSIONS = 100  # of each replica trained with weakened errors
SILENCED = 60  # of each replica at each share of silent units
RISKY = 40  # of each replica, manipulation and probability of the risky reward
RIDGE = 1.0  # agents' choices are nearly determined: without a penalty their weights diverge
SHARES = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0)  # of the units
PLASTICITY = {0.0: "no_rpe", 0.03: "plasticity_3", 0.1: "plasticity_10", 0.3: "plasticity_30"}
DOSES = {
    # What is left of the changes of weights that reward prediction errors teach: in the network of
    # the paper all weights, in the rival those of the actor-critic.
    REWARD: {dose: f"two_step_{name}" for dose, name in PLASTICITY.items()} | {1.0: "two_step"},
    PREDICTS: {dose: f"predictive_two_step_{name}" for dose, name in PLASTICITY.items()}
    | {1.0: "predictive_two_step"},
}
LEARNING = {"weights_frozen": 0.0, "learning_on": 1.0, "learning_10\u00d7_faster": 10.0}
"""Rates at which agents learn while they play, in multiples of that of late training."""
MANIPULATIONS = {
    "block_risky_reward": "risky reward\nblocked",
    "block_safe_reward": "safe reward\nblocked",
    "block_risky_loss": "raised at\nrisky loss",
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record, analyse and tabulate: the same functions for all networks.
    numbers = Numbers(read_published("stopper_2014"), figure="7")
    told = numbers.paper("change_direction", "rats")
    directions = {rule: told[rule] for rule in MANIPULATIONS}
    numbers.tables.append(tables.tabulate_rats(directions))
    curves, saved = tables.add_late_learning(numbers, "abc", agents, (REWARD, PREDICTS))
    weakened = tables.add_weakened(
        numbers, {"planning_index": "d", "model_based_index": "e", "reward": ""}, agents, DOSES,
        SESSIONS, RIDGE,
    )  # fmt: skip
    silenced = tables.add_silenced(
        numbers, {"r2_second_state": "f", "model_based_index": "g"}, agents, SHARES, SILENCED, SEED
    )
    change = tables.add_risky_changes(numbers, "h", agents, directions, LEARNING, RISKY)

    with print_style():
        figure, (above, middle, below) = new_page([44, 46, 46])
        a, b, c = above.subplots(1, 3, width_ratios=[1.5, 1.5, 0.7])
        d, e, f, g = middle.subplots(1, 4)
        risky = below.subplots(1, len(LEARNING), sharey=True)
        for axes, letter, (network, own) in zip((a, b), "ab", curves.items(), strict=True):
            panels.draw_late_learning(axes, own, network, letter, tables.LEARNED)
        b.set_ylabel("")
        label_panel(draw_rivals(c, saved, "updates saved"), "c", "latent learning")
        panels.draw_weakened(d, weakened, "planning_index", "planning index (log-odds)")
        panels.draw_weakened(e, weakened, "model_based_index", "model-based index")
        panels.draw_silenced(f, silenced, "r2_second_state", "r\u00b2 on a planner's errors")
        panels.draw_silenced(g, silenced, "model_based_index", "model-based index")
        titles = {"d": "weakened in training", "e": "the same: stays",
                  "f": "units silenced: errors", "g": "the same: choices"}  # fmt: skip
        for axes, (letter, title) in zip((d, e, f, g), titles.items(), strict=True):
            label_panel(axes, letter, title)
        for axes, name in zip(risky, LEARNING, strict=True):
            changed = change.sel(learning=name, drop=True)
            panels.draw_risky_changes(axes, changed, directions, MANIPULATIONS)
            axes.set_ylabel(panels.RESULT_ON if axes is risky[0] else "")
            label_panel(
                axes, "h" if axes is risky[0] else "", f"errors changed, {name.replace('_', ' ')}"
            )
        label_rivals(figure)
        return write_figure(figure, numbers, out, __file__)
