"""How much reward is lost while finding out which arm pays more? Regret, trial by trial."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.required_variables import require_result
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.means_over_subjects import compute_subject_mean
from pfc_analysis.analysis.trials.arm_trials import check_choices_have_arms
from pfc_analysis.analysis.trials.choice_trials import ChoiceTrials, read_trials, read_variable


@labelled
def compute_regret(recording: xr.Dataset) -> xr.Dataset:
    r"""Compute cumulative regret over the trials of a session.

    .. math:: R_T = \sum_{t \le T} (\max_a p_a - p_{a_t})

    with p the probabilities of reward rather than the rewards, so that chance adds no noise.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 first arm, 1 second, ...) and `reward_probability` (`trial`, `arm`) of a task in
        which choices are arms, of any number; every choice valid, all sessions whole and equally
        long.

    Returns
    -------
    xarray.Dataset
        On `subject` and `trial_in_session` (counted from 0): `regret` (mean over sessions, in
        rewards, that trial's own included), `lower` and `upper` (95 % interval, Student's t over
        sessions; NaN for one session); `n_sessions` on `subject`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    AnalysisError
        If choices are not arms, arms are baited, a choice is missing, a chosen arm has no
        probability, a probability is not between 0 and 1, or sessions differ in length.

    References
    ----------
    Wang et al. (2018), Fig. 1d; Wang et al. (2016), arXiv:1611.05763.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player = pfc.analysis.Thompson()
    >>> recording = pfc.simulate(player, Bandit(), sessions=50, seed=1, subject="player")
    >>> regret = pfc.analysis.compute_regret(recording).sel(subject="player")
    >>> print(regret["regret"].isel(trial_in_session=[9, 49, 99]).values.round(1))
    [0.8 2.  2.7]

    Rewards lost after 10, 50 and 100 trials: fewer and fewer are lost a trial.
    """
    trials = read_trials(recording, two_arms=False)
    lost = _read_losses(recording, trials)
    n_trials = _session_length(trials)
    cumulative = lost.reshape(-1, n_trials).cumsum(axis=1)
    of_session = trials.subject[::n_trials]
    parts = []
    for index, name in trials.by_subject():
        own = cumulative[of_session == index]
        mean = compute_subject_mean(
            xr.DataArray(own, dims=("session", "trial_in_session")), dim="session"
        )
        part = mean[["mean", "lower", "upper"]].rename({"mean": "regret"})
        parts.append(part.assign(n_sessions=len(own)).assign_coords(subject=name))
    result = xr.concat(parts, dim="subject")
    result = result.assign_coords(trial_in_session=np.arange(n_trials))
    result["regret"].attrs["long_name"] = "cumulative regret, in rewards"
    result.attrs["interval"] = "95 %, Student's t over sessions"
    return result


@labelled
def compute_share_of_best(regret: xr.Dataset, chance: float, best: float) -> xr.Dataset:
    r"""Express what subjects earn above chance as a share of what the best player earns.

    .. math:: \frac{\bar p - p_0}{p^* - p_0} = \frac{R_0 - R}{R_0 - R^*}

    with p the mean probability of reward of the arms chosen by the subject, by chance and by the
    best player, and R their regrets in as many trials. The form with regrets has a tenth of the
    noise, since differences between the arms of the sessions cancel.

    Parameters
    ----------
    regret : xarray.Dataset
        `regret`, `lower` and `upper` at one trial (`compute_regret`).
    chance, best : float
        Regret of random choices, and of the best player, at that trial.

    Returns
    -------
    xarray.Dataset
        `reward_share`, `lower`, `upper`: 0 at chance, 1 for the best player. The interval takes
        both of these as known.

    Raises
    ------
    AnalysisError
        If the best player's regret is not below that of chance.

    Examples
    --------
    With arms that pay with 0.25 and 0.75, random choices lose 0.25 rewards a trial. The best player
    is taken here to lose 2 rewards in 100 trials:

    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.bandit import Bandit
    >>> player, task = pfc.analysis.Thompson(), Bandit("fixed", left=0.25, right=0.75)
    >>> recording = pfc.simulate(player, task, sessions=50, seed=1, subject="player")
    >>> regret = pfc.analysis.compute_regret(recording).isel(trial_in_session=-1)
    >>> result = pfc.analysis.compute_share_of_best(regret, chance=25.0, best=2.0)
    >>> print(f"{result['reward_share'].item():.1f}")
    0.9
    """
    require_result(regret, ("regret", "lower", "upper"), "regret", "compute_regret")
    if not best < chance:
        raise AnalysisError(f"best: found {best:g}, expected less than chance ({chance:g})")
    # Less regret is more reward, so the bounds are exchanged.
    names = {"reward_share": "regret", "lower": "upper", "upper": "lower"}
    return xr.Dataset({new: (chance - regret[old]) / (chance - best) for new, old in names.items()})


def _read_losses(recording: xr.Dataset, trials: ChoiceTrials) -> FloatArray:
    """Read how much each choice lost compared with the best arm; float array on trial."""
    if "second_state" in recording:
        raise AnalysisError(
            "second_state: found in the recording, so choices lead to states that pay; expected "
            "arms that pay directly, as in a bandit"
        )
    if "baited" in recording:
        raise AnalysisError(
            "baited: found in the recording, so an arm that was not chosen may pay for certain; "
            "expected arms that pay with `reward_probability`. If the arms of these sessions are "
            "not baited, leave the variable out: recording.drop_vars('baited')"
        )
    probability = read_variable(recording, "reward_probability")
    check_choices_have_arms("reward_probability", probability, trials)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise AnalysisError(
            "reward_probability: found values below 0 or above 1, expected probabilities"
        )
    if not trials.valid.all():
        raise AnalysisError(
            f"choice: found {int((~trials.valid).sum())} trial(s) without a valid choice, expected "
            "none; leave out their sessions"
        )
    chosen = np.take_along_axis(probability, trials.choice[:, None], axis=1)[:, 0]
    return np.asarray(probability.max(axis=1) - chosen, dtype=np.float64)


def _session_length(trials: ChoiceTrials) -> int:
    """Find the number of trials of all sessions, or raise an error if they differ."""
    lengths: IntArray = np.bincount(trials.session)
    if lengths.min() != lengths.max():
        raise AnalysisError(
            f"session: found sessions of {lengths.min()} to {lengths.max()} trials, expected "
            "equally long ones; leave out the shorter ones, or cut all to the trials they share: "
            f"recording.isel(trial=(recording.trial_in_session < {lengths.min()}).values)"
        )
    n_trials = int(lengths[0])
    if not (trials.position.reshape(-1, n_trials) == np.arange(n_trials)).all():
        raise AnalysisError(
            f"trial_in_session: found sessions that lack trials, expected 0 to {n_trials - 1} in "
            "each; regret adds up from the first trial on"
        )
    return n_trials
