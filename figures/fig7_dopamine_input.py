"""Figure 7: how does changing the prediction error change risky choices?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 7`, or copy it.
"""

from pathlib import Path

from pfc_analysis.analysis.choices.risk_preference import compute_preference_change
from pfc_analysis.analysis.learners.risk_learners import ExpectedReward, Manipulation, OptimalRisk
from pfc_analysis.plotting.choices.preference import (
    CONTROL,
    EXPERIMENTAL,
    draw_directions,
    label_preference,
)
from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.plotting.style import label_panel
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.agents.risky_agents import (
    measure_agent_preference,
    measure_learner_preference,
)
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels.preference_panels import draw_pair

SEED = 7
SESSIONS = 200  # of each replica in each condition
SIMULATED = 1000  # of each learner
TEMPERATURE = 3.0  # inverse; the learner then chooses about as one in a replication did
MANIPULATIONS: dict[Manipulation, str] = {
    "block_risky_reward": "risky reward\nblocked",
    "block_safe_reward": "safe reward\nblocked",
    "block_risky_loss": "error raised at\nrisky loss",
}
RULES: list[Manipulation] = ["none", *MANIPULATIONS]


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse: agents, and a learner that perceives the same changed rewards.
    found = {rule: measure_agent_preference(agents, rule, SESSIONS) for rule in RULES}
    expected = {
        rule: measure_learner_preference(
            ExpectedReward(inverse_temperature=TEMPERATURE, manipulation=rule), SIMULATED, SEED
        )
        for rule in RULES
    }
    best = measure_learner_preference(OptimalRisk(), SIMULATED, SEED)
    numbers = Numbers(read_published("stopper_2014"), figure="7")
    directions = numbers.paper("change_direction", "rats")
    changes = {
        rule: compute_preference_change(
            found["none"], found[rule], expected_direction=1 if directions[rule] > 0 else -1
        )
        for rule in MANIPULATIONS
    }

    # Tabulate: every number drawn. Of the rats' changes the directions are known, not the sizes.
    discounting = found["none"]["risky_preference"]
    slope = discounting.sel(probability=0.5) - discounting.sel(probability=0.125)
    numbers.add("b", "agents", "discounting", slope.to_dataset(name="discounting"))
    numbers.add("b", "Bayes-optimal control", "risky_preference", best)
    for rule in RULES:
        name = CONTROL if rule == "none" else rule
        numbers.add("b", f"agents {name}", "risky_preference", found[rule])
        numbers.add("b", f"learner {name}", "risky_preference", expected[rule])
    for rule, change in changes.items():
        numbers.add("b", f"agents {rule}", "change", change)
        sign = (change["change"] * directions[rule] > 0).astype(float)
        numbers.add("b", f"agents {rule}", "as_in_rats", sign.to_dataset(name="as_in_rats"))

    told = numbers.published[numbers.published["quantity"] == "change_direction"]
    counts = dict(zip(told["condition"], told["n"].astype(int), strict=True))
    with print_style():
        figure, (row,) = new_page([58])
        a, *panels = row.subplots(1, 4, width_ratios=[1.3, 1, 1, 1])
        draw_directions(a, {r: (t, directions[r], counts[r]) for r, t in MANIPULATIONS.items()})
        label_panel(a, "a", "rats: direction of the change\n(published; its size is not)")
        for axes, (rule, title) in zip(panels, MANIPULATIONS.items(), strict=True):
            pair = {CONTROL: found["none"], EXPERIMENTAL: found[rule]}
            learner = {CONTROL: expected["none"], EXPERIMENTAL: expected[rule]}
            draw_pair(axes, pair, learner, best)
            title = title.replace("\n", " ")
            label_panel(axes, "b" if axes is panels[0] else "", f"agents:\n{title}")
        label_preference(panels[1], "softmax learner, same rewards")
        return write_figure(figure, numbers, out, __file__)
