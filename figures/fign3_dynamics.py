"""Figure N3: where do trials lead an agent's state, and how fast does it forget?

This is not in the paper. Each kind of trial is a map of the state of the network; its fixed points
and their eigenvalues are found from the trained weights. Run it by `pfc figure n3`, or copy it.
"""

from pathlib import Path

from pfc_analysis import state_maps
from pfc_analysis.analysis.dynamics.network_fixed_points import find_fixed_points
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.agent_recording import agent_folder, record_agent
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import dynamics_panels as panels
from pfc_analysis.reproduction.tables import dynamics_numbers as tables

SEED = 13
SESSIONS = 6  # of each replica and task; of these, the states that are drawn and searched from
STARTS = 4  # recorded states of each replica from which fixed points are searched
STATES = 20  # recorded trials of each replica, regime and order at which eigenvalues are computed
LAGS = 12
ORDERS = ("stable_first", "volatile_first")
RESPONDED = 2  # sessions of each replica and order in which responses are computed
UNTRAINED = "untrained networks"
SHOWN = {
    "choice left, common_transition 1, reward 1": "left, common, rewarded",
    "choice right, common_transition 1, reward 1": "right, common, rewarded",
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Two-step task: the same trials, lived through by trained networks and by untrained ones.
    settings = {"sessions": SESSIONS, "seed": SEED, "units": False}
    played = record_agent("two_step", agents, **settings)
    maps, fixed = {}, {}
    for source, untrained in (("agents", False), (UNTRAINED, True)):
        maps[source] = state_maps(
            agent_folder("two_step", agents), played, kinds=tables.KINDS, untrained=untrained
        )
        fixed[source] = find_fixed_points(maps[source], n_starts=STARTS)

    # Volatility task, in both orders of the regimes.
    regimes = []
    for order in ORDERS:
        task = {"schedule": order}
        watched = record_agent("volatility", agents, task=task, **settings)
        regimes.append(state_maps(agent_folder("volatility", agents), watched, task=task))
    measured = tables.measure_regimes(regimes, STATES, LAGS, RESPONDED)

    numbers = Numbers(read_published("wang_2018"), figure="n3")
    summaries = tables.add_fixed_points(numbers, "a b c d", fixed)
    changed = tables.add_regimes(numbers, "efg", measured)

    with print_style():
        figure, (above, below) = new_page([58, 56])
        axes = above.subplots(1, 3, sharex=True, sharey=True)
        panels.draw_states_and_flow(axes, maps["agents"], fixed["agents"], SHOWN, "abc")
        d, e, f, g, h = below.subplots(1, 5, width_ratios=[1.2, 1.5, 1.3, 0.45, 0.45])
        panels.draw_point_constants(d, summaries, UNTRAINED, "d")
        panels.draw_regimes(e, measured, "e")
        panels.draw_responses(f, measured, "f")
        panels.draw_changes(g, h, changed, "g")
        return write_figure(figure, numbers, out, __file__)
