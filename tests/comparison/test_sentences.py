"""Sentences say what the numbers say, and no more."""

import numpy as np
import pytest
import xarray as xr

from pfc_analysis.comparison.sentences import add_sentences

NAN = np.nan


def make_result(rows, other="rats", n=6, penalty=""):
    """Lay out a result; a row is (title, unit, agents, others, lower, upper, holm)."""
    titles, units, agents, others, lower, upper, holm = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    dims, size = ("group", "quantity"), len(rows)
    whom = "population" if n >= 5 else "these subjects"
    note = np.where(np.isnan(others), "no such trial", "")
    return xr.Dataset(
        {
            "group_value": (dims, np.stack([agents, others])),
            "group_note": (dims, np.stack([np.full(size, ""), note])),
            "n_subjects": (dims, np.repeat([[6], [n]], size, axis=1)),
            "inference": (dims, np.repeat([["population"], [whom]], size, axis=1)),
            "difference": (("comparison", "quantity"), (agents - others)[None]),
            "difference_lower": (("comparison", "quantity"), lower[None]),
            "difference_upper": (("comparison", "quantity"), upper[None]),
            "difference_p_holm": (("comparison", "quantity"), holm[None]),
        },
        {
            "group": ["agents", other],
            "comparison": [f"agents - {other}"],
            "title": ("quantity", titles),
            "unit": ("quantity", units),
            "headline": ("quantity", ["detail" not in title for title in titles]),
            "penalty": ("quantity", [penalty] * size),
        },
    )


def row(lower, upper, holm=0.01, title="the slope", unit="log2", agents=1.0, others=0.5):
    return title, unit, agents, others, lower, upper, holm


@pytest.mark.parametrize(
    ("lower", "upper", "holm", "said"),
    [
        (
            0.2,
            0.8,
            0.01,
            "Agents and rats differ in the slope (log2): 1.00 in agents and 0.50 in rats (p = "
            "0.01). The difference (agents - rats) is 0.50, with a 95 % interval from 0.20 to "
            "0.80.",
        ),
        (  # the interval leaves out 0, but the table's p does not hold
            0.2,
            0.8,
            0.066,
            "Agents and rats cannot be told apart in the slope (log2): 1.00 in agents and 0.50 in "
            "rats (p = 0.066). The difference (agents - rats) is 0.50, with a 95 % interval from "
            "0.20 to 0.80.",
        ),
        (  # a detail of a curve, or few subjects: no test
            -20,
            1.2,
            NAN,
            "The slope (log2): 1.0 in agents and 0.5 in rats. The difference (agents - rats) is "
            "0.5, with a 95 % interval from -20.0 to 1.2.",
        ),
        (
            NAN,
            NAN,
            NAN,
            "The slope (log2): 1 in agents and 0.5 in rats. The difference (agents - rats) is 0.5, "
            "without an interval.",
        ),
    ],
)
def test_sentences(lower, upper, holm, said):
    assert add_sentences(make_result([row(lower, upper, holm)]))["sentence"].item() == said


def test_ratios_have_no_unit_and_p_says_how_many_measures_it_is_corrected_for():
    rows = [row(0.2, 0.8, unit="1", holm=0.0004), row(0.2, 0.8, 0.0496), row(0, 1, NAN, "a detail")]
    said = add_sentences(make_result(rows))["sentence"].values[0]
    assert said[0].startswith(
        "Agents and rats differ in the slope: 1.00 in agents and 0.50 in rats (p < 0.001 after "
        "Holm's correction for 2 measures)."
    )
    assert "(p = 0.0496 after Holm's" in said[1]
    assert " p " not in said[2]


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (3, "With 3 mice, {} describe{} these mice only."),
        (1, "With one subject (mice), {} describe{} this subject only."),
    ],
)
def test_few_animals_have_no_p_and_are_named(n, said):
    found = add_sentences(make_result([row(0.2, 0.8, NAN)] * 2, "mice", n))
    sentence, summary = found["sentence"].values[0, 0], found["summary"].item()
    assert sentence.endswith(said.format("this result", "s"))
    assert summary == (
        "Two measures are given with 95 % intervals, and no test was made: a test of how agents "
        "and mice differ needs at least five subjects in each group. "
        + said.format("these results", "")
    )
    assert "differ in" not in sentence
    assert "p =" not in sentence


def test_a_penalty_is_said_beside_the_number():
    said = add_sentences(make_result([row(0.2, 0.8)], penalty="fitted with a penalty, because"))
    assert said["sentence"].item().endswith("The regression was fitted with a penalty, because.")


def test_a_gap_has_its_reason():
    found = add_sentences(make_result([row(NAN, NAN, others=NAN, holm=NAN)], "mice"))
    assert found["sentence"].item() == (
        "Agents and mice were not compared in the slope: it could not be measured in mice (no such "
        "trial)."
    )
    assert found["summary"].item() == (
        "None of 1 measure could be compared with an interval, so nothing can be concluded about "
        "how agents and mice differ. The reason is given for each measure."
    )


def test_the_summary_names_what_holds_after_correction():
    rows = [
        row(0.5, 2, 0.01, "staying after an uncommon reward"),
        row(-0.5, 2, 0.4, "the slope"),
        row(0.5, 2, NAN, "a detail of a curve"),
        row(0.1, 2, 0.06, "the bias"),
        row(0.1, 2, 0.02, "the planning index"),
        row(NAN, NAN, NAN, "the share", others=NAN),
    ]
    assert add_sentences(make_result(rows))["summary"].item() == (
        "Agents and rats differ on 2 of 4 measures after Holm's correction: staying after an "
        "uncommon reward, and the planning index. They cannot be told apart on the other two. This "
        "does not show that they are equal: look at how wide the intervals are. One more measure "
        "could not be compared; the reason is given beside it."
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [row(0.1, 1, 0.09)] * 3,
            "Agents and rats differ on none of 3 measures after Holm's correction. This does not "
            "show that they are equal: look at how wide the intervals are.",
        ),
        (
            [row(0.1, 1, 0.01)],
            "Agents and rats differ on the one measure tested, the slope.",
        ),
        (
            [row(0.1, 1, 0.01, title=title) for title in ("a", "b", "c")],
            "Agents and rats differ on 3 of 3 measures after Holm's correction: a, b, and c.",
        ),
    ],
)
def test_summaries(rows, said):
    assert add_sentences(make_result(rows))["summary"].item() == said
