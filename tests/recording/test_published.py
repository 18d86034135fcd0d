import re

import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from pfc_analysis.paths import content_folder
from pfc_analysis.recording.published import (
    COLUMNS,
    PublishedError,
    published_row,
    published_value,
    read_published,
)

HEADER = ",".join(COLUMNS)
LEFT = "2,b,reward_rate,network,left,,0.25,0.2,0.3,8,1,stated,Doe 2000 Fig. 2b,"
RIGHT = "2,b,reward_rate,network,right,,0.5,,,,1,digitised,Doe 2000 Fig. 2b,a note"
SLOPE = "2,a,slope,rats,,M1,-1e-3,,,,1,reported,Roe 2001 on Doe 2000,"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "datasets" / "published").mkdir(parents=True)
    return tmp_path


def write(home, *lines: str):
    path = home / "datasets" / "published" / "doe_2000.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(home, *lines: str) -> str:
    path = write(home, *lines)
    with pytest.raises(PublishedError) as caught:
        read_published("doe_2000", home=home)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_reading(home):
    write(home, HEADER, LEFT, RIGHT, SLOPE)
    table = read_published("doe_2000", home=home)
    assert tuple(table.columns) == COLUMNS
    assert table["value"].tolist() == [0.25, 0.5, -0.001]
    assert table["lower"].isna().tolist() == [False, True, True]
    assert table["n"].iloc[0] == 8
    assert table["figure"].tolist() == ["2", "2", "2"]
    assert table["subject"].tolist() == ["", "", "M1"]


def test_unknown_study(home):
    write(home, HEADER, LEFT)
    with pytest.raises(
        PublishedError,
        match=re.escape("'doe_2001' (did you mean 'doe_2000'?). Known: doe_2000."),
    ):
        read_published("doe_2001", home=home)


def test_columns(home):
    message = refused(home, HEADER.replace("lower,upper,", "low,"), LEFT)
    assert "missing columns ['lower', 'upper'], unknown columns ['low']" in message
    assert f"expected exactly, in this order: {HEADER}" in message
    assert "in this order" in refused(home, HEADER.replace("figure,panel", "panel,figure"), LEFT)


def test_value_that_is_no_number(home):
    message = refused(home, HEADER, LEFT, RIGHT.replace("0.5", "half"))
    assert "line(s) [3], column 'value': found 'half', expected a number" in message
    assert "column 'n': found 'eight'" in refused(home, HEADER, LEFT.replace(",8,", ",eight,"))
    assert "column 'value': found 'inf'" in refused(home, HEADER, LEFT.replace("0.25", "inf"))


@pytest.mark.parametrize(
    ("column", "cell"),
    [("source", "Doe 2000 Fig. 2b"), ("value", "0.25"), ("quantity", "reward_rate")],
)
def test_cells_that_may_not_be_empty(home, column, cell):
    message = refused(home, HEADER, SLOPE, LEFT.replace(cell, " "))
    assert f"line(s) [3], column {column!r}: found ' ', it may not be empty" in message


def test_status(home):
    message = refused(home, HEADER, LEFT.replace("stated", "guessed"))
    assert "column 'status': found 'guessed', expected one of ['stated', 'digitised'" in message


def test_value_outside_its_range(home):
    message = refused(home, HEADER, LEFT.replace("0.25", "0.35"))
    assert "column 'value': found 0.35, expected it between lower and upper" in message


def test_ragged_rows(home):
    assert "more cells than the header has columns" in refused(home, HEADER, LEFT + ",surplus")
    assert "cannot be read as CSV" in refused(home, HEADER, LEFT, RIGHT + ",surplus")
    short = refused(home, HEADER, LEFT, RIGHT.removesuffix(",digitised,Doe 2000 Fig. 2b,a note"))
    assert "line(s) [3], column 'source': found '', it may not be empty" in short


def test_one_number(home):
    write(home, HEADER, LEFT, RIGHT, SLOPE)
    table = read_published("doe_2000", home=home)
    assert published_value(table, "slope") == -0.001
    assert published_value(table, "reward_rate", condition="right") == 0.5
    row = published_row(table, "reward_rate", condition="left", group="network")
    assert isinstance(row, pd.Series)
    assert (row["lower"], row["upper"], row["source"]) == (0.2, 0.3, "Doe 2000 Fig. 2b")


def test_no_number_or_several(home):
    write(home, HEADER, LEFT, RIGHT, SLOPE)
    table = read_published("doe_2000", home=home)
    with pytest.raises(PublishedError) as caught:
        published_value(table, "reward_rate")
    assert str(caught.value).startswith(
        "2 published numbers fit quantity='reward_rate', expected exactly 1. Candidates:\n"
        "  - figure='2', panel='b', group='network', condition='left'\n"
    )
    with pytest.raises(
        PublishedError, match=r"^0 published numbers fit quantity='reward_rate', condition='up'"
    ):
        published_value(table, "reward_rate", condition="up")
    with pytest.raises(
        PublishedError,
        match=re.escape("No such quantity (did you mean 'reward_rate'?). Known: reward_rate, slo"),
    ):
        published_value(table, "reward_rates")
    with pytest.raises(
        PublishedError, match=re.escape("no column 'conditions' to choose by (did you mean 'con")
    ):
        published_value(table, "reward_rate", conditions="left")


@pytest.mark.parametrize(
    "study", sorted(file.stem for file in (content_folder("datasets") / "published").glob("*.csv"))
)
def test_every_shipped_study_is_sound(study):
    table = read_published(study)
    assert len(table) > 0
    keys = ["figure", "panel", "quantity", "group", "condition", "subject"]
    assert not table.duplicated(keys).any()


def test_wang_2018_two_step():
    """Fig. 5 as digitised and stated, against numbers typed in from the paper once more."""
    table = read_published("wang_2018")
    stay = table[(table["quantity"] == "stay_probability") & (table["group"] == "agents")]
    assert dict(zip(stay["condition"], stay["value"], strict=True)) == {
        "common_rewarded": 0.990,
        "uncommon_rewarded": 0.637,
        "common_unrewarded": 0.620,
        "uncommon_unrewarded": 0.990,
    }
    assert published_value(table, "rpe_r_squared", condition="model_based") == 0.89
    assert published_value(table, "rpe_r_squared", condition="model_free_unique") == 5.8e-7
    assert published_value(table, "replicas", figure="5") == 8
    assert table["source"].str.contains("10.1038/s41593-018-0147-8", regex=False).all()


def test_tsutsui_2016():
    """The t values of the matching regressions, and the counts of responses, typed in once more."""
    table = read_published("tsutsui_2016")
    line = table[table["quantity"] == "r_squared"].set_index("subject")["value"]
    assert line["A"] == pytest.approx(13.1**2 / (13.1**2 + 137), abs=5e-4)
    assert line["B"] == pytest.approx(13.4**2 / (13.4**2 + 63), abs=5e-4)
    shares = table[table["quantity"] == "share_significant"].set_index("condition")["value"]
    counts = {"last_action": 78, "last_reward": 111, "last_action_x_last_reward": 78}
    for factor, count in counts.items():
        assert shares[factor] == pytest.approx(count / 1222, abs=0.005)
    assert shares["value"] == pytest.approx(119 / 205, abs=0.005)


def test_volatility():
    """The statistic of the humans and the share of units, typed in once more."""
    humans = read_published("behrens_2007")
    row = published_row(humans, "t_value", group="humans")
    assert (row["value"], row["n"]) == (2.91, 18)
    bound = published_value(humans, "p_value", group="humans")
    assert 0.9 * bound < stats.t.sf(row["value"], row["n"] - 1) < bound  # one-sided
    assert humans["source"].str.contains("10.1038/nn1954", regex=False).all()
    share = published_row(read_published("wang_2018"), "share_tracking")
    assert (share["lower"], share["value"], share["upper"]) == (0.36, 0.37, 0.38)


def test_learning_sets():
    """Two curves of networks and two of monkeys, typed in once more; all lie on six trials."""
    agents, monkeys = read_published("wang_2018"), read_published("harlow_1949")
    agents = agents[(agents["figure"] == "6") & (agents["quantity"] == "correct")]
    stages = [f"stage_{k}" for k in range(1, 7)] + ["final"]
    blocks = ["1_8", "9_16", "17_24", "25_32", "1_100", "101_200", "201_256", "257_312"]
    for table, curves in ((agents, stages), (monkeys, [f"problems_{block}" for block in blocks])):
        expected = [f"{curve} trial {trial}" for curve in curves for trial in range(1, 7)]
        assert table["condition"].tolist() == expected
        assert (table["status"] == "digitised").all()
        assert table["source"].str.contains("10.1038/s41593-018-0147-8", regex=False).all()
    assert (agents["n"] == 14).all()

    def curve(table, name):
        return table["value"][table["condition"].str.startswith(f"{name} ")].tolist()

    assert curve(agents, "final") == [0.539, 0.967, 0.978, 0.976, 0.989, 0.984]
    assert curve(agents, "stage_1") == [0.41, 0.469, 0.437, 0.445, 0.454, 0.493]
    assert curve(monkeys, "problems_257_312") == [0.5, 0.966, 0.978, 0.981, 0.985, 0.985]
    assert curve(monkeys, "problems_1_8") == [0.5, 0.519, 0.587, 0.687, 0.719, 0.78]
    assert published_value(read_published("wang_2018"), "replicas", figure="6") == 50
    assert published_value(read_published("wang_2018"), "replicas_at_ceiling") == 14
    share = published_row(read_published("wang_2018"), "share_at_ceiling")
    assert (share["value"], share["n"], share["status"]) == (14 / 50, 50, "computed")
    bounds = proportion_confint(14, 50, method="beta")
    assert (share["lower"], share["upper"]) == pytest.approx(bounds, abs=5e-4)
