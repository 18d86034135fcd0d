"""Predict held-out blocks by every model, with penalties chosen within the training blocks.

Trend and base have no penalty. A model with one set of features has one penalty, chosen for each
response: the one with the least squared error in folds of the training set, each predicted from the
others. In a model with several sets, the penalties of sets keep the ratio of those that, each set
alone, predict the population's components best; their common factor is chosen for each response.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pfc_analysis.analysis.arrays import FloatArray, IntArray
from pfc_analysis.analysis.neurons.encoding.fold_sums import Products, Sums, sum_products
from pfc_analysis.analysis.neurons.encoding.ridge_path import fit_path

PENALTIES = np.geomspace(1e-3, 1e4, 15)
"""In units of the features' variance: scikit-learn's ``alpha`` divided by the number of trials."""

FACTORS = np.geomspace(1e-2, 1e2, 9)
"""Common factors of the penalties of several sets."""

TREND = "trend"
"""Names the errors of the trend alone."""


@dataclass(frozen=True)
class EncodingArrays:
    """What is regressed on what.

    Attributes
    ----------
    trend, base, features : float arrays (trial, column)
        Features have unit variance over trials.
    targets : sequence of float arrays (trial, unit + component)
        For each fold that is held out, single units, if they are wanted, and the components of the
        population that were found in the other folds.
    n_components : int
        How many of the targets are components.
    fold : integer array (trial,)
        From 0.
    """

    trend: FloatArray
    base: FloatArray
    features: FloatArray
    targets: Sequence[FloatArray]
    n_components: int
    fold: IntArray


Sets = Mapping[str, IntArray]
"""Columns of the features of each set."""

Models = Mapping[str, Sequence[str]]
"""Names of the sets of each model; the base has none."""


def compute_residuals(arrays: EncodingArrays, sets: Sets, models: Models) -> dict[str, FloatArray]:
    """Predict every held-out fold by every model, and return what is left of the responses.

    Parameters
    ----------
    arrays : EncodingArrays
    sets, models : mappings

    Returns
    -------
    dict of float array (trial, unit + component)
        By model, and of the trend alone. Components are those of the fold that was held out.
    """
    parts = [_predict_fold(arrays, sets, models, k) for k in range(len(arrays.targets))]
    left = {name: np.empty((arrays.fold.size, parts[0][TREND].shape[1])) for name in parts[0]}
    for k, part in enumerate(parts):
        for name, values in part.items():
            left[name][arrays.fold == k] = values
    return left


def _predict_fold(
    arrays: EncodingArrays, sets: Sets, models: Models, held_out: int
) -> dict[str, FloatArray]:
    """Return what every model leaves of the responses in one fold, (trial, target)."""
    targets = arrays.targets[held_out]
    fixed = np.concatenate([arrays.trend, arrays.base], axis=1)
    columns = fixed, arrays.features, targets
    parts = [
        sum_products(*(each[arrays.fold == k] for each in columns))
        for k in range(len(arrays.targets))
    ]
    parts.pop(held_out)
    training = sum(parts[1:], parts[0])
    trend, rows = training.fit_trend(), arrays.fold == held_out
    features = arrays.features[rows] - fixed[rows] @ trend.of_features
    base = targets[rows] - fixed[rows] @ trend.of_responses
    alone = training.select_trend(arrays.trend.shape[1]).fit_trend()
    left = {TREND: targets[rows] - arrays.trend[rows] @ alone.of_responses}
    inner = _Inner(training, parts, sets, arrays.n_components)
    products = training.residualise(trend)
    for name, members in models.items():
        left[name] = base
        if members:
            chosen, stretch, penalty = inner.choose(members)
            weight = fit_path(products.select(chosen), stretch).weigh(penalty)
            left[name] = base - features[:, chosen] @ weight
    return left


class _Inner:
    """Folds of a training set, each predicted from the others, in which penalties are chosen.

    The last `n_components` responses are components of the population.
    """

    def __init__(
        self, training: Sums, parts: Sequence[Sums], sets: Sets, n_components: int
    ) -> None:
        self._sets, self._n_components = sets, n_components
        self._alone: dict[str, FloatArray] = {}
        self._pairs: list[tuple[Products, Products]] = []
        for part in parts:
            rest = training - part
            trend = rest.fit_trend()
            self._pairs.append((rest.residualise(trend), part.residualise(trend)))

    def choose(self, members: Sequence[str]) -> tuple[IntArray, FloatArray, FloatArray]:
        """Choose the penalty of each response for some sets together.

        Returns
        -------
        columns : integer array (feature,)
        stretch : float array (feature,)
            As `fit_path` takes it.
        penalty : float array (response,)
        """
        columns = np.concatenate([self._sets[name] for name in members])
        if len(members) == 1:
            best = np.argmin(self._score_alone(members[0]), axis=0)
            return columns, np.ones(columns.size), PENALTIES[best]
        stretch = np.concatenate(
            [np.full(self._sets[name].size, self._suit(name) ** -0.5) for name in members]
        )
        best = np.argmin(self.score(columns, stretch, FACTORS), axis=0)
        return columns, stretch, FACTORS[best]

    def _suit(self, name: str) -> float:
        """Find the penalty with which a set alone predicts the components best."""
        error = self._score_alone(name)[:, -self._n_components :]
        return float(PENALTIES[np.argmin(error.sum(axis=1))])

    def _score_alone(self, name: str) -> FloatArray:
        if name not in self._alone:
            columns = self._sets[name]
            self._alone[name] = self.score(columns, np.ones(columns.size), PENALTIES)
        return self._alone[name]

    def score(self, columns: IntArray, stretch: FloatArray, penalties: FloatArray) -> FloatArray:
        """Sum squared errors over all folds, (penalty, response)."""
        return np.sum(
            [
                fit_path(fitted.select(columns), stretch).score(part.select(columns), penalties)
                for fitted, part in self._pairs
            ],
            axis=0,
        )
