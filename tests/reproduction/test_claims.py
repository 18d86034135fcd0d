"""Claims that hold, claims that do not, and claims about nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pfc_analysis.paths import content_folder
from pfc_analysis.reproduction.claims import (
    COLUMNS,
    NOT_DRAWN,
    check,
    check_figure,
    format_check,
)
from pfc_analysis.reproduction.figures import list_figures


@pytest.fixture
def numbers() -> pd.DataFrame:
    each = [(f"seed_{n}", value) for n, value in enumerate((0.7, 0.8, 0.95))]
    rows = [
        {"quantity": "stay", "condition": "rare", "source": "agents", "subject": s, "value": v}
        for s, v in [*each, ("mean", 0.8166)]
    ]
    table = pd.DataFrame(rows).assign(lower=np.nan, upper=np.nan, published=np.nan)
    mean = table["subject"] == "mean"
    table.loc[mean, ["lower", "upper", "published"]] = [0.6, 1.0, 0.79]
    return table


def claim(of: str, at_least: float = np.nan, at_most: float = np.nan, **other: str) -> pd.DataFrame:
    row = {"quantity": "stay", "condition": "rare", "source": "agents", **other}
    return pd.DataFrame([{**row, "of": of, "at_least": at_least, "at_most": at_most}])


@pytest.mark.parametrize(
    ("of", "bounds", "holds"),
    [
        ("each", {"at_least": 0.7}, True),
        ("each", {"at_least": 0.71}, False),
        ("each", {"at_most": 0.95}, True),
        ("each", {"at_most": 0.94}, False),
        ("each", {"at_least": 0.6, "at_most": 0.9}, False),
        ("mean", {"at_least": 0.8}, True),
        ("mean", {"at_least": 0.82}, False),
        ("mean", {"at_most": 0.81}, False),
        ("interval", {"at_least": 0.6}, True),
        ("interval", {"at_least": 0.61}, False),
        ("interval", {"at_least": 0.0, "at_most": 0.99}, False),
        ("overlap", {"at_least": 0.9, "at_most": 0.95}, True),
        ("overlap", {"at_least": 1.01, "at_most": 1.2}, False),
        ("overlap", {"at_most": 0.59}, False),
    ],
)
def test_claims_hold_or_not(numbers, of, bounds, holds):
    checked = check_figure("5", numbers, claim(of, **bounds))
    row = checked[checked["of"] == of].iloc[0]
    assert list(checked.columns) == COLUMNS
    assert row["holds"] == holds
    assert row["published"] == 0.79


def test_a_claim_on_an_interval_that_is_not_there_does_not_hold(numbers):
    bare = numbers.assign(lower=np.nan, upper=np.nan)
    for of in ("interval", "overlap"):
        assert not check_figure("5", bare, claim(of, at_least=0.1))["holds"].iloc[0]


def test_an_unknown_kind_of_claim_is_named(numbers):
    with pytest.raises(ValueError, match="a claim of 'average', expected mean, each"):
        check_figure("5", numbers, claim("average", at_least=0.1))


def test_each_shows_the_replica_nearest_to_breaking_the_claim(numbers):
    low = check_figure("5", numbers, claim("each", at_least=0.6, at_most=1.2)).iloc[0]
    high = check_figure("5", numbers, claim("each", at_least=0.1, at_most=1.0)).iloc[0]
    assert (low["measured"], high["measured"]) == (0.7, 0.95)
    assert (low["lower"], low["upper"]) == (0.7, 0.95)


def test_what_is_published_is_shown_though_nothing_is_claimed(numbers):
    checked = check_figure("5", numbers, None)
    assert len(checked) == 1
    assert checked["holds"].isna().all()
    assert checked["measured"].tolist() == [0.8166]


def test_a_mean_that_is_claimed_is_not_shown_twice(numbers):
    assert len(check_figure("5", numbers, claim("mean", at_least=0.1))) == 1


def test_a_claim_about_what_was_not_measured_is_an_error(numbers):
    with pytest.raises(ValueError, match=r"figure 5: a claim on 'leave', .* no such number"):
        check_figure("5", numbers, claim("mean", at_least=0.1, quantity="leave"))


def test_a_claim_about_a_missing_value_is_an_error(numbers):
    numbers.loc[0, "value"] = np.nan
    with pytest.raises(ValueError, match="no such number was measured"):
        check_figure("5", numbers, claim("each", at_least=0.1))


def test_text_says_claim_and_verdict(numbers):
    rows = format_check(check_figure("5", numbers, claim("each", at_least=0.71)))
    assert rows[0] == [
        "5", "agents: stay, rare", "0.7 [0.7, 0.95]", "0.79", "all ≥ 0.71", "NO",
    ]  # fmt: skip
    assert rows[1][-2:] == ["", ""]


def test_every_file_of_claims_belongs_to_a_figure_and_claims_something():
    scripts = {path.stem for path in list_figures().values()}
    for path in (content_folder("figures") / "claims").glob("*.csv"):
        claims = pd.read_csv(path)
        assert path.stem in scripts
        assert claims["of"].isin(["each", "mean", "interval", "overlap"]).all()
        assert claims[["at_least", "at_most"]].notna().any(axis=1).all()


def test_shipped_numbers_hold_and_are_checked_without_drawing():
    """Every claim there is, on the numbers in the pictures that come with this release."""
    table = check(measured=content_folder("figures") / "rendered")
    claimed = table[table["holds"].notna()]
    assert set(claimed["figure"]) <= set(list_figures())
    assert claimed["holds"].all(), claimed[~claimed["holds"].astype(bool)].to_string()
    n_claims = sum(
        len(pd.read_csv(path)) for path in content_folder("figures").glob("claims/*.csv")
    )
    assert len(claimed) == n_claims


@pytest.fixture
def some_drawn(tmp_path) -> Path:
    """A folder with the numbers of Figure 5 alone."""
    shutil.copy(content_folder("figures") / "rendered" / "fig5_two_step.csv", tmp_path)
    return tmp_path


def test_figures_that_are_not_drawn_are_named_and_the_others_checked(some_drawn):
    table = check(measured=some_drawn)
    drawn = table[table["figure"] == "5"]
    whole = check(measured=content_folder("figures") / "rendered")
    expected = whole[whole["figure"] == "5"].reset_index(drop=True)
    pd.testing.assert_frame_equal(drawn.reset_index(drop=True), expected, check_dtype=False)
    missing = table[table["figure"] != "5"]
    assert set(missing["figure"]) == set(list_figures()) - {"5"}
    assert missing["measured"].isna().all()
    claimed = missing[missing["quantity"] != NOT_DRAWN]
    assert claimed["holds"].eq(False).all()  # so that `pfc check` exits 1
    assert len(claimed) == whole["holds"].notna().sum() - expected["holds"].notna().sum()
    assert missing[missing["quantity"] == NOT_DRAWN]["figure"].tolist() == ["s5"]


def test_text_says_what_was_not_measured(some_drawn):
    rows = format_check(check(measured=some_drawn))
    by_figure = {row[0]: row for row in reversed(rows)}
    assert by_figure["s5"] == ["s5", "all numbers", "", "", "", "not measured"]
    assert by_figure["1"][1:3] == ["agents, independent: regret, trial in session 99", ""]
    assert by_figure["1"][-2:] == ["all ≤ 4.7", "not measured"]
    assert {row[-1] for row in rows if row[0] == "5"} == {"yes", ""}


def test_a_folder_without_numbers_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"found no numbers of a figure, .*fig1_"):
        check(measured=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"none: no such folder; .* pfc reproduce --out"):
        check(measured=tmp_path / "none")


def test_numbers_of_an_unknown_figure_are_an_error(some_drawn):
    shutil.copy(some_drawn / "fig5_two_step.csv", some_drawn / "fig5_two_steps.csv")
    with pytest.raises(ValueError, match=r"fig5_two_steps.csv: found the numbers of an unknown"):
        check(measured=some_drawn)


def test_other_tables_in_the_folder_are_left_alone(some_drawn):
    (some_drawn / "figures_to_do.csv").write_text("a,b\n1,2\n")
    assert set(check(measured=some_drawn)["figure"]) == set(list_figures())


def test_a_file_without_a_column_is_an_error(some_drawn):
    path = some_drawn / "fig5_two_step.csv"
    pd.read_csv(path).drop(columns="upper").to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"fig5_two_step.csv: found columns .*; missing: upper"):
        check(measured=some_drawn)
