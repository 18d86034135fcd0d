"""Does stimulation affect later choices as reward does? (Blanco-Pozo, Akam & Walton 2024)

In the two-step task a reward speaks for the choice that commonly leads to the state where it was
found. A subject that plans repeats its choice after reward on a common transition, and changes it
after reward on an uncommon one. If stimulation on random trials acts like reward, it interacts with
the transition in the same way. If it reinforces the choice just made, choices are repeated after
either transition. If it does nothing, neither happens.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pfc_analysis.analysis.choices.stay_probability import INTERVAL
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.signals.stimulation_contrasts import (
    OUTCOMES,
    bootstrap_contrasts,
    count_cells,
)
from pfc_analysis.analysis.signals.stimulation_pairs import build_stimulation_design, read_pairs
from pfc_analysis.analysis.statistics.bootstrap import check_resamples
from pfc_analysis.analysis.statistics.clustered_proportion import (
    ClusteredProportions,
    estimate_clustered_proportions,
)
from pfc_analysis.analysis.statistics.logistic import Covariance, check_ridge, fit_logistic
from pfc_analysis.analysis.statistics.subject_fits import label_coefficients, label_counts
from pfc_analysis.analysis.trials.choice_trials import TRIAL_TYPES, ChoiceTrials, ForcedTrials

STIMULATED = ("not_stimulated", "stimulated")


@labelled
def regress_stimulation(
    recording: xr.Dataset,
    *,
    n_lags: int = 1,
    outcome_interactions: bool = False,
    correct: bool = True,
    refractory: int = 0,
    ridge: float = 0.0,
    covariance: Covariance = "cluster",
    forced_trials: ForcedTrials = "history",
) -> xr.Dataset:
    r"""Regress staying with the first-stage choice on outcome, transition and stimulation.

    Predictors, of the trial before: `stay` (the intercept: tendency to repeat), `outcome` (0.5
    rewarded, -0.5 not), `transition` (0.5 common, -0.5 uncommon), `stimulated` (1 or 0, minus the
    subject's mean), `transition_x_outcome` and `transition_x_stimulated`: twice the products, so
    that these two have one unit, and so have `outcome` and `stimulated`. If stimulation acts like
    reward, the coefficients are alike in both pairs; if it reinforces the choice just made,
    `stimulated` is positive and the interaction 0.

    Predictors of the trial l before, for l > 1, carry a sign s: 1 where the choice then was that
    of the last trial, -1 where it was the other. With lags z the regression is

    .. math:: \log \frac{P(stay_t)}{P(leave_t)} = \sum_l s_{t,l} \, \beta_l^T z_{t-l}

    so that at every lag a positive coefficient means repeating the choice made then.

    Needs choices between two arms.

    Parameters
    ----------
    recording : xarray.Dataset
        `choice` (0 left, 1 right, -1 none), `reward` (rewarded if above 0), `common_transition`
        (1 common, 0 uncommon, -1 none) and `stimulated` (0 or 1) on `trial`; `forced` and
        `invalid` where it has them; with `second_state` and `better_state` (0 or 1) if `correct`
        is true.
    n_lags : int
        Trials to look back, at least 1. A trial before the session's start, or without a valid
        choice, is 0 in all predictors of its lag; at lag 1 the pair is left out.
    outcome_interactions : bool
        Whether `outcome_x_stimulated` (twice the product) and
        `transition_x_outcome_x_stimulated` (four times) enter, as in the study.
    correct : bool
        Whether the controls `correct` (0.5 if the choice commonly leads to the state that pays
        more often, -0.5 if not) and `better_reached` (0.5 if that state was reached, -0.5 if not)
        enter. Unlike stimulation, reward is not random: it is more frequent after correct choices,
        and correct choices are repeated anyway. Without the controls, reward looks up to twice as
        strong as it is. Given both controls, reward is a matter of chance.
    refractory : int
        Trials after a stimulated one in which stimulation was never given; pairs that begin with
        such a trial are left out, because their history differs from that of stimulated trials.
    ridge : float
        Weight of the penalty ``ridge / 2 * sum(coefficient ** 2)`` without the intercept; 0 for
        maximum likelihood. Trained agents, whose choices are nearly determined, need about 1.
    covariance : {"cluster", "nonrobust"}
        Standard errors clustered by session (Student's t with sessions - 1 degrees of freedom;
        NaN for a subject with one session) or from the Hessian (normal).
    forced_trials : {"history", "drop"}
        Whether a forced trial counts as history.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `lag`, `predictor`): `coefficient` in log-odds, `standard_error`, `lower`,
        `upper` (95 %). On `subject`: `log_likelihood` (natural logarithm, unpenalised),
        `n_trials`, `n_sessions`, `n_stimulated` (pairs that begin with a stimulated trial) and
        `ridge`.

    Raises
    ------
    MissingVariableError
        If a variable is missing.
    SeparationError
        If the predictors separate staying from leaving and there is no ridge.
    AnalysisError
        If no pair of trials is left, none or all of a subject's trials were stimulated, or a
        setting is out of range.

    References
    ----------
    Blanco-Pozo, Akam & Walton (2024), Nature Neuroscience 27:286, Fig. 5f, i: mixed effects over
    mice, all interactions, contrasts of -1 and 1 (half of a coefficient here), and a predictor for
    the side of the choice. Akam, Costa & Dayan (2015), PLoS Comput Biol 11:e1004648 (`correct`).

    Examples
    --------
    A planning learner, with stimulation that has no effect on it, in 3 of 10 trials:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stimulated = np.random.default_rng(1).random(recording.sizes["trial"]) < 0.3
    >>> recording = recording.assign(stimulated=("trial", stimulated.astype(int)))
    >>> fit = pfc.analysis.regress_stimulation(recording).sel(subject="planner", lag=1)
    >>> for predictor in ("transition_x_outcome", "transition_x_stimulated"):
    ...     one = fit.sel(predictor=predictor)
    ...     interval = f"{one['lower']:.1f} to {one['upper']:.1f}"
    ...     print(f"{predictor} {one['coefficient']:.1f} ({interval})")
    transition_x_outcome 1.3 (0.7 to 1.8)
    transition_x_stimulated 0.1 (-0.2 to 0.5)

    The interval of stimulation includes 0; that of reward does not.
    """
    check_ridge(ridge)
    if not isinstance(n_lags, (int, np.integer)) or n_lags < 1:
        raise AnalysisError(f"n_lags: found {n_lags!r}, expected a whole number of at least 1")
    pairs = read_pairs(recording, correct, refractory, forced_trials)
    trials = pairs.trials
    fits, stimulated = [], []
    for index, name in trials.by_subject():
        rows = pairs.rows(index, name)
        design, names = build_stimulation_design(pairs, rows, n_lags, outcome_interactions)
        fits.append(
            fit_logistic(
                design,
                pairs.stay[rows],
                trials.session[rows],
                [f"{predictor} at lag {lag + 1}" for lag in range(n_lags) for predictor in names],
                ridge=ridge,
                covariance=covariance,
                subject=name,
            )
        )
        stimulated.append(int(pairs.stimulated[pairs.before[rows]].sum()))
    dims = ("subject", "lag", "predictor")
    result = xr.Dataset(
        label_coefficients(fits, dims, (n_lags, len(names))) | label_counts(fits, ridge),
        coords={
            "subject": list(trials.subjects),
            "lag": np.arange(1, n_lags + 1),
            "predictor": names,
        },
    )
    result["n_stimulated"] = ("subject", stimulated)
    result.attrs = trials.counts() | {"forced_trials": forced_trials, "covariance": covariance}
    result.attrs |= {"refractory": refractory, "interval": "95 %"}
    return result


@labelled
def compute_stimulation_effect(
    recording: xr.Dataset,
    generator: np.random.Generator | int,
    *,
    correct: bool = True,
    refractory: int = 0,
    forced_trials: ForcedTrials = "history",
    n_bootstrap: int = 1000,
) -> xr.Dataset:
    """Compute the effect of stimulation on staying, in units of the effect of reward.

    Parameters
    ----------
    recording, correct, refractory, forced_trials
        As in `regress_stimulation`. With `correct`, the effect of reward is that within trials
        that reached the same (better or worse) state by the same transition; there, reward is a
        matter of chance, as stimulation is everywhere.
    generator : numpy.random.Generator or int
        For the bootstrap; the same seed gives the same intervals.
    n_bootstrap : int
        Resamples of the sessions, at least 2.

    Returns
    -------
    xarray.Dataset
        On (`subject`, `previous`, `stimulated`): `stay_probability` as counted, its 95 % interval
        `lower`, `upper` and `n_trials` (pairs). On (`subject`, `outcome`), for stimulation on
        trials that were "unrewarded", "rewarded" or "both": `stimulation_model_based`, half the
        difference between common and uncommon transitions of the effect of stimulation on the
        probability of staying, and `stimulation_direct`, the mean of the two; `reward_model_based`
        and `reward_direct`, likewise for reward on trials without stimulation (they differ between
        outcomes only by how strata are weighted); `ratio`, of the model-based effects, and
        `direct_ratio`, of the direct ones. Each has `_lower` and `_upper`, percentiles of a
        bootstrap over sessions (NaN with one session), and is NaN where it needs a cell without
        trials. `n_sessions` on `subject`.

    Raises
    ------
    MissingVariableError, AnalysisError
        As `regress_stimulation`; or if `n_bootstrap` is out of range.

    Notes
    -----
    With a `ratio` of 0, stimulation has none of the effect that reward has through the transition.
    On unrewarded trials the ratio is 1 for any subject for whom stimulation equals one reward, and
    it grows with the dose. After a reward there is less left to add to a probability, so the ratios
    of "rewarded" and "both" are then below 1; the study takes both together, in log-odds
    (`regress_stimulation`). A ratio means little where the interval of its denominator includes 0.
    This is so for `direct_ratio` in a subject that plans, and for `ratio` in one that does not.

    References
    ----------
    Blanco-Pozo, Akam & Walton (2024), Nature Neuroscience 27:286, Fig. 5.

    Examples
    --------
    A planning learner, with stimulation that has no effect on it, in 3 of 10 trials:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> rng = np.random.default_rng(1)
    >>> planner = pfc.learners.ModelBased(0.5, 5.0)
    >>> recording = pfc.simulate(planner, TwoStep(), sessions=20, seed=1, subject="planner")
    >>> stimulated = rng.random(recording.sizes["trial"]) < 0.3
    >>> recording = recording.assign(stimulated=("trial", stimulated.astype(int)))
    >>> effect = pfc.analysis.compute_stimulation_effect(recording, rng, n_bootstrap=200)
    >>> ratio = effect.sel(subject="planner", outcome="both")
    >>> print(f"{ratio['ratio']:.1f} ({ratio['ratio_lower']:.1f} to {ratio['ratio_upper']:.1f})")
    0.1 (-0.1 to 0.3)

    The effect of stimulation through the transition, as a multiple of that of a reward.
    """
    generator = as_generator(generator, "generator")
    check_resamples(n_bootstrap, "n_bootstrap", fewest=2)
    pairs = read_pairs(recording, correct, refractory, forced_trials)
    trials = pairs.trials
    proportions, contrasts = [], []
    for index, name in trials.by_subject():
        rows = pairs.rows(index, name)
        before = pairs.before[rows]
        common, rewarded = pairs.kind[rows] < 2, pairs.kind[rows] % 2 == 0
        stimulated = pairs.stimulated[before]
        # Given the transition, a correct choice is the same as having reached the better state.
        stratum = np.zeros(before.size, np.int64)
        if pairs.correct is not None:
            stratum = pairs.correct[before]
        factors = tuple(np.asarray(f, np.int64) for f in (common, stratum, rewarded, stimulated))
        counts = count_cells(pairs.stay[rows], factors, trials.session[rows], 1 + int(correct))
        contrasts.append(bootstrap_contrasts(*counts, generator, n_bootstrap))
        cell = 2 * pairs.kind[rows] + stimulated
        proportions.append(
            estimate_clustered_proportions(
                pairs.stay[rows], cell, trials.session[rows], 2 * len(TRIAL_TYPES)
            )
        )
    result = _label_proportions(trials, proportions)
    for name in contrasts[0]:
        values = np.stack([np.stack(found[name]) for found in contrasts], axis=1)
        for column, suffix in enumerate(("", "_lower", "_upper")):
            result[name + suffix] = (("subject", "outcome"), values[column])
    result.attrs = trials.counts() | {"forced_trials": forced_trials, "refractory": refractory}
    result.attrs["interval"] = f"of stay_probability: {INTERVAL}. Of effects and ratios: 95 %, "
    result.attrs["interval"] += f"percentiles of {n_bootstrap} bootstrap samples of sessions"
    return result.assign_coords(outcome=list(OUTCOMES))


def _label_proportions(trials: ChoiceTrials, estimates: list[ClusteredProportions]) -> xr.Dataset:
    """Put the subjects' stay probabilities on named dimensions."""
    dims = ("subject", "previous", "stimulated")
    shape = (len(estimates), len(TRIAL_TYPES), len(STIMULATED))
    names = {
        "stay_probability": ("proportion", "probability of repeating the choice"),
        "lower": ("lower", "lower end of the 95 % interval of stay_probability"),
        "upper": ("upper", "upper end of the 95 % interval of stay_probability"),
        "n_trials": ("n_trials", "pairs of trials"),
    }
    result = xr.Dataset(
        {
            name: (dims, np.stack([getattr(e, field) for e in estimates]).reshape(shape),
                   {"long_name": text})
            for name, (field, text) in names.items()
        },
        coords={
            "subject": list(trials.subjects),
            "previous": list(TRIAL_TYPES),
            "stimulated": list(STIMULATED),
        },
    )  # fmt: skip
    result["n_sessions"] = ("subject", [e.n_sessions for e in estimates])
    return result
