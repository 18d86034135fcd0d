"""Compare groups of subjects: measure each, align, contrast, lay out, and put into sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.statistics.bootstrap import check_resamples
from pfc_analysis.comparison.align_groups import align_groups
from pfc_analysis.comparison.contrast_groups import contrast_groups
from pfc_analysis.comparison.measure_groups import average_groups, measure_groups
from pfc_analysis.comparison.question_set import Group, QuestionSet
from pfc_analysis.comparison.questions import choose_question_set, find_question_set
from pfc_analysis.comparison.result_dataset import lay_out_result
from pfc_analysis.comparison.sentences import add_sentences
from pfc_analysis.comparison.usable_trials import check_keep
from pfc_analysis.given_types import checks_types

INTERVALS = (
    "Student's t over subjects, Welch's t for differences. With fewer than five subjects, "
    "Student's t over resampled sessions of these subjects, and no p value"
)


@checks_types
def compare_recordings(
    experiment: str,
    groups: Mapping[str, xr.Dataset],
    rng: np.random.Generator | int,
    n_resamples: int = 2000,
    *,
    keep: Sequence[str] = (),
) -> xr.Dataset:
    """Compare groups of subjects: estimates, intervals, differences, and sentences about them.

    Parameters
    ----------
    experiment : str
        Which questions to ask: the name of a set (a file in `pfc_analysis/comparison/questions/`:
        `two_step`, `matching`, `bandit`, `volatility`, `serial_reversal`, `risky_choice`,
        `harlow`), or the name of an experiment that one of the recordings is of, such as
        `bandit_correlated`. That recording's attribute `questions` then names the set.
    groups : mapping of str to xarray.Dataset
        Recordings by the name of their group: the agents first, then one or more groups of
        animals. Each has the variables that the questions need (`common_transition` for
        `two_step`, `correct` and `reversal_number` for `serial_reversal`, ...).
    rng : numpy.random.Generator or int
        Source of the draws of sessions, or a seed. The same seed gives the same bytes.
    n_resamples : int
        Draws of sessions, at least 100.
    keep : sequence of str
        Marks of trials (`forced`, `stimulated`, `automatic_reward`, `invalid`) to ignore. By
        default marked trials are left out (`pfc_analysis.comparison.usable_trials`).

    Returns
    -------
    xarray.Dataset
        On `quantity` (labels such as "stay_probability common_rewarded"), with coordinates
        `name`, `condition`, `title`, `unit`, `headline` (1 for what is counted in the summary, 0
        for a detail of a curve), `lag` (place on a curve, 0 where there is none), `along` (what
        `lag` counts: "trials ago") and `curve` (its title, where it has one of its own):

        - (`group`, `quantity`): `group_value`, the mean over subjects, `group_lower`,
          `group_upper` (Student's t), `inference` ("population": from the scatter of subjects;
          "these subjects": there are fewer than 5, and the interval is about these only, from the
          scatter of their sessions), `group_note`, why subjects have no value or there is no
          interval. The mean is of `n_subjects` subjects with `n_sessions` sessions, from `n_used`
          of what `counted` names: "trials", "pairs of trials", "blocks", "sessions", "reversals".
          On `group`: `n_recorded` subjects and `n_trials`. On (`group`, `mark`): `n_marked` trials
          of `n_marked_subjects` subjects, and `mark_count`, the same in words. On `quantity`:
          `penalty`, where a regression was fitted with Firth's penalty, and why.
        - (`comparison`, `quantity`), the first group minus each other group: `difference`,
          `difference_lower`, `difference_upper`, `difference_p` (Welch's t; NaN where a group
          has fewer than 5 subjects), `difference_p_holm` (corrected for the number of headline
          quantities, NaN for details) and `sentence`. On `comparison`: `summary`, `mixed_note`.
        - (`subject`, `quantity`): `subject_value`, `subject_lower`, `subject_upper`, `subject_n`
          (trials, pairs, points or reversals), `subject_note`. Coordinates of `subject`:
          `subject_name`, `subject_group`, `subject_n_sessions`, `subject_n_trials`,
          `subject_n_used`, `subject_resampled` (what was resampled within it: "sessions", or
          "stretches of trials" if it has fewer than 4 sessions). (`subject`, `mark`): `marked`,
          trials that carry each mark. On `mark`: `mark_use`, what was done with them.
        - (`session`, `quantity`): `session_value`, `session_lower`, `session_upper`,
          `session_n`, `session_note`. Coordinates of `session`: `session_name` (as the recording
          numbers it), `session_subject`, `session_group`.
        - `effect`: fixed effects of the mixed regression over both groups, `effect_value`,
          `effect_lower`, `effect_upper` (log-odds), `effect_n` (trials), `effect_n_subjects`, with
          coordinates `effect_name` and `effect_comparison`. No rows where there is no such
          regression; `mixed_note` says why.
        - `point` (`matching` only): `log_reward_ratio`, `log_choice_ratio`, with coordinates
          `point_group`, `point_subject`, `point_session`.

        All intervals are 95 %. Text is "" where there is nothing to say. Attributes: `experiment`,
        `questions` (the set), `n_resamples`, `seed`, `keep`, `note` and others.

    Raises
    ------
    MissingVariableError
        If a recording lacks a variable; the message begins with its group.
    EmptySelectionError
        If a group has no choice to analyse.
    AnalysisError
        If no such questions are known, there are not two groups, or a setting or value is out of
        range.

    Notes
    -----
    Intervals of subjects and sessions are those of the analyses; of groups and differences, those
    of `pfc_analysis.analysis.statistics.group_means`; of the regression,
    `pfc_analysis.analysis.statistics.mixed_logistic`. `benchmarks/coverage` has their coverage.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> from pfc_analysis.tasks.two_step import TwoStep
    >>> agents = pfc.record("two_step", sessions=5, units=False)
    >>> learner = pfc.learners.ModelFreeDirect()
    >>> other = pfc.simulate(learner, TwoStep(), sessions=20, seed=1, subject="learner")
    >>> result = pfc.compare_recordings("two_step", {"agents": agents, "learner": other}, 1, 100)
    >>> index = result["group_value"].sel(quantity="planning_index")
    >>> bool(index.sel(group="agents") > index.sel(group="learner"))
    True

    The agents plan more than the model-free learner.
    """
    questions = choose_question_set(experiment, groups.values())
    asked = find_question_set(questions)
    check_resamples(n_resamples)
    check_keep(keep)
    for name, recording in groups.items():
        asked.check_variables(recording, name)
    if len(groups) < 2:
        raise AnalysisError(
            f"groups: found {listed(groups)}, expected at least two, the agents first: "
            "{'agents': recording, 'rats': recording}"
        )
    root = as_generator(rng, "rng")
    seeds = root.integers(2**63, size=len(groups) + 1)
    *streams, shared = (np.random.default_rng(seed) for seed in seeds)
    chosen, measured = measure_groups(asked, groups, keep, n_resamples, streams)
    quantities, aligned = align_groups(measured)
    found = average_groups(chosen, aligned)
    contrasts = [
        contrast_groups(found[0], other, quantities, asked.mixed, shared) for other in found[1:]
    ]
    result = add_sentences(lay_out_result(quantities, found, contrasts, keep))
    result.attrs = {
        "experiment": experiment,
        "questions": questions,
        "n_resamples": int(n_resamples),
        "keep": ", ".join(keep),
        "interval": "95 %",
        "note": " ".join([asked.note, *_remarks(asked, chosen)]).strip(),
        "intervals": INTERVALS,
        "mixed_response": asked.mixed.response if asked.mixed else "",
    }
    return result if isinstance(rng, np.random.Generator) else result.assign_attrs(seed=int(rng))


def _remarks(asked: QuestionSet, groups: Mapping[str, Group]) -> list[str]:
    """Say what a reader must know about single groups."""
    if asked.remark is None:
        return []
    said = {name: asked.remark(group) for name, group in groups.items()}
    return [f"In {name}, {remark}" for name, remark in said.items() if remark]
