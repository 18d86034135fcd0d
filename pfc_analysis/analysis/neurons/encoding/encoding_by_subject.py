"""Which features tell what units or signals do, in each subject by itself and on average?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import estimate_over_subjects
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.encoding.encoding_rows import Blocks
from pfc_analysis.analysis.neurons.encoding.encoding_table import TEXTS, list_quantities
from pfc_analysis.analysis.neurons.encoding.model_errors import Drift
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.trials.choice_trials import read_variable

OF_SUBJECTS = ("r_squared", "gain", "unique", "partial_r_squared")
"""What is kept of each subject."""

COUNTS = ("n_trials", "n_trials_left_out", "n_blocks")


@labelled
def compare_encoding_by_subject(
    responses: xr.DataArray,
    base: FeatureSet,
    features: Sequence[FeatureSet],
    *,
    block: Blocks = None,
    drift: Drift = "block",
    n_cosines: int = 3,
    n_folds: int = 10,
    n_components: int = 20,
    nested: bool = True,
) -> xr.Dataset:
    """Compare sets of features in each subject by itself, and average over subjects.

    For signals of several animals, such as dopamine, whose size differs from animal to animal; and
    for the neurons of several animals.

    Parameters
    ----------
    responses, base, features, block, drift, n_cosines, n_folds, n_components, nested
        As for `compare_encoding_models`, with a coordinate `subject` on `trial`. Blocks are those
        of each subject. A signal is one response on `trial` (`measure_trial_responses`).

    Returns
    -------
    xarray.Dataset
        `r_squared`, `gain`, `difference` and, where nested, `unique`, `shared` and
        `partial_r_squared` as `compare_encoding_models` gives them, of the score "components" (of
        a signal, that is the signal itself): means over subjects and replicas. Their intervals
        (95 %) are over subjects and replicas, Student's t; with one subject, they are over its
        blocks and replicas. On `subject` too: `subject_r_squared`, `subject_gain`,
        `subject_unique` and `subject_partial_r_squared`, with intervals over the subject's blocks
        and replicas. `n_trials`, `n_trials_left_out` and `n_blocks` on `subject`; the attributes of
        these names are sums over subjects, and `n_units` is the most units of one subject.

        `name_best_features` and `pfc.plot.encoding` take it.

    Raises
    ------
    MissingVariableError, AnalysisError
        As `compare_encoding_models`, with the subject's name.

    Notes
    -----
    Squared standard errors over subjects (of the means over replicas) and over replicas (of the
    means over subjects) are added, as for blocks and replicas of one subject. With few subjects
    the interval is wide, and it has to be: it speaks of other subjects of their kind. With two or
    three, read `subject_gain` and its intervals, which speak of these animals, and take "nothing
    beyond the base" of the mean as no answer.

    Examples
    --------
    Which errors does a dopamine trace follow at the outcome? Here traces are made from the agents'
    own prediction errors in the trials of two animals, with noise:

    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=8, units=False)
    >>> two = agents.isel(trial=np.isin(agents["subject"], ["seed_1", "seed_2"]))
    >>> errors = two["rpe"].sel(event="outcome", drop=True)
    >>> trace = errors + np.random.default_rng(1).normal(0, 0.5, errors.size)
    >>> reward = pfc.analysis.select_features(two, ["reward"], "reward")
    >>> learner = pfc.analysis.build_learner_features(
    ...     pfc.learners.ModelFreeDirect(), two, "after_outcome"
    ... ).select_features(["error_outcome"])
    >>> agent = pfc.analysis.select_features(two.assign(error=errors), ["error"], "agent")
    >>> found = pfc.analysis.compare_encoding_by_subject(trace, reward, [learner, agent], n_folds=4)
    >>> dict(found["subject_gain"].sizes)
    {'subject': 2, 'score': 1, 'features': 2}
    >>> gain = found["gain"].sel(score="components")
    >>> bool(gain.sel(features="agent") > gain.sel(features="ModelFreeDirect"))
    True
    """
    for one in (base, *features):
        if one.n_trials != responses.sizes.get("trial"):
            raise AnalysisError(
                f"features {one.name!r}: found {one.n_trials} trials, expected "
                f"{responses.sizes.get('trial', 0)} as in the responses; build them from the same "
                "trials"
            )
    subject = read_variable(responses.to_dataset(name="responses"), "subject").astype(str)
    names = list(dict.fromkeys(subject.tolist()))
    found = []
    for name in names:
        rows = subject == name
        own = block if block is None or isinstance(block, (str, int)) else np.asarray(block)[rows]
        try:
            found.append(
                compare_encoding_models(
                    responses.isel(trial=rows), base.select_trials(rows),
                    [one.select_trials(rows) for one in features], block=own, drift=drift,
                    n_cosines=n_cosines, n_folds=n_folds, n_components=n_components, nested=nested,
                    units=False,
                )
            )  # fmt: skip
        except AnalysisError as error:
            raise type(error)(f"subject {name!r}: {error}") from error
    return _join(found, names, base.name, [one.name for one in features])


def _join(found: Sequence[xr.Dataset], names: list[str], base: str, sets: list[str]) -> xr.Dataset:
    """Average over subjects, and keep what was found in each."""
    result = found[0].copy() if len(found) == 1 else _average(found, base, sets)
    for name in OF_SUBJECTS:
        for key in (name, f"{name}_lower", f"{name}_upper"):
            if key in found[0]:
                values = np.stack([one[key].values for one in found])
                result[f"subject_{key}"] = (("subject", *found[0][key].dims), values)
        if name in found[0]:
            text = f"{TEXTS[name]}, of each subject"
            result[f"subject_{name}"].attrs |= {"long_name": text, "units": "1"}
    for count in COUNTS:
        result[count] = ("subject", [one.attrs[count] for one in found])
    kept = {k: v for k, v in found[0].attrs.items() if k not in ("interval", "n_units")}
    kept |= {count: sum(int(one.attrs[count]) for one in found) for count in COUNTS}
    kept["n_units"] = max(int(one.attrs["n_units"]) for one in found)
    over = "subjects" if len(found) > 1 else "blocks (one subject)"
    interval = f"95 %, over {over} and replicas, Student's t"
    result.attrs = kept | {"n_subjects": len(found), "interval": interval}
    return result.assign_coords(subject=names)


def _average(found: Sequence[xr.Dataset], base: str, sets: list[str]) -> xr.Dataset:
    """Average the shares of all subjects and replicas, with intervals."""
    first = found[0]["replica_r_squared"]
    shares = np.stack([one["replica_r_squared"].values for one in found], axis=1)
    # Shares are (score, subject, model, replica); there is one score.
    draws: dict[str, FloatArray] = {
        str(model): shares[0, :, i].T for i, model in enumerate(first["model"].values)
    }
    variables: dict[str, Any] = {}
    for name, (dims, values) in list_quantities(draws, base, sets).items():
        parts = estimate_over_subjects(values)
        about = {"long_name": f"{TEXTS[name]}, mean over subjects", "units": "1"}
        variables[name] = (("score", *dims), parts.value[None], about)
        variables[f"{name}_lower"] = (("score", *dims), parts.lower[None])
        variables[f"{name}_upper"] = (("score", *dims), parts.upper[None])
    variables["replica_r_squared"] = (first.dims, shares.mean(axis=1), first.attrs)
    coords = {name: found[0][name].values for name in found[0].coords}
    return xr.Dataset(variables, coords=coords)
