"""The text for a methods section names versions, weights and what to cite."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.reporting import methods_text
from pfc_analysis.reporting.methods_text import digest_weights, lay_out_methods

CITATION = Path(__file__).resolve().parents[2] / "CITATION.cff"
DIGESTS = ["aa", "bb"]


@pytest.fixture
def result():
    subjects = {"group": ["agents", "agents", "rats"], "n_sessions": [3, 3, 10]}
    counts = {"n_trials": [300, 300, 1234], "n_used": [300, 299, 1200]}
    coords = {f"subject_{k}": ("subject", v) for k, v in (subjects | counts).items()}
    return xr.Dataset(
        {
            "marked": (("subject", "mark"), np.array([[0, 0], [0, 1], [30, 4]])),
            "difference_p_holm": (("comparison", "quantity"), [[0.02, 0.4, np.nan]]),
        },
        coords={"mark": ["forced", "invalid"], "comparison": ["agents - rats"], **coords},
        attrs={"n_resamples": 2000, "intervals": "Student's t", "seed": 7, "keep": ""},
    )


@pytest.fixture
def text(result):
    agents = xr.Dataset(
        attrs={"experiment": "two_step", "weights_sha256": DIGESTS, "seed": 2018, "task": "T(a=1)"}
    )
    rats = xr.Dataset(attrs={"species": "rat", "citation": "Somebody (2020)"})
    section = lay_out_methods(result, {"agents": agents, "rats": rats})
    return section.parts[-1].text


def test_who_was_compared(text):
    assert "were 2 networks, trained from different random seeds on the experiment" in text
    assert "6 sessions, 600 trials, of which 599 were analysed as choices (1 invalid)." in text
    assert "'rats' had 1 subject (rat): 10 sessions, 1,234 trials, of which 1,200" in text
    assert "(30 forced, 4 invalid)" in text


def test_versions_and_weights(text):
    digest = hashlib.sha256(b"aa\nbb").hexdigest()
    assert digest_weights(xr.Dataset(attrs={"weights_sha256": DIGESTS})) == digest
    assert digest[:16] in text
    assert f"pfc_analysis {pfc.__version__}" in text
    assert "95 % intervals: Student's t (2,000 draws of sessions, seed 7)." in text
    assert "corrected for 2 measures by Holm's method" in text
    assert "Somebody (2020)." in text


def test_matched_agents_are_said_to_be_trained_for_the_animals_task(result):
    matched = result.assign_attrs(matched=["trials = 60 a session (of rats: 60)."])
    matched["solved_share"] = ("replica", [0.95, 0.8], {"long_name": "share of the reward of X"})
    said = methods_text._say_matched(matched, ["agents", "rats"])[0]
    assert "estimated from the data of 'rats', or given" in said
    assert "1 of 2 networks earned at least 0.9 of the reward of X." in said
    assert methods_text._say_matched(result, ["agents", "rats"]) == []


def test_p_values_are_counted_as_they_were_corrected(result):
    few = result.assign(difference_p_holm=result["difference_p_holm"] * np.nan)
    assert methods_text._say_tests(few) == "No p values were computed."
    other = few.assign_coords(comparison=["agents - mice"])
    other["difference_p_holm"][0, 0] = 0.01
    both = xr.concat([result[["difference_p_holm"]], other[["difference_p_holm"]]], "comparison")
    assert methods_text._say_tests(both) == (
        "P values were corrected for 2 measures (agents - rats) and 1 measure (agents - mice) by "
        "Holm's method."
    )


def test_citation_is_that_of_the_file():
    lines = CITATION.read_text(encoding="utf-8")
    assert f"name: {methods_text.AUTHORS}" in lines
    doi = methods_text.PAPER.rpartition("doi:")[2]
    assert f"doi: {doi}" in lines
    for author in methods_text.PAPER.partition(" (")[0].split(", "):
        assert f"family-names: {author.rpartition(' ')[0]}," in lines
