"""Behaviour in the two tasks of monkeys: the same measures for monkeys, agents and observers.

The measures are the questions of `pfc compare`. A block of the monkeys stands for a session, as it
does for agents, so that intervals come from the scatter of blocks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from pfc_analysis.analysis.choices.choice_likelihood import compute_choice_likelihood
from pfc_analysis.comparison.measure_groups import average_groups, measure_groups
from pfc_analysis.comparison.questions import find_question_set
from pfc_analysis.recording.replay.replay import replay
from pfc_analysis.reproduction.numbers import MEAN

WHAT_WHERE, TWO_STEP = "what_where", "two_step_three_rewards"
"""Experiments, and the questions that are asked."""

RESULTS = ["quantity", "condition", "subject", "value", "lower", "upper", "n"]
"""Columns of results: a row for each subject, and one for their mean."""

LIVED = ("likelihood_per_trial", "preferred_share")
"""How well the policy of an agent in the monkey's place predicts the monkey."""

SEED, DRAWS = 1, 1000
"""Of resampled sessions, for the intervals of means."""

KINDS = {0: "what", 1: "where"}


def drop_neurons(recording: xr.Dataset) -> xr.Dataset:
    """Return the behaviour of a recording with neurons."""
    return recording.drop_dims([name for name in ("unit", "window") if name in recording.dims])


def split_blocks(recording: xr.Dataset) -> xr.Dataset:
    """Return the behaviour of monkeys in the what/where task, each block as a session."""
    recording = drop_neurons(recording)
    block, place = (recording[name].values for name in ("block", "trial_in_block"))
    return recording.assign_coords(
        session=("trial", block.astype(np.int32)),
        trial_in_session=("trial", place.astype(np.int32)),
    )


def measure_behaviour(questions: str, recording: xr.Dataset) -> pd.DataFrame:
    """Measure the behaviour of a group.

    Parameters
    ----------
    questions : str
        `WHAT_WHERE` or `TWO_STEP`.
    recording : xarray.Dataset
        Of monkeys, agents or an observer.

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`. The interval of the mean is about these subjects only where there are
        fewer than five (`pfc_analysis.compare_recordings`). Where a quantity has no condition of
        its own, it is the name of the questions.
    """
    streams = [np.random.default_rng(SEED)]
    groups, measured = measure_groups(
        find_question_set(questions), {"group": recording}, (), DRAWS, streams
    )
    group = average_groups(groups, measured)[0]
    found, (lower, upper) = group.measured.subjects, group.mean.interval()
    tables = []
    for k, question in enumerate(group.measured.questions):
        ends = (lower[k], upper[k])
        own = {
            "subject": [*group.usable.trials.subjects, MEAN],
            "value": [*found.value[:, k], group.mean.value[k]],
            "lower": [*found.lower[:, k], np.maximum(ends[0], question.lowest)],
            "upper": [*found.upper[:, k], np.minimum(ends[1], question.highest)],
            "n": [*found.n[:, k].astype(float), float(group.mean.n_subjects[k])],
        }
        condition = question.condition or questions
        named = {"quantity": question.name, "condition": condition}
        tables.append(pd.DataFrame(own | named))
    return pd.concat(tables, ignore_index=True)[RESULTS]


def measure_lived(experiment: str, monkeys: xr.Dataset) -> pd.DataFrame:
    """Let the shipped agents live through the monkeys' trials, and predict their choices.

    Parameters
    ----------
    experiment : str
        `WHAT_WHERE` or `TWO_STEP`.
    monkeys : xarray.Dataset
        Behaviour, of the what/where task with blocks as sessions (`split_blocks`).

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`: `likelihood_per_trial` and `preferred_share` for each replica, and for
        the mean over replicas (of the logarithm of the likelihood), whose interval is from the
        scatter of the monkey's blocks or sessions. Conditions name the monkey, and the kind of
        block.
    """
    lived = replay(experiment, monkeys, units=False, progress=False)
    tables = []
    for name in dict.fromkeys(lived["replayed_subject"].values.tolist()):
        own = lived.isel(trial=(lived["replayed_subject"] == name).values)
        if experiment == TWO_STEP:
            tables.append(_predict(own, name))
            continue
        for kind, label in KINDS.items():
            part = own.isel(trial=(own["block_kind"] == kind).values)
            tables.append(_predict(part, f"{name}, {label}"))
    return pd.concat(tables, ignore_index=True)


def _predict(lived: xr.Dataset, condition: str) -> pd.DataFrame:
    """Measure how well each replica predicts one monkey, and all of them together."""
    together = lived.assign_coords(subject=("trial", np.full(lived.sizes["trial"], MEAN)))
    found = [compute_choice_likelihood(each).squeeze("replayed_subject", drop=True)
             for each in (lived, together)]  # fmt: skip
    tables = []
    for quantity in LIVED:
        for each in found:
            names = {"value": quantity, "lower": f"{quantity}_lower", "upper": f"{quantity}_upper"}
            own = {column: each[name].values for column, name in names.items()}
            own |= {"subject": each["subject"].values, "n": each["n_trials"].values.astype(float)}
            tables.append(pd.DataFrame(own).assign(quantity=quantity, condition=condition))
    return pd.concat(tables, ignore_index=True)[RESULTS]
