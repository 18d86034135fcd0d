"""Named features of trials, from which the responses of units are predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from pfc_analysis.analysis.arrays import FloatArray
from pfc_analysis.analysis.errors import AnalysisError, MissingVariableError, listed
from pfc_analysis.given_types import checks_types


@dataclass(frozen=True)
class FeatureSet:
    """Features of trials under one name, such as the states of a network.

    Parameters
    ----------
    name : str
        Of the set: "lags", "agent".
    values : float array (replica, trial, feature)
        One replica where there is one version of the features; otherwise each replica of an agent
        has its own. NaN where a trial has none: such trials are left out of all models.
    features : tuple of str
        Names of the features.
    replicas : tuple of str
        Names of the replicas; one empty name where there is one version.

    Raises
    ------
    AnalysisError
        If shapes and names do not agree, or values are infinite.

    Examples
    --------
    >>> import numpy as np
    >>> import pfc_analysis as pfc
    >>> values = np.array([[[1.0], [0.0], [1.0]]])
    >>> cues = pfc.analysis.FeatureSet("cue", values, ("cue_on",))
    >>> cues.n_trials, cues.n_features
    (3, 1)
    """

    name: str
    values: FloatArray
    features: tuple[str, ...]
    replicas: tuple[str, ...] = ("",)

    def __post_init__(self) -> None:
        """Check shapes and names."""
        if getattr(self.values, "dtype", np.dtype(object)).kind not in "biuf":
            raise AnalysisError(
                f"values of {self.name!r}: found {type(self.values).__name__}, expected a numpy "
                "array of numbers (replica, trial, feature)"
            )
        if self.values.ndim != 3:
            raise AnalysisError(
                f"values of {self.name!r}: found {self.values.ndim} dimension(s), expected "
                "(replica, trial, feature); values[None] adds the first"
            )
        found = (self.values.shape[0], self.values.shape[2])
        if found != (len(self.replicas), len(self.features)) or 0 in self.values.shape:
            raise AnalysisError(
                f"values of {self.name!r}: found shape {self.values.shape}, expected "
                f"{len(self.replicas)} replica(s), trials, and {len(self.features)} feature(s)"
            )
        if len(set(self.features)) < len(self.features):
            raise AnalysisError(
                f"features of {self.name!r}: found {listed(self.features)}, expected names that "
                "differ"
            )
        if np.isinf(self.values).any():
            raise AnalysisError(f"values of {self.name!r}: found infinite ones, expected numbers")

    def __repr__(self) -> str:
        """Say what is in it, without the numbers."""
        replicas = f", {len(self.replicas)} replicas" if len(self.replicas) > 1 else ""
        return (
            f"<FeatureSet {self.name!r}: {self.n_trials} trials{replicas}, {self.n_features} "
            f"features ({listed(self.features[:3])}{', ...' * (self.n_features > 3)})>"
        )

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return int(self.values.shape[1])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.features)

    def rename(self, name: str) -> FeatureSet:
        """Return the same features under another name of the set."""
        return replace(self, name=name)

    def select_replicas(self, replicas: Sequence[str]) -> FeatureSet:
        """Return the features of some replicas, by their names, in the given order.

        Raises
        ------
        AnalysisError
            If there is no such replica.
        """
        rows = _find(replicas, self.replicas, f"replicas of {self.name!r}")
        return replace(self, values=self.values[rows], replicas=tuple(replicas))

    def select_features(self, features: Sequence[str]) -> FeatureSet:
        """Return some of the features, by their names, in the given order.

        Raises
        ------
        AnalysisError
            If there is no such feature.
        """
        columns = _find(features, self.features, f"features of {self.name!r}")
        return replace(self, values=self.values[:, :, columns], features=tuple(features))

    def select_trials(self, trials: np.ndarray) -> FeatureSet:
        """Return the features of some trials: an index, or a boolean array (trial,)."""
        return replace(self, values=self.values[:, trials])


def _find(wanted: Sequence[str], names: Sequence[str], what: str) -> list[int]:
    if isinstance(wanted, str):
        raise AnalysisError(f"{what}: found the text {wanted!r}, expected a list: [{wanted!r}]")
    missing = [name for name in wanted if name not in names]
    if missing or not wanted:
        lacking = f"no {listed(missing)}" if missing else "none named"
        raise AnalysisError(f"{what}: found {lacking}, expected some of {listed(names)}")
    return [names.index(name) for name in wanted]


def join_features(name: str, *parts: FeatureSet) -> FeatureSet:
    """Join the features of several sets in one.

    Parameters
    ----------
    name : str
        Of the joined set.
    *parts : FeatureSet
        On the same trials. Those with one replica are repeated for each replica of the others.

    Returns
    -------
    FeatureSet
        Features are named "set: feature".

    Raises
    ------
    AnalysisError
        If numbers of trials or names of replicas do not agree.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("two_step", sessions=2, units=False)
    >>> planner, habit = pfc.learners.ModelBased(), pfc.learners.ModelFreeDirect()
    >>> both = pfc.analysis.join_features(
    ...     "learners",
    ...     pfc.analysis.build_learner_features(planner, recording).rename("planner"),
    ...     pfc.analysis.build_learner_features(habit, recording).rename("habit"),
    ... )
    >>> both.features[0]
    'planner: value_0'
    """
    if not parts:
        raise AnalysisError("parts: found none, expected one or more sets of features")
    replicas = agree_on_replicas(parts)
    values = [np.broadcast_to(one.values, (len(replicas), *one.values.shape[1:])) for one in parts]
    names = tuple(f"{one.name}: {feature}" for one in parts for feature in one.features)
    return FeatureSet(name, np.concatenate(values, axis=2), names, replicas)


def agree_on_replicas(parts: Sequence[FeatureSet]) -> tuple[str, ...]:
    """Return the names of the replicas of several sets on the same trials.

    Sets with one replica go with any others. Sets with several are matched by their order, so that
    those of trained and of untrained networks may have other names; the first names are returned.

    Raises
    ------
    AnalysisError
        If numbers of trials or of replicas do not agree.
    """
    trials = {one.name: one.n_trials for one in parts}
    if len(set(trials.values())) > 1:
        raise AnalysisError(
            f"features: found numbers of trials {trials}, expected the same trials in all sets"
        )
    several = [one for one in parts if len(one.replicas) > 1]
    counts = {one.name: len(one.replicas) for one in several}
    if len(set(counts.values())) > 1:
        raise AnalysisError(
            f"replicas: found numbers {counts}, expected the same number in all sets that have "
            "several; .select_replicas([...]) takes some of them"
        )
    return (several or list(parts))[0].replicas


@checks_types
def select_features(data: xr.Dataset, variables: Sequence[str], name: str) -> FeatureSet:
    """Take variables of a recording, or of the result of an analysis, as features.

    Parameters
    ----------
    data : xarray.Dataset
        Has the variables on `trial`, or on `trial` and one more dimension, of which each entry
        becomes a feature.
    variables : sequence of str
        Their names: of beliefs of an observer, for instance. Codes below 0 are taken as numbers.
    name : str
        Of the set.

    Returns
    -------
    FeatureSet
        One replica.

    Raises
    ------
    MissingVariableError
        If there is no such variable.
    AnalysisError
        If a variable is not on `trial`, or no number.

    Examples
    --------
    >>> import pfc_analysis as pfc
    >>> recording = pfc.record("volatility", sessions=2, units=False)
    >>> observer = pfc.analysis.HazardObserver()
    >>> belief = pfc.analysis.compute_hazard_belief(recording, observer)
    >>> names = ["predicted_right", "volatility"]
    >>> pfc.analysis.select_features(belief, names, "observer").n_features
    2
    """
    columns: dict[str, FloatArray] = {}
    for variable in variables:
        columns |= _read_columns(data, variable)
    if not columns:
        raise AnalysisError("variables: found none, expected one name or more")
    return FeatureSet(name, np.stack(list(columns.values()), axis=1)[None], tuple(columns))


def _read_columns(data: xr.Dataset, variable: str) -> dict[str, FloatArray]:
    """Read a variable on trial, or each entry of its second dimension."""
    if variable not in data:
        raise MissingVariableError(
            f"{variable}: found no such variable, expected one of {listed(data.variables)}"
        )
    array = data[variable]
    if "trial" not in array.dims or array.ndim > 2 or array.dtype.kind not in "biuf":
        raise AnalysisError(
            f"{variable}: found {array.dtype} on {listed(array.dims)}, expected numbers on 'trial' "
            "and at most one more dimension; select with .isel() or .sel()"
        )
    if array.ndim == 1:
        return {variable: np.asarray(array.values, dtype=np.float64)}
    other = next(dim for dim in array.dims if dim != "trial")
    labels = array[other].values if other in array.coords else np.arange(array.sizes[other])
    values = np.asarray(array.transpose("trial", other).values, dtype=np.float64)
    return {f"{variable}_{label}": values[:, i] for i, label in enumerate(labels)}
