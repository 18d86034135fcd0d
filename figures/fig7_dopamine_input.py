"""Figure 7: tampering with the prediction error, and what it does to risky choice.

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 7`, or copy it.
"""

from pathlib import Path

import xarray as xr

from pfc_analysis import record, simulate
from pfc_analysis.analysis.choices.risk_preference import (
    compute_preference_change,
    compute_risky_preference,
)
from pfc_analysis.analysis.learners.risk_learners import ExpectedReward, Manipulation, OptimalRisk
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.choices.preference import (
    CONTROL,
    EXPERIMENTAL,
    draw_directions,
    draw_preference,
    label_preference,
)
from pfc_analysis.plotting.style import figure_style, label_panel, new_figure, save_figure
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.risky_choice import RiskyChoice

SEED = 7
SESSIONS = 200  # of each replica in each condition
SIMULATED = 1000  # of each learner
PROBABILITIES = (0.5, 0.125)  # that the risky arm pays: the two that the paper shows
TEMPERATURE = 3.0  # inverse; with it the learner chooses about as a replication's did
MANIPULATIONS: dict[Manipulation, str] = {
    "block_risky_reward": "risky reward\nblocked",
    "block_safe_reward": "safe reward\nblocked",
    "block_risky_loss": "error raised at\nrisky loss",
}


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record and analyse: agents, and a learner that perceives rewards as the agents' errors tell.
    folder = None if agents is None else agents / "risky_choice"
    rules: list[Manipulation] = ["none", *MANIPULATIONS]
    found = {rule: _agents(folder, rule) for rule in rules}
    expected = {rule: _learner(rule) for rule in rules}
    best = _play(OptimalRisk(), "Bayes-optimal")
    numbers = Numbers(read_published("stopper_2014"), figure="7")
    directions = numbers.paper("change_direction", "rats")
    changes = {
        rule: compute_preference_change(
            found["none"], found[rule], expected_direction=1 if directions[rule] > 0 else -1
        )
        for rule in MANIPULATIONS
    }

    # Tabulate: every number drawn. The rats' sizes cannot be recovered, their directions can.
    discounting = found["none"]["risky_preference"]
    slope = discounting.sel(probability=0.5) - discounting.sel(probability=0.125)
    numbers.add("b", "agents", "discounting", slope.to_dataset(name="discounting"))
    numbers.add("b", "Bayes-optimal control", "risky_preference", best)
    for rule in rules:
        name = CONTROL if rule == "none" else rule
        numbers.add("b", f"agents {name}", "risky_preference", found[rule])
        numbers.add("b", f"learner {name}", "risky_preference", expected[rule])
    for rule, change in changes.items():
        numbers.add("b", f"agents {rule}", "change", change)
        sign = change["change"] * directions[rule] > 0
        numbers.add(
            "b", f"agents {rule}", "as_in_rats", sign.astype(float).to_dataset(name="as_in_rats")
        )

    counts = _count_rats(numbers)
    with figure_style():
        figure = new_figure(12.5, 3.9)
        a, *panels = figure.subplots(1, 4, width_ratios=[1.25, 1, 1, 1])
        draw_directions(a, {r: (t, directions[r], counts[r]) for r, t in MANIPULATIONS.items()})
        label_panel(a, "a", "rats: published directions,\nheights of bars not recoverable")
        for axes, (rule, title) in zip(panels, MANIPULATIONS.items(), strict=True):
            pair = {CONTROL: found["none"], EXPERIMENTAL: found[rule]}
            values = {name: result["risky_preference"] for name, result in pair.items()}
            means = {
                n: summarise_subjects(result, "risky_preference") for n, result in pair.items()
            }
            learner = {
                name: expected[which]["risky_preference"].isel(subject=0)
                for name, which in ((CONTROL, rules[0]), (EXPERIMENTAL, rule))
            }
            draw_preference(axes, values, means, learner, best["risky_preference"].isel(subject=0))
            title = title.replace("\n", " ")
            label_panel(axes, "b" if axes is panels[0] else "", f"agents: {title}")
        label_preference(panels[1], "softmax learner told the same")
        files = save_figure(figure, out, "fig7_dopamine_input")
    return [*files, numbers.write(out / "fig7_dopamine_input.csv")]


def _agents(folder: Path | None, rule: Manipulation) -> xr.Dataset:
    """Preferences of the agents at both probabilities, under a rule of intervention or none."""
    recordings = [
        record(
            "risky_choice",
            agent=folder,
            sessions=SESSIONS,
            task={"schedule": "fixed", "probability": probability},
            interventions=[] if rule == "none" else [rule],
            units=False,
        )
        for probability in PROBABILITIES
    ]
    return _join(recordings)


def _learner(rule: Manipulation) -> xr.Dataset:
    """Preferences of the learner, whose perception is changed in the same trials."""
    player = ExpectedReward(inverse_temperature=TEMPERATURE, manipulation=rule)
    return _play(player, "softmax learner")


def _play(player: ExpectedReward | OptimalRisk, name: str) -> xr.Dataset:
    """Preferences of a player of the same task at both probabilities."""
    tasks = [RiskyChoice(schedule="fixed", probability=p) for p in PROBABILITIES]
    return _join(
        [simulate(player, task, sessions=SIMULATED, seed=SEED, subject=name) for task in tasks]
    )


def _join(recordings: list[xr.Dataset]) -> xr.Dataset:
    parts = [compute_risky_preference(each, by_probability=True) for each in recordings]
    return xr.concat(parts, dim="probability", data_vars="minimal", combine_attrs="override")


def _count_rats(numbers: Numbers) -> dict[str, int]:
    rows = numbers.published[numbers.published["quantity"] == "change_direction"]
    return dict(zip(rows["condition"], rows["n"].astype(int), strict=True))
