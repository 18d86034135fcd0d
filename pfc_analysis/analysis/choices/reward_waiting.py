"""How do choices depend on the time since an arm last paid, or since it was last visited?

A baited arm pays the more probably, the longer it was not chosen. A subject who knows this returns
to it. A subject who only follows reward stays away the longer, the longer the arm did not pay.

Time is counted in valid choices, since an invalid trial leaves the arms as they are. Forced choices
and choices with automatic water count as time, but are not predicted. Automatic water does not
count as payment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import BoolArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError, EmptySelectionError
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import estimate_clustered_proportions
from pfc_analysis.analysis.trials.arm_trials import LEFT, RIGHT, ArmTrials, read_arm_trials
from pfc_analysis.analysis.trials.choice_trials import NONE

ARMS = ("left", "right", "either")
OTHER_ARMS = ("richer", "leaner", "any")


@labelled
def compute_choice_since_reward(
    recording: xr.Dataset, max_trials: int = 15, *, leave_out: Sequence[str] = ()
) -> xr.Dataset:
    """Compute how often an arm is chosen, by the number of choices since it last paid.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none) and `reward` (paid if above 0) on `trial`; `forced`,
        `invalid` and `automatic_reward` where it has them.
    max_trials : int
        Trials with this many choices or more share the last bin.
    leave_out : sequence of str
        Further flags (0 or 1 on `trial`) whose trials are not predicted.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `arm`, `trials_since_reward`): `choice_probability`, its `lower` and `upper`
        (95 %, clustered by session) and `n_trials`. Arms are "left", "right" and "either" (both
        pooled). Numbers go from 1 (the arm paid in the choice just before) to `max_trials`, which
        stands for that many or more. A trial enters for an arm once that arm has paid in its
        session, after the last gap in the file.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    EmptySelectionError
        If no trial follows a reward.
    AnalysisError
        If a value or setting is out of range.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_choice_since_reward(recording, max_trials=5)
    >>> either = result["choice_probability"].sel(subject="observer", arm="either")
    >>> print(either.values.round(2))
    [0.75 0.8  0.53 0.71 0.31]

    Probability of choosing an arm 1, 2, 3, 4 and at least 5 choices after it last paid.
    """
    _check_length(max_trials)
    arms = read_arm_trials(recording, leave_out)
    since, chosen, rows = [], [], []
    for arm in (LEFT, RIGHT):
        at_arm = arms.trials.choice == arm
        since.append(count_since(arms, at_arm & (arms.reward > 0)))
        chosen.append(at_arm)
        rows.append(arms.counted & (since[-1] != NONE))
    if not np.any(rows):
        raise EmptySelectionError(
            f"reward: found no trial that counts after a reward: {arms.counts()}; record longer "
            "sessions"
        )

    def select(own: BoolArray, name: str) -> tuple[BoolArray, IntArray, IntArray]:
        wanted = (LEFT, RIGHT) if name == "either" else (ARMS.index(name),)
        kept = [np.flatnonzero(own & rows[arm]) for arm in wanted]
        success = [chosen[arm][k] for arm, k in zip(wanted, kept, strict=True)]
        waited = [since[arm][k] for arm, k in zip(wanted, kept, strict=True)]
        return np.concatenate(success), np.concatenate(waited), np.concatenate(kept)

    names = ("choice_probability", "arm", "trials_since_reward")
    return _tabulate(arms, names, ARMS, max_trials, select)


@labelled
def compute_choice_since_visit(
    recording: xr.Dataset, max_trials: int = 10, *, leave_out: Sequence[str] = ()
) -> xr.Dataset:
    """Compute how often subjects switch, by the choices since they last visited the other arm.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        As for `compute_choice_since_reward`; `base_probability` or `reward_probability` (`trial`,
        `arm`) where it has them.
    max_trials, leave_out
        As for `compute_choice_since_reward`.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `other_arm`, `trials_since_visit`): `switch_probability`, its `lower` and
        `upper` (95 %, clustered by session) and `n_trials`. `other_arm` says whether the arm that
        was not chosen last is the "richer" or the "leaner" one, or "any". Numbers go from 1 (it
        was not chosen for one choice) to `max_trials`, which stands for that many or more. For
        "richer" this is the probability of choosing the rich arm by n(rich). An arm not yet
        visited counts from the session's first trial, as baiting does. The first choice of a
        session does not enter, and no trial after a gap in the file until both arms were visited
        again. "any" includes trials with equal arms and trials without a schedule; the other two
        are NaN where there is no schedule.

    Raises
    ------
    MissingVariableError, AnalysisError
        As `compute_choice_since_reward`.
    EmptySelectionError
        If no trial follows another choice.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.matching import Matching
    >>> observer = pfc.analysis.BaitingObserver(prior="gaps")
    >>> recording = pfc.simulate(observer, Matching(), sessions=30, seed=1, subject="observer")
    >>> result = pfc.analysis.compute_choice_since_visit(recording, max_trials=4)
    >>> leaner = result["switch_probability"].sel(subject="observer", other_arm="leaner")
    >>> print(leaner.values.round(2))
    [0.52 0.16 0.02 0.14]

    Probability of visiting the leaner arm after 1, 2, 3 and at least 4 choices of the richer one.
    """
    _check_length(max_trials)
    arms = read_arm_trials(recording, leave_out)
    trials = arms.trials
    since = [count_since(arms, trials.choice == arm) for arm in (LEFT, RIGHT)]
    other = np.where(since[LEFT] == 1, RIGHT, np.where(since[RIGHT] == 1, LEFT, NONE))
    waited = np.where(other == LEFT, *(count_left_alone(arms, arm) for arm in (LEFT, RIGHT)))
    rows = arms.counted & (other != NONE) & (waited != NONE)
    if not rows.any():
        raise EmptySelectionError(
            f"choice: found no trial that counts after another choice: {arms.counts()}; record "
            "longer sessions"
        )
    switched = trials.choice == other
    better = np.zeros(other.size)
    if arms.probability is not None:
        better = np.sign(arms.probability[:, RIGHT] - arms.probability[:, LEFT])
    rich = better * np.where(other == RIGHT, 1, -1)
    member = {"richer": rich > 0, "leaner": rich < 0, "any": np.ones(rich.size, np.bool_)}

    def select(own: BoolArray, name: str) -> tuple[BoolArray, IntArray, IntArray]:
        kept = np.flatnonzero(own & rows & member[name])
        return switched[kept], waited[kept], kept

    names = ("switch_probability", "other_arm", "trials_since_visit")
    return _tabulate(arms, names, OTHER_ARMS, max_trials, select)


def count_since(arms: ArmTrials, event: BoolArray) -> IntArray:
    """Count the choices since an event.

    Parameters
    ----------
    arms : ArmTrials
        Of the recording.
    event : boolean array (trial,)
        Valid trials in which it happened.

    Returns
    -------
    integer array (trial,)
        1 if it happened in the valid choice just before; -1 if not yet in the session, or not
        since the last gap in the file.
    """
    index = np.arange(event.size)
    latest = np.maximum.accumulate(np.append(NONE, np.where(event, index, NONE)))[:-1]
    known = (latest != NONE) & (arms.segment[latest] == arms.segment)
    rank = _count_choices(arms)
    return np.where(known, rank - rank[latest], NONE).astype(np.int64)


def count_left_alone(arms: ArmTrials, arm: int) -> IntArray:
    """Count the choices since an arm was last chosen, or since the session's start.

    Returns
    -------
    integer array (trial,)
        n of the baiting rule: 0 if the arm was chosen just before; -1 if it is unknown because of
        a gap in the file.
    """
    since = count_since(arms, arms.trials.choice == arm)
    rank = _count_choices(arms)
    first = np.unique(arms.segment, return_index=True)[1][arms.segment]
    unvisited = np.where(arms.from_start, rank - rank[first], NONE)
    return np.where(since != NONE, since - 1, unvisited).astype(np.int64)


def _count_choices(arms: ArmTrials) -> IntArray:
    """Count the valid choices before each trial, over the recording."""
    valid = arms.trials.valid.astype(np.int64)
    return np.cumsum(valid) - valid


def _check_length(max_trials: int) -> None:
    if not isinstance(max_trials, (int, np.integer)) or max_trials < 1:
        raise AnalysisError(
            f"max_trials: found {max_trials!r}, expected a whole number of at least 1"
        )


def _tabulate(
    arms: ArmTrials,
    names: tuple[str, str, str],
    groups: Sequence[str],
    max_trials: int,
    select: Callable[[BoolArray, str], tuple[BoolArray, IntArray, IntArray]],
) -> xr.Dataset:
    """Estimate the proportion of successes by subject, group and number of choices.

    `select` takes the trials of a subject and a group's name, and gives successes, numbers of
    choices and indices of trials. `names` are those of the proportion and its last two dimensions.
    """
    quantity, group_dim, count_dim = names
    found: dict[str, list[np.ndarray]] = {quantity: [], "lower": [], "upper": [], "n_trials": []}
    for index, _ in arms.trials.by_subject():
        own = arms.trials.subject == index
        for group in groups:
            success, waited, rows = select(own, group)
            share = estimate_clustered_proportions(
                success.astype(np.float64),
                np.minimum(waited, max_trials) - 1,
                arms.trials.session[rows],
                max_trials,
            )
            found[quantity].append(share.proportion)
            for name in ("lower", "upper", "n_trials"):
                found[name].append(getattr(share, name))
    shape = (len(arms.trials.subjects), len(groups), max_trials)
    result = xr.Dataset(
        {
            name: (("subject", group_dim, count_dim), np.reshape(values, shape))
            for name, values in found.items()
        },
        coords={
            "subject": list(arms.trials.subjects),
            group_dim: list(groups),
            count_dim: np.arange(1, max_trials + 1),
        },
    )
    result[count_dim].attrs["long_name"] = f"choices; {max_trials} or more in the last"
    result.attrs = arms.counts() | {"interval": "95 %, clustered by session"}
    return result
