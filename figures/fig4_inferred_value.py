"""Figure 4: do prediction errors follow what was only inferred, in agents; and dopamine in mice?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 4`, or copy it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import SubFigure

from pfc_analysis import record
from pfc_analysis.analysis.learners.reversal_observer import compute_observer_errors
from pfc_analysis.analysis.neurons.latent_decoding import decode_latent_state
from pfc_analysis.analysis.neurons.state_space import compute_principal_components, project_states
from pfc_analysis.analysis.signals.inferred_rpe import compute_cue_rpe, compute_inferred_ratio
from pfc_analysis.analysis.statistics.summary import compute_subject_mean, summarise_subjects
from pfc_analysis.analysis.trials.reversal_trials import classify_reversal_trials
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.neurons.latent_states import draw_latent_states
from pfc_analysis.plotting.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.dopamine import (
    EARLY,
    OLD_TIME,
    Dopamine,
    dopamine_responses,
    measure_move,
    simulate_move,
    tabulate_dopamine,
)
from pfc_analysis.reproduction.numbers import COLUMNS, Numbers

SEED = 4
DECODED_SESSIONS = 200  # of every replica
# Colour is what the cue's side was worth before the reversal: panels after it are swapped.
PAID, UNPAID = Look(VERMILLION, "-", "o"), Look(BLUE, "-", "o")
LOOKS = {
    "before": {"pays_now": PAID, "does_not_pay": UNPAID},
    "experienced": {"pays_now": UNPAID, "does_not_pay": PAID},
    "inferred": {"pays_now": UNPAID, "does_not_pay": PAID},
}
CELLS = ("fixation", "cue", "on_target", "outcome")
TRACES = {
    "CS+": Look(VERMILLION), "CS-": Look(GREY),
    "reward_at_3_s": Look(VERMILLION), "reward_at_9_s": Look(BLUE),
}  # fmt: skip


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""
    # Record: agents with frozen weights; an ideal observer lives through the same trials.
    agent = record("inferred_value", agent=None if agents is None else agents / "inferred_value")
    rng = np.random.default_rng(SEED)
    observer = compute_observer_errors(agent)
    mice = dopamine_responses()
    model = simulate_move()

    # Analyse and tabulate: the same functions for agents and observer.
    numbers = Numbers(read_published("wang_2018"), figure="4")
    errors = {"agents": compute_cue_rpe(agent), "observer": compute_cue_rpe(observer)}
    ratios = compute_inferred_ratio(agent, rng)
    ideal = compute_inferred_ratio(observer, rng)
    decoding = decode_latent_state(agent.isel(trial=(agent["session"] < DECODED_SESSIONS).values))
    for source, found in errors.items():
        numbers.add("b", source, "rpe", found)
    for source, found in (("agents", ratios), ("observer", ideal)):
        for quantity in ("contrast", "inferred_ratio", "experienced_ratio"):
            numbers.add("b", source, quantity, found)
    for quantity in ("accuracy", "new_side_share"):
        numbers.add("c", "agents", quantity, decoding)
    move = measure_move(model, "prediction_error")
    for measure, found in move.items():
        numbers.add("e", "TD model", measure, found, "response")
    numbers.tables.append(tabulate_mice(mice))

    with figure_style():
        figure = new_figure(13, 10)
        parts = figure.subfigures(3, 1, squeeze=False, height_ratios=[1, 1.5, 1], hspace=0.04)[:, 0]
        draw_errors(parts[0], errors, ratios, ideal)
        draw_states(parts[1], agent, decoding)
        draw_dopamine(parts[2], mice, model, move)
        files = save_figure(figure, out, "fig4_inferred_value")
    return [*files, numbers.write(out / "fig4_inferred_value.csv")]


def tabulate_mice(mice: Dopamine) -> pd.DataFrame:
    """Lay out the mice's responses as rows of this figure's numbers; their traces are published."""
    rows = tabulate_dopamine(mice)
    rows = rows[rows["panel"] == "c"]
    return rows.assign(panel="d e", source="mice").reindex(columns=COLUMNS)


def draw_errors(
    figure: SubFigure, errors: dict[str, xr.Dataset], ratios: xr.Dataset, ideal: xr.Dataset
) -> None:
    """Draw panel b: prediction errors before a reversal and after it, and their ratio."""
    *panels, dots = figure.subplots(1, 4, width_ratios=[1, 1, 1, 0.5])
    arrivals = {"arrival": [0, 1, 2]}
    titles = ("before a reversal", "after it, side seen", "after it, side not seen")
    for axes, title, (condition, looks) in zip(panels, titles, LOOKS.items(), strict=True):
        axes.axhline(0, color=INK, lw=0.6)
        for pays, look in looks.items():
            for source, found in errors.items():
                at = {"condition": condition, "pays": pays}
                rpe = found[["rpe", "lower", "upper"]].sel(at, drop=True).assign_coords(arrivals)
                shown = look if source == "agents" else Look(look.colour, ":")
                name = f"{pays.replace('_', ' ')}" if source == "agents" else "ideal observer"
                if source == "agents":
                    draw_subject_dots(axes, rpe["rpe"], look)
                mean = summarise_subjects(rpe if source == "agents" else rpe.mean("subject")
                                          .expand_dims("subject"), "rpe")  # fmt: skip
                draw_curves(axes, {name: mean}, {name: shown})
        axes.set_xticks([0, 1, 2], ["fixation", "cue", "saccade"])
        axes.set(ylim=(-0.55, 0.55), xlim=(-0.3, 2.3))
        label_panel(axes, "b" if axes is panels[0] else "", title)
    panels[0].set_ylabel("prediction error")
    panels[0].legend(loc="upper right")
    names = ("experienced_ratio", "inferred_ratio")
    index = xr.Variable("ratio", ["seen", "not seen"])
    values = xr.concat([ratios[name] for name in names], index)
    theirs = {
        label: ideal[name].mean().item() for label, name in zip(index.values, names, strict=True)
    }
    draw_dots(dots, values, compute_subject_mean(values), theirs)
    dots.set(ylim=(0, 1.5))
    label_panel(dots, "", "cue, after / before")
    dots.set_xlabel("diamonds: ideal observer")


def draw_states(figure: SubFigure, agent: xr.Dataset, decoding: xr.Dataset) -> None:
    """Draw panel c: states of one agent on trial n, which betrays a reversal, and on n + 1."""
    panels = figure.subplots(2, len(CELLS), sharex="col", sharey="col")
    one = agent.isel(trial=(agent["subject"] == agent["subject"][0]).values)
    components = compute_principal_components(one["hidden"], 2)
    kind = classify_reversal_trials(one)["kind"].values
    rows = {"reversal": kind == 1, "next": (kind == 2) | (kind == 3)}
    for line, (phase, chosen) in zip(panels, rows.items(), strict=True):
        trials = one.isel(trial=chosen)
        for axes, step in zip(line, CELLS, strict=True):
            score = project_states(trials["hidden"].sel(step=step), components)
            draw_latent_states(axes, score, trials["rewarded_side"], trials["cue"])
            found = decoding.sel(phase=phase, step=step)
            side = float(found["accuracy"].sel(target="rewarded_side").mean())
            meant = str(found["decoded_side"].values)
            cue = float(found["accuracy"].sel(target="cue").mean())
            label_panel(
                axes, "", f"{step.replace('_', ' ')}: {meant} side {side:.2f}, cue {cue:.2f}"
            )
            axes.locator_params(axis="x", nbins=4)
        line[0].set_ylabel("trial n" if phase == "reversal" else "trial n + 1")
    panels[1, 0].set_xlabel("red: left pays, blue: right pays; pointing to the cue")
    panels[0, 0].annotate("c", (0, 1), xytext=(-26, 8), xycoords="axes fraction", fontsize=12,
                          textcoords="offset points", fontweight="bold")  # fmt: skip


def draw_dopamine(
    figure: SubFigure, mice: Dopamine, model: xr.Dataset, move: dict[str, xr.Dataset]
) -> None:
    """Draw panels d and e: dopamine of mice, and what a prediction error would do."""
    d, dots, e, td, old = figure.subplots(1, 5, width_ratios=[1.2, 0.45, 1.2, 1.2, 0.9])
    for axes, traces in ((d, mice.cue_traces), (e, mice.delay_traces)):
        for condition in traces["condition"].values:
            curve = traces.sel(condition=condition)
            name = str(condition).replace("_", " ")
            draw_curves(axes, {name: curve}, {name: TRACES[str(condition)]})
        axes.set(xlabel="time since the cue (s)", ylabel="dopamine (dF/F)")
        axes.legend(loc="upper right")
    label_panel(d, "d", "mice: cues")
    label_panel(e, "e", "mice: reward moves")
    names = {"cue_plus": "CS+", "cue_minus": "CS-", "cue_difference": "diff."}
    values = mice.responses["response"].sel(measure=list(names))
    values = values.assign_coords(measure=list(names.values()))
    draw_dots(dots, values, compute_subject_mean(values), {})
    label_panel(dots, "", "0 to 1 s")
    for label, name in ((-1, "reward_at_3_s"), (0, "reward_at_9_s")):
        trials = model.isel(trial=(model["session_label"] == label).values)
        errors = trials["prediction_error"].isel(trial=slice(None, EARLY)).mean("trial")
        td.plot(model["time"], errors, color=TRACES[name].colour, lw=1.3)
    td.axvspan(*OLD_TIME, color=GREY, alpha=0.25, lw=0)
    td.set(xlabel="time since the cue (s)", ylabel="prediction error")
    label_panel(td, "", f"TD model, first {EARLY} trials")
    measures = {
        "old_time_before": "before", "old_time_early": f"after,\nfirst {EARLY}",
        "old_time_after": "after,\nall",
    }  # fmt: skip
    ratio = mice.responses["response"] / mice.responses["response"].sel(measure="cue_before")
    values = ratio.sel(measure=list(measures)).assign_coords(measure=list(measures.values()))
    reference = move["cue_before"]["response"].item()
    theirs = {label: move[m]["response"].item() / reference for m, label in measures.items()}
    old.axhline(0, color=INK, lw=0.6)
    draw_dots(old, values, compute_subject_mean(values), theirs)
    old.set_xlabel("diamonds: TD model")
    label_panel(old, "", "at 3 s, share of cue")
