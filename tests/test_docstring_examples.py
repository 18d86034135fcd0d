"""Every public call has an example in its docstring, and the example runs."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import matplotlib
import pytest

import pfc_analysis as pfc

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NEEDS_PUBLIC_DATA = {"pfc.fetch_dataset", "pfc.load_dataset"}
WITHOUT_YET: set[str] = {
    "pfc.Intervention",
    "pfc.MeasureReplicas",
    "pfc.check",
    "pfc.compare",
    "pfc.compare_recordings",
    "pfc.compare_tasks",
    "pfc.draw_figure",
    "pfc.export_recording",
    "pfc.film",
    "pfc.from_pynapple",
    "pfc.load",
    "pfc.new_experiment",
    "pfc.open_recording",
    "pfc.record",
    "pfc.reproduce",
    "pfc.save_recording",
    "pfc.simulate",
    "pfc.sweep",
    "pfc.to_pynapple",
    "pfc.train",
    "pfc.verify",
    "pfc.analysis.AnalysisError",
    "pfc.analysis.BaitingObserver",
    "pfc.analysis.BayesOptimal",
    "pfc.analysis.BayesianVolatility",
    "pfc.analysis.ConditioningSession",
    "pfc.analysis.CorrelatedBayesOptimal",
    "pfc.analysis.EmptySelectionError",
    "pfc.analysis.ExpectedReward",
    "pfc.analysis.Gittins",
    "pfc.analysis.HazardObserver",
    "pfc.analysis.IdealObserver",
    "pfc.analysis.LatentState",
    "pfc.analysis.Learner",
    "pfc.analysis.MissingVariableError",
    "pfc.analysis.ModelBased",
    "pfc.analysis.ModelFreeChained",
    "pfc.analysis.ModelFreeDirect",
    "pfc.analysis.OptimalRisk",
    "pfc.analysis.RewardAsCue",
    "pfc.analysis.SeparationError",
    "pfc.analysis.SurePayoff",
    "pfc.analysis.TDConditioning",
    "pfc.analysis.Thompson",
    "pfc.analysis.UpperConfidenceBound",
    "pfc.analysis.build_trial_factors",
    "pfc.analysis.classify_reversal_trials",
    "pfc.analysis.compute_bayesian_volatility",
    "pfc.analysis.compute_condition_difference",
    "pfc.analysis.compute_cue_rpe",
    "pfc.analysis.compute_decoding_score",
    "pfc.analysis.compute_hazard_belief",
    "pfc.analysis.compute_inferred_ratio",
    "pfc.analysis.compute_mean_traces",
    "pfc.analysis.compute_observer_errors",
    "pfc.analysis.compute_payoff_order",
    "pfc.analysis.compute_prediction_error_points",
    "pfc.analysis.compute_principal_components",
    "pfc.analysis.compute_stimulation_effect",
    "pfc.analysis.compute_unit_coding",
    "pfc.analysis.compute_volatility_tracking",
    "pfc.analysis.compute_window_response",
    "pfc.analysis.correct_p_values",
    "pfc.analysis.decode_latent_state",
    "pfc.analysis.decode_problem",
    "pfc.analysis.decode_volatility",
    "pfc.analysis.fit_learner",
    "pfc.analysis.fit_volatility_decoder",
    "pfc.analysis.measure_windows",
    "pfc.analysis.permute_predictor",
    "pfc.analysis.project_states",
    "pfc.analysis.regress_prediction_error",
    "pfc.analysis.regress_stimulation",
    "pfc.analysis.regress_units",
    "pfc.analysis.run_learner",
    "pfc.analysis.simulate_conditioning",
}
"""Names that still lack an example."""


def list_calls() -> Iterator[str]:
    """Names of all public functions and classes, as a user writes them."""
    rooms = {"pfc": pfc, "pfc.analysis": pfc.analysis}
    if find_spec("pfc_analysis.plot") is not None:
        rooms["pfc.plot"] = pfc.plot
    for room, module in rooms.items():
        for name in module.__all__:
            if callable(getattr(module, name)):
                yield f"{room}.{name}"


def find_example(call: str) -> doctest.DocTest:
    """The examples in the docstring of a public call, as one test."""
    found = pfc
    for name in call.split(".")[1:]:
        found = getattr(found, name)
    text = inspect.getdoc(found) or ""
    return doctest.DocTestParser().get_doctest(text, {}, call, inspect.getsourcefile(found), 0)


CALLS = list(list_calls())


def test_names_without_example_are_public():
    assert set(CALLS) >= WITHOUT_YET


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, marks=[pytest.mark.real_data] if call in NEEDS_PUBLIC_DATA else [])
        for call in CALLS
    ],
)
def test_example_runs(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    """Run the example of one call in an empty folder, without a screen."""
    example = find_example(call)
    if call in WITHOUT_YET:
        assert not example.examples, f"{call} has an example now: take it out of WITHOUT_YET"
        return
    assert example.examples, f"The docstring of {call} needs a section Examples with a doctest"
    if call in NEEDS_PUBLIC_DATA:
        request.getfixturevalue("rat_recording")  # skips where there is no public data
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append)
    assert result.failed == 0, "".join(report)
