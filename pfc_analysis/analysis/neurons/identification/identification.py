"""How often does the comparison name the features that neurons were made from?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.generators import as_generator
from pfc_analysis.analysis.neurons.encoding.encoding_models import compare_encoding_models
from pfc_analysis.analysis.neurons.encoding.model_naming import UNDECIDED, name_best_features
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet
from pfc_analysis.analysis.neurons.identification.simulated_neurons import (
    NeuronSettings,
    simulate_neurons,
)
from pfc_analysis.analysis.result_labels import labelled
from pfc_analysis.analysis.statistics.clustered_proportion import wilson_interval

SCORE = "components"


@labelled
def measure_identification(
    recording: xr.Dataset,
    base: FeatureSet,
    features: Sequence[FeatureSet],
    generator: np.random.Generator | int,
    *,
    n_simulations: int = 20,
    strength: float = 0.2,
    base_strength: float = 0.2,
    sources: Mapping[str, FeatureSet] | None = None,
    settings: NeuronSettings | None = None,
    comparison: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Make neurons of known origin again and again, and count which features are named.

    Neurons are made along the recording's trials (`simulate_neurons`) from each set of features in
    turn, and from nothing but the base. They are then compared with all sets
    (`compare_encoding_models`), and the best is named (`name_best_features`, by components).

    Parameters
    ----------
    recording : xarray.Dataset
        Whose trials they are.
    base : FeatureSet
        Which all neurons follow, and every model has.
    features : sequence of FeatureSet
        The sets that are compared. Neurons that are made from a set with several replicas follow
        one of them, each in turn, which is then left out of the comparison (and with it the replica
        of the same place in other sets): the others have to stand in for it, as agents do for an
        animal. Such a set has at least 3 replicas.
    generator : numpy.random.Generator or int
        The same seed gives the same result.
    n_simulations : int
        Populations for each origin.
    strength, base_strength : float
        Standard deviation over trials of the change of log rate of a neuron that follows the
        features, and the base.
    sources : mapping of str to FeatureSet, optional
        What neurons are made from, if not from the features that are compared: a learner with
        another learning rate, for instance. The name of a set of `features` says what should be
        named; any other name, that none of them is right. Default: each of the features.
    settings : NeuronSettings, optional
        How neurons fire.
    comparison : mapping, optional
        Arguments of `compare_encoding_models` that differ from their defaults, by name: `block`,
        `drift`, `n_cosines`, `n_folds`, `n_components`.

    Returns
    -------
    xarray.Dataset
        On (`source`, `named`): `n_named` and `share`, with `share_lower` and `share_upper` (95 %,
        Wilson's). The sources are those given and the base ("nothing else"); what is named is a
        set, the base, or "undecided". On `source`: `share_right`, where the source is among the
        features or the base, with its interval; and on (`source`, `features`), `gain`: mean over
        populations of what the set adds to the base; `base_r_squared`, what the base tells: compare
        both with those of a recording. A false "the agent beats its rivals" is the
        share of "agent" in the rows of all other sources. Attributes: settings.

    Raises
    ------
    AnalysisError
        If there are too few replicas or simulations, or as the functions above.

    Examples
    --------
    Are 60 neurons that follow a planner's values told from those that follow past trials only?

    >>> import pfc_analysis as pfc
    >>> agents = pfc.record("two_step", sessions=10, units=False)
    >>> one = agents.isel(trial=agents["subject"].values == "seed_1")
    >>> events = pfc.analysis.build_event_features(one)
    >>> planner = pfc.analysis.build_learner_features(pfc.learners.ModelBased(), one)
    >>> lags = pfc.analysis.build_lag_features(one, n_lags=3)
    >>> found = pfc.analysis.measure_identification(
    ...     one, events, [planner, lags], 1, n_simulations=3, strength=0.5,
    ...     settings=pfc.analysis.NeuronSettings(n_units=60),
    ...     comparison={"n_folds": 5, "n_components": 5},
    ... )
    >>> found["share_right"].dims
    ('source',)
    >>> float(found["share"].sel(source="ModelBased", named="lags"))
    0.0
    """
    rng = as_generator(generator, "generator")
    _check(features, n_simulations)
    study = _Study(recording, base, features, settings or NeuronSettings(), comparison or {})
    given = {one.name: one for one in features} if sources is None else dict(sources)
    found: dict[str, list[xr.Dataset]] = {}
    for name, source in [*given.items(), (base.name, None)]:
        found[name] = [
            study.compare(source, k, (strength, base_strength), rng) for k in range(n_simulations)
        ]
    result = _tabulate(found, base, features)
    result.attrs = {
        "n_simulations": int(n_simulations),
        "strength": float(strength),
        "base_strength": float(base_strength),
        "rule": "a set is named if its difference from every rival has a 95 % interval above 0",
        "settings": repr(study.settings),
    }
    return result


def _check(features: Sequence[FeatureSet], n_simulations: int) -> None:
    few = [one.name for one in features if len(one.replicas) == 2]
    if few:
        raise AnalysisError(
            f"features: found 2 replicas of {listed(few)}, expected 1, or 3 and more: one makes "
            "the neurons, and at least two others are compared"
        )
    if not isinstance(n_simulations, (int, np.integer)) or n_simulations < 1:
        raise AnalysisError(
            f"n_simulations: found {n_simulations!r}, expected a whole number of at least 1"
        )


@dataclass(frozen=True)
class _Study:
    """What stays the same in all simulations."""

    recording: xr.Dataset
    base: FeatureSet
    features: Sequence[FeatureSet]
    settings: NeuronSettings
    comparison: Mapping[str, Any]

    def compare(
        self,
        source: FeatureSet | None,
        k: int,
        strengths: tuple[float, float],
        rng: np.random.Generator,
    ) -> xr.Dataset:
        """Make a population from a source, or from the base alone, and compare all sets."""
        drives = {self.base.name: (self.base, strengths[1])}
        left_out = None
        if source is not None:
            if len(source.replicas) > 1:
                left_out = k % len(source.replicas)
                source = source.select_replicas([source.replicas[left_out]])
            drives[source.name] = (source, strengths[0])
        counts = simulate_neurons(self.recording, drives, rng, self.settings)
        sets = [_leave_out(one, left_out) for one in self.features]
        return compare_encoding_models(
            counts.copy(data=np.sqrt(counts.values)),
            self.base,
            sets,
            nested=False,
            units=False,
            **self.comparison,
        )


def _leave_out(features: FeatureSet, replica: int | None) -> FeatureSet:
    """Leave out a replica of a set that has several."""
    if replica is None or len(features.replicas) == 1:
        return features
    kept = [name for i, name in enumerate(features.replicas) if i != replica]
    return features.select_replicas(kept)


def _tabulate(
    found: Mapping[str, Sequence[xr.Dataset]], base: FeatureSet, features: Sequence[FeatureSet]
) -> xr.Dataset:
    """Count what was named, by source."""
    labels = [*(one.name for one in features), base.name, UNDECIDED]
    named = [[name_best_features(each, SCORE) for each in own] for own in found.values()]
    count = np.array([[own.count(label) for label in labels] for own in named])
    n = np.full(count.shape, len(named[0]))
    lower, upper = wilson_interval(count / n, n.astype(np.float64))
    gain = [
        np.mean([each["gain"].sel(score=SCORE).values for each in own], axis=0)
        for own in found.values()
    ]
    told = [
        np.mean([float(each["r_squared"].sel(score=SCORE, model=base.name)) for each in own])
        for own in found.values()
    ]
    dims = ("source", "named")
    result = xr.Dataset(
        {
            "n_named": (dims, count),
            "share": (dims, count / n, {"long_name": "share of populations, by what was named"}),
            "share_lower": (dims, lower),
            "share_upper": (dims, upper),
            "gain": (("source", "features"), np.array(gain)),
            "base_r_squared": ("source", np.array(told)),
        },
        coords={"source": list(found), "named": labels, "features": labels[:-2]},
    )
    return result.merge(_find_right(result))


def _find_right(result: xr.Dataset) -> xr.Dataset:
    """Take the shares in which the source itself was named; NaN where it is not among the sets."""
    names = [str(name) for name in result["source"].values]
    known = [name in result["named"].values for name in names]
    found = {}
    for end in ("", "_lower", "_upper"):
        table = result[f"share{end}"]
        values = [
            table.sel(source=name, named=name).item() if there else np.nan
            for name, there in zip(names, known, strict=True)
        ]
        found[f"share_right{end}"] = ("source", np.array(values))
    return xr.Dataset(found, coords={"source": names})
