"""Agents beside animals: one call, one dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.statistics.bootstrap import (
    Difference,
    average_group,
    check_resamples,
    subtract_groups,
)
from pfc_analysis.analysis.statistics.mixed_logistic import MixedFit
from pfc_analysis.analysis.statistics.multiple_tests import adjust_holm
from pfc_analysis.comparison.align import align_groups
from pfc_analysis.comparison.dataset import (
    Contrast,
    MeasuredGroup,
    lay_out_contrasts,
    lay_out_groups,
)
from pfc_analysis.comparison.measured import draw_units
from pfc_analysis.comparison.measures.mixed import fit_mixed
from pfc_analysis.comparison.questions import Question
from pfc_analysis.comparison.registry import Experiment, Group, find_experiment
from pfc_analysis.comparison.sentences import Side, write_sentence, write_summary
from pfc_analysis.comparison.usable import UsableTrials, check_keep, select_usable


def compare_recordings(
    experiment: str,
    groups: Mapping[str, xr.Dataset],
    rng: np.random.Generator | int,
    n_resamples: int = 2000,
    *,
    keep: Sequence[str] = (),
) -> xr.Dataset:
    """Compare groups of subjects: estimates, intervals, differences, and what they say.

    Parameters
    ----------
    experiment : str
        `two_step`, `matching`, `bandit_independent`, `bandit_correlated`, `volatility`,
        `serial_reversal`, `risky_choice` or `harlow`, or a variant (`two_step_rpe_input`).
    groups : mapping of str to xarray.Dataset
        Recordings by the name of their group, the agents first, then one group of animals or
        more. Each has what its experiment's analyses read (`common_transition` for `two_step`,
        `correct` and `reversal_number` for `serial_reversal`, ...).
    rng : numpy.random.Generator or int
        Draws subjects and sessions anew and thins trials; or its seed. The same seed gives the
        same bytes.
    n_resamples : int
        Draws of the bootstrap, at least 100.
    keep : sequence of str
        Marks of trials (`forced`, `stimulated`, `automatic_reward`, `invalid`) to ignore. By
        default trials that carry one are left out (`pfc_analysis.comparison.usable`).

    Returns
    -------
    xarray.Dataset
        On `quantity` (labels such as "stay_probability common_rewarded"), with coordinates
        `name`, `condition`, `lag` (0 where that means nothing), `title`, `unit` and `headline`
        (1 for what is counted in the summary, 0 for a detail of a curve):

        - (`group`, `quantity`): `group_value`, the mean over subjects, `group_lower`,
          `group_upper`, `n_subjects`, `inference` ("population": subjects were drawn anew;
          "these subjects": there are fewer than 4, and the interval is about these only) and
          `group_note`, why there is no value or interval.
        - (`comparison`, `quantity`), the first group less each other one: `difference`,
          `difference_lower`, `difference_upper`, `difference_p` (t test on the same standard
          errors), `difference_p_holm` (corrected for the number of headline quantities, NaN for
          details) and `sentence`. On `comparison`: `summary`, `mixed_note`.
        - (`subject`, `quantity`): `subject_value`, `subject_lower`, `subject_upper`, `subject_n`
          (trials, pairs, points or reversals), `subject_note`. Coordinates of `subject`:
          `subject_name`, `subject_group`, `subject_n_sessions`, `subject_n_trials`,
          `subject_n_used`, `subject_resampled` (what was drawn anew within it: "sessions", or
          "stretches of trials" where it has fewer than 4). (`subject`, `mark`): `marked`, trials
          that carry each mark. On `mark`: `mark_use`, what was done with them.
        - (`session`, `quantity`): `session_value`, `session_lower`, `session_upper`,
          `session_n`, `session_note`. Coordinates of `session`: `session_name` (as the recording
          numbers it), `session_subject`, `session_group`.
        - `effect`: fixed effects of the mixed regression over both groups, `effect_value`,
          `effect_lower`, `effect_upper` (log-odds), `effect_n` (trials), with coordinates
          `effect_name` and `effect_comparison`. No rows where there is no such regression;
          `mixed_note` says why.
        - `point` (`matching` only): `log_reward_ratio`, `log_choice_ratio`, with coordinates
          `point_group`, `point_subject`, `point_session`.

        All intervals are 95 %. Text is empty where there is nothing to say.

    Raises
    ------
    MissingVariableError
        If a recording lacks a variable; the message begins with its group.
    EmptySelectionError
        If a group has no choice that counts.
    AnalysisError
        If the experiment cannot be compared, there are not two groups, or a setting or value is
        out of range.

    Notes
    -----
    Intervals of subjects and sessions are those of the analyses; of groups and differences, those
    of `pfc_analysis.analysis.statistics.bootstrap`; of the regression,
    `pfc_analysis.analysis.statistics.mixed_logistic`.
    """
    asked = find_experiment(experiment)
    check_resamples(n_resamples)
    check_keep(keep)
    if len(groups) < 2:
        raise AnalysisError(
            f"groups: found {listed(groups)}, expected at least two, the agents first: "
            "{'agents': recording, 'rats': recording}"
        )
    streams = _streams(rng, len(groups))
    parts = []
    for index, (name, recording) in enumerate(groups.items()):
        try:
            usable = select_usable(recording, keep)
            units = draw_units(usable, n_resamples, streams[index])
            measured = asked.measure(Group(usable, units, index == 0, streams[index]))
        except AnalysisError as error:
            raise type(error)(f"{name}: {error}") from error
        parts.append((name, usable, measured, units))
    questions, aligned = align_groups([part[2] for part in parts])
    found = []
    for (name, usable, _, units), measured, stream in zip(parts, aligned, streams, strict=False):
        mean = average_group(measured.resampled, stream)
        found.append(MeasuredGroup(name, usable, measured, mean, units))
    contrasts = [_contrast(asked, questions, found[0], other, streams[-1]) for other in found[1:]]
    result = lay_out_groups(questions, found, keep).merge(lay_out_contrasts(questions, contrasts))
    result.attrs = {
        "experiment": experiment,
        "n_resamples": int(n_resamples),
        "keep": ", ".join(keep),
        "interval": "95 %",
        "note": asked.note,
        "bootstrap": "hierarchical: subjects, then sessions within subjects (Saravanan et al. "
        "2020), scaled to the unbiased standard error, widened as Student's t",
    }
    if not isinstance(rng, np.random.Generator):
        result.attrs["seed"] = int(rng)
    return result


def _streams(rng: np.random.Generator | int, n: int) -> list[np.random.Generator]:
    """One generator for each group, and one for what they share."""
    root = rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)
    seeds = root.integers(2**63, size=n + 1)
    return [np.random.default_rng(seed) for seed in seeds]


def _contrast(
    asked: Experiment,
    questions: tuple[Question, ...],
    one: MeasuredGroup,
    other: MeasuredGroup,
    rng: np.random.Generator,
) -> Contrast:
    """Set one group against another."""
    difference = _hold_in_range(subtract_groups(one.mean, other.mean), questions)
    headline = np.array([question.headline for question in questions])
    holm = adjust_holm(np.where(headline, difference.p, np.nan))
    sides = [Side(group.name, group.mean, group.reasons) for group in (one, other)]
    return Contrast(
        name=f"{one.name} - {other.name}",
        difference=difference,
        holm=holm,
        sentences=[
            write_sentence(question, index, sides[0], sides[1], difference)
            for index, question in enumerate(questions)
        ],
        summary=write_summary(questions, sides[0], sides[1], difference, holm),
        mixed=_fit_mixed(asked, one.usable, other.usable, rng),
    )


def _hold_in_range(difference: Difference, questions: tuple[Question, ...]) -> Difference:
    """Cut intervals to what a difference of two quantities can be, if these are bounded."""
    span = np.array([question.highest - question.lowest for question in questions])
    lower, upper = np.maximum(difference.lower, -span), np.minimum(difference.upper, span)
    return replace(difference, lower=lower, upper=upper)


def _fit_mixed(
    asked: Experiment, one: UsableTrials, other: UsableTrials, rng: np.random.Generator
) -> MixedFit | str:
    """Fit the experiment's regression over both groups, if it has one."""
    if asked.mixed is None:
        return "not fitted: there is no such regression for this experiment"
    return fit_mixed(asked.mixed, one, other, rng)
