"""Figure 3: do agents learn faster where the world changes, and do their units know that it does?

Read it top to bottom: record, analyse, tabulate, draw. Run it by `pfc figure 3`, or copy it.
"""

from pathlib import Path

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from pfc_analysis import record, simulate
from pfc_analysis.analysis.learners.bayesian_volatility import (
    LOG_PRECISIONS,
    LOG_STEPS,
    BayesianVolatility,
    compute_bayesian_volatility,
)
from pfc_analysis.analysis.learners.hazard_observer import HazardObserver, compute_hazard_belief
from pfc_analysis.analysis.learning.learning_rate import (
    REGIMES,
    compute_learning_rate,
    compute_step_learning_rate,
)
from pfc_analysis.analysis.learning.regret import compute_regret, compute_share_of_best
from pfc_analysis.analysis.learning.schedule_means import (
    compute_schedule_mean,
    compute_switch_rise,
    find_first_side,
)
from pfc_analysis.analysis.neurons.volatility_decoding import (
    compute_decoding_score,
    decode_volatility,
    fit_volatility_decoder,
)
from pfc_analysis.analysis.neurons.volatility_tracking import compute_volatility_tracking
from pfc_analysis.analysis.statistics.summary import summarise_subjects
from pfc_analysis.plotting.curves import Look, draw_curves, draw_subject_dots
from pfc_analysis.plotting.dots import draw_dots
from pfc_analysis.plotting.learning.volatility import (
    add_right_axis,
    draw_choice_marks,
    draw_phase_rates,
    draw_schedule,
    draw_trial_curves,
    shade_volatile,
)
from pfc_analysis.plotting.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILLION,
    figure_style,
    label_panel,
    new_figure,
    save_figure,
)
from pfc_analysis.recording.published import published_row, read_published
from pfc_analysis.reproduction.agents.volatility_observer import build_observer, read_tasks
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.tasks.volatility import VolatileBandit

SEED = 3
ORDERS = ("stable_first", "volatile_first")
PLAYED = 200  # test sessions of every replica and order; the observer plays three times as many
STEPPED = 100  # of these, for learning rates in a sliding window, which take their time
WATCHED = 300  # sessions of the training process, in which volatility is decoded
SESSIONS = (10, 30, 100, WATCHED)  # of these, in which units are asked what they track
LEARNED = 24  # of the Bayesian learner, which takes its time too
OBSERVER, LEARNER = "observer", "Bayesian learner"
# Every third k and second I of Behrens et al.: fitted rates move by .001, in a tenth of the time.
SOFT = BayesianVolatility(8.0, log_steps=LOG_STEPS[::3], log_precisions=LOG_PRECISIONS[::2])
SHARES = {
    "share_tracking": "share_significant_bonferroni",
    "share_tracking_uncorrected": "share_significant",
}
HIGHEST = 0.45  # learning rate on the axes of panels c and d; the paper's reach .43 and .6


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from agents trained in `agents` or the shipped ones."""

    def play(schedule: str, sessions: int) -> xr.Dataset:
        agent = None if agents is None else agents / "volatility"
        task = {"schedule": schedule}
        return record("volatility", agent=agent, sessions=sessions, seed=SEED, task=task)

    # Record: agents with frozen weights; the Bayesian learner of Behrens et al.; and an observer
    # that knows the process of training, which nobody can do better in.
    training = play("training", WATCHED)
    trained, *in_order = read_tasks(training, "training", *ORDERS)
    observer, tests = build_observer(trained), dict(zip(ORDERS, in_order, strict=True))
    played = {
        "agents": {order: play(order, PLAYED) for order in ORDERS},
        OBSERVER: {
            order: simulate(observer, test, sessions=3 * PLAYED, seed=SEED, subject=OBSERVER)
            for order, test in tests.items()
        },
        LEARNER: {
            order: simulate(SOFT, test, sessions=LEARNED, seed=SEED, subject=LEARNER)
            for order, test in tests.items()
        },
    }

    # Analyse and tabulate: the same functions for all; the papers' numbers beside ours.
    humans = read_published("behrens_2007")
    numbers = Numbers(pd.concat([read_published("wang_2018"), humans]), figure="3")
    measure_reward(training, observer, trained, numbers)
    rates = {
        source: measure_rates("c" if source == LEARNER else "d", source, recordings, numbers)
        for source, recordings in played.items()
    }
    in_test = played["agents"]["stable_first"]
    traces = measure_traces(in_test, training, observer, numbers)
    decoding = measure_decoding(training, observer, numbers)
    tracking = measure_tracking(training, numbers)

    with figure_style():
        figure = new_figure(13, 7)
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1.3, 1], wspace=0.03)[0]
        above, below = left.subfigures(2, 1, squeeze=False, hspace=0.04)[:, 0]
        draw_learner(above, played[LEARNER]["stable_first"])
        draw_agents(below, in_test, traces)
        (c, d), (e, f) = right.subplots(2, 2)
        draw_rates(c, rates, LEARNER)
        c.set_xlabel(describe_humans(humans))
        label_panel(c, "c", LEARNER)
        draw_rates(d, rates, "agents")
        label_panel(d, "d", f"{rates['agents'].sizes['subject']} agents")
        draw_dots(e, decoding["correlation"], summarise_subjects(decoding, "correlation"), {})
        e.set(ylabel="correlation with the true regime", ylim=(0, 1))
        label_panel(e, "e", "the regime, known")
        draw_tracking(f, tracking, numbers.paper("share_tracking", "agents"))
        label_panel(f, "f", "units that track the regime")
        files = save_figure(figure, out, "fig3_volatility")
    return [*files, numbers.write(out / "fig3_volatility.csv")]


def measure_reward(
    training: xr.Dataset, observer: HazardObserver, task: VolatileBandit, numbers: Numbers
) -> None:
    """Tabulate regret in the process of training, and what is earned of what can be."""
    players = {OBSERVER: observer, "chance": build_observer(task, inverse_temperature=0.0)}
    regret = {"agents": compute_regret(training)} | {
        name: compute_regret(simulate(player, task, sessions=2000, seed=SEED, subject=name))
        for name, player in players.items()
    }
    last = {name: result.isel(trial_in_session=-1, drop=True) for name, result in regret.items()}
    for name, result in last.items():
        numbers.add("", name, "regret", result)
    chance, best = (last[name]["regret"].item() for name in ("chance", OBSERVER))
    numbers.add("", "agents", "reward_share", compute_share_of_best(last["agents"], chance, best))


def measure_rates(
    panel: str, source: str, played: dict[str, xr.Dataset], numbers: Numbers
) -> xr.Dataset:
    """Fit learning rates in the four phases, and tabulate them and how they differ."""
    found, differences = [], []
    for group, order in enumerate(ORDERS, start=1):
        rate = compute_learning_rate(played[order])
        names = ["learning_rate", "learning_rate_lower", "learning_rate_upper"]
        labels = [f"{phase}_{group}" for phase in rate["phase"].values]
        found.append(rate[names].assign_coords(phase=labels))
        of = {phase: rate["learning_rate"].sel(phase=phase, drop=True) for phase in REGIMES}
        differences.append(of["volatile"] - of["stable"])
    rates = xr.concat(found, dim="phase")
    difference = xr.concat(differences, xr.Variable("order", list(ORDERS)))
    numbers.add(panel, source, "learning_rate", rates)
    numbers.add(panel, source, "learning_rate_rise", difference.to_dataset(name="rise"), "rise")
    return rates


def measure_traces(
    played: xr.Dataset, training: xr.Dataset, observer: HazardObserver, numbers: Numbers
) -> dict[str, xr.Dataset]:
    """Trace choices, learning rate and decoded volatility trial by trial; tabulate the rise."""
    decoded = decode_volatility(played, fit_volatility_decoder(training))
    belief = compute_hazard_belief(played, observer)["regime"]
    for source, known in (("agents", decoded), (OBSERVER, belief)):
        rise = compute_switch_rise(known, played)
        numbers.add("b", source, "volatility_rise", rise, "rise")
    chosen = (played["choice"] == find_first_side(played)).astype(float)
    means = {
        "agents": compute_schedule_mean(chosen),
        "decoded": compute_schedule_mean(decoded),
        OBSERVER: compute_schedule_mean(belief),
    }
    some = played.isel(trial=(played["session"] < STEPPED).values)
    rate = compute_step_learning_rate(some)
    curves = {name: summarise_subjects(mean, "mean") for name, mean in means.items()}
    return curves | {"learning rate": summarise_subjects(rate, "learning_rate")}


def measure_decoding(
    training: xr.Dataset, observer: HazardObserver, numbers: Numbers
) -> xr.Dataset:
    """Score how well the regime is decoded, and how well the observer knows it; tabulate both."""
    belief = compute_hazard_belief(training, observer)["regime"]
    watched = training[["regime"]].assign(hidden=belief.expand_dims(unit=["belief"], axis=1))
    found = {
        "agents": compute_decoding_score(training),
        OBSERVER: compute_decoding_score(watched),
    }
    for source, score in found.items():
        numbers.add("e", source, "decoding_correlation", score, "correlation")
    return xr.concat(
        [score[["correlation"]] for score in found.values()],
        xr.Variable("reader", ["decoded\nfrom units", "observer,\nsame choices"]),
    )


def measure_tracking(training: xr.Dataset, numbers: Numbers) -> xr.Dataset:
    """Ask what share of units tracks the regime, in more and more sessions; tabulate it."""
    found = []
    for sessions in SESSIONS:
        some = training.isel(trial=(training["session"] < sessions).values)
        found.append(compute_volatility_tracking(some)[[*SHARES.values(), "n_trials"]])
    trials = [int(one["n_trials"].values.max()) for one in found]
    shares = xr.concat(found, xr.Variable("trials", trials))
    for quantity, variable in SHARES.items():
        numbers.add("f", "agents", quantity, found[-1], variable)
        numbers.add("f", "agents", f"{quantity}_by_trials", shares, variable)
    return shares


def draw_learner(figure: SubFigure, played: xr.Dataset) -> None:
    """Draw panel a: what the Bayesian learner believes in one session."""
    session = played.isel(trial=(played["session"] == played["session"][0]).values)
    believed = compute_bayesian_volatility(session)
    above, below = figure.subplots(2, 1, sharex=True)
    draw_schedule(above, by_trial(session["reward_probability"].isel(arm=1)),
                  by_trial(session["regime"]))  # fmt: skip
    draw_choice_marks(above, by_trial(session["choice"]))
    trial = by_trial(session["regime"])["trial_in_session"] + 1
    above.plot(trial, believed["predicted_right"], color=BLUE, lw=1.3, label="predicted")
    finish_above(above, "right pays")
    label_panel(above, "a", f"{LEARNER}, one session (ticks: choices)")
    shade_volatile(below, by_trial(session["regime"]))
    below.plot(trial, believed["learning_rate"], color=VERMILLION, lw=1.3)
    other = add_right_axis(below, ("learning rate", VERMILLION), ("volatility, log", GREEN))
    other.plot(trial, believed["volatility"], color=GREEN, lw=1.3)
    below.set(xlabel="trial", ylim=(0, None))


def draw_agents(figure: SubFigure, played: xr.Dataset, traces: dict[str, xr.Dataset]) -> None:
    """Draw panel b: what agents choose and know, trial by trial, sessions averaged."""
    session = played.isel(trial=(played["session"] == played["session"][0]).values)
    session = session.isel(trial=(session["subject"] == session["subject"][0]).values)
    first = int(find_first_side(session)[0])
    regime = by_trial(session["regime"])
    above, below = figure.subplots(2, 1, sharex=True)
    draw_schedule(above, by_trial(session["reward_probability"].isel(arm=first)), regime)
    draw_trial_curves(above, {"chosen": traces["agents"]}, {"chosen": Look(BLUE)})
    finish_above(above, "first better arm")
    n_agents = int(traces["agents"]["n_subjects"].max())
    label_panel(above, "b", f"{n_agents} agents, mean of {PLAYED} sessions each")
    shade_volatile(below, regime)
    looks = {"learning rate": Look(VERMILLION), "decoded": Look(GREEN), OBSERVER: Look(GREEN, ":")}
    draw_trial_curves(below, {"learning rate": traces["learning rate"]}, looks)
    other = add_right_axis(below, ("learning rate", VERMILLION), ("volatile regime", GREEN))
    draw_trial_curves(other, {name: traces[name] for name in ("decoded", OBSERVER)}, looks)
    other.legend(loc="upper left")
    below.set(xlabel="trial", ylim=(0, None))


def finish_above(axes: Axes, label: str) -> None:
    """Label the upper half of a panel that shares its trials with the lower one."""
    axes.set(xlabel="", ylabel=label, yticks=[0, 0.5, 1])
    axes.legend(loc="lower left", ncols=2)


def draw_rates(axes: Axes, rates: dict[str, xr.Dataset], source: str) -> None:
    """Draw learning rates of one source by phase, the observer's beside them."""
    own = rates[source]
    others = {} if source == LEARNER else {OBSERVER: rates[OBSERVER]}
    references = {name: summarise_subjects(rate, "learning_rate") for name, rate in others.items()}
    draw_phase_rates(axes, own["learning_rate"], summarise_subjects(own, "learning_rate"),
                     references, {OBSERVER: Look(GREY, marker="D")})  # fmt: skip
    axes.set(ylim=(0, HIGHEST))
    if references:
        axes.legend(loc="upper left")


def draw_tracking(axes: Axes, shares: xr.Dataset, published: dict[str, float]) -> None:
    """Draw the share of units that track volatility over the number of trials."""
    looks = {"share_tracking": ("Bonferroni", Look(INK, "-", "o")),
             "share_tracking_uncorrected": ("uncorrected", Look(GREY, "-", "o"))}  # fmt: skip
    for quantity, (name, look) in looks.items():
        draw_subject_dots(axes, shares[SHARES[quantity]], look)
        draw_curves(axes, {name: summarise_subjects(shares, SHARES[quantity])}, {name: look})
    for value in published.values():
        axes.axhline(value, color=VERMILLION, lw=0.9, ls="--", label="published")
    axes.set(xscale="log", xlabel="trials in the regression", ylabel="share of units", ylim=(0, 1))
    trials = shares["trials"].values
    axes.set_xticks(trials, [f"{n:,}" for n in trials])
    axes.set_xticks([], minor=True)
    axes.legend(loc="lower right")


def describe_humans(humans: pd.DataFrame) -> str:
    """Say in words what is published of humans."""
    t, p = (published_row(humans, quantity) for quantity in ("t_value", "p_value"))
    return (
        f"{t['n']:.0f} humans, published: volatile above stable,\n"
        f"paired t({t['n'] - 1:.0f}) = {t['value']:g}, P < {p['value']:g}"
    )


def by_trial(values: xr.DataArray) -> xr.DataArray:
    """Return the values of one session, labelled by its trials."""
    return values.swap_dims(trial="trial_in_session")
