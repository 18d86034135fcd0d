"""Check that sets of features can be told apart, from each other and from models."""

from __future__ import annotations

from collections.abc import Sequence

from pfc_analysis.analysis.errors import AnalysisError, listed
from pfc_analysis.analysis.neurons.encoding.encoding_estimates import EVERYTHING, WITHOUT
from pfc_analysis.analysis.neurons.encoding.held_out_errors import TREND
from pfc_analysis.analysis.neurons.features.feature_set import FeatureSet


def check_names(sets: Sequence[FeatureSet]) -> None:
    """Raise an error unless sets are features, and their names are free and differ."""
    for one in sets:
        if not isinstance(one, FeatureSet):
            raise AnalysisError(
                f"features: found {one!r}, expected sets of features, such as of "
                "build_event_features or select_features"
            )
        if one.name in (TREND, EVERYTHING) or one.name.startswith(WITHOUT.format("")):
            raise AnalysisError(
                f"features: found a set named {one.name!r}, which is the name of a model, expected "
                "another; .rename() gives one"
            )
    names = [one.name for one in sets]
    if len(set(names)) < len(names):
        raise AnalysisError(
            f"features: found sets {listed(names)}, expected names that differ; .rename() gives "
            "another"
        )
