"""From files to statistics, figure and page."""

import re
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pfc_analysis as pfc
from pfc_analysis.analysis.errors import AnalysisError
from pfc_analysis.reporting import compare_with_agents
from pfc_analysis.reporting.comparison_caption import describe_figure
from pfc_analysis.reporting.comparison_figure import draw_comparison, draw_for_page
from pfc_analysis.reporting.comparison_files import list_written
from pfc_analysis.reporting.comparison_panel_plan import plan_curves, plan_values, title_together
from pfc_analysis.reporting.matched_agents import MatchedAgents
from pfc_analysis.training.run.experiment import find_experiment

SUBJECTS, SESSIONS, TRIALS = 5, 3, 60  # of the table in conftest.py


@pytest.fixture(scope="module")
def compared(two_step_csv, columns, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    result = pfc.compare(
        "two_step", two_step_csv, columns, out=out, name="rats", sessions=6, n_resamples=200
    )
    return result, out


def test_every_file_is_written(compared):
    _, out = compared
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name for path in list_written(out)
    )


def test_a_table_in_memory_is_compared_as_its_file(compared, two_step_csv, columns, tmp_path):
    result, _ = compared
    table = pd.read_csv(two_step_csv)
    again = pfc.compare(
        "two_step", table, columns, out=tmp_path, name="rats", sessions=6, n_resamples=200
    )
    xr.testing.assert_identical(again["group_value"], result["group_value"])
    assert (
        "pfc compare two_step TABLE_1.csv --columns" in (tmp_path / "comparison.html").read_text()
    )


def test_a_recording_in_memory_is_answered_with_the_call_for_it(two_step_csv, columns):
    rats = pfc.load(two_step_csv, columns)
    with pytest.raises(TypeError, match=r"files: found a recording .* pfc.compare_recordings\("):
        pfc.compare("two_step", rats)


def test_stay_probabilities_are_those_of_the_table(compared, two_step_csv):
    """A count by pandas: pairs of neighbours, the second one not instructed."""
    result, _ = compared
    table = pd.read_csv(two_step_csv)
    before = table.groupby(["rat", "day"]).shift(1)
    counted = before["port"].notna() & (table["instructed"] == 0)
    pairs = table[counted].assign(
        stay=(table["port"] == before["port"]), reward=before["water"], kind=before["common"]
    )
    cells = pairs.groupby(["kind", "reward", "rat"])["stay"].mean().groupby(level=[0, 1]).mean()
    for kind, reward, name in (
        (True, 1, "common_rewarded"),
        (True, 0, "common_unrewarded"),
        (False, 1, "uncommon_rewarded"),
        (False, 0, "uncommon_unrewarded"),
    ):
        found = result["group_value"].sel(group="rats", quantity=f"stay_probability {name}")
        assert float(found) == pytest.approx(cells[kind, reward], abs=1e-12)


def test_dataset_and_table_say_what_was_returned(compared):
    result, out = compared
    kept = xr.open_dataset(out / "comparison.nc")
    xr.testing.assert_allclose(kept["group_value"], result["group_value"])
    kept.close()
    table = pd.read_csv(out / "comparison.csv")
    rows = table[(table["level"] == "difference") & (table["quantity"] == "planning_index")]
    expected = result["difference"].sel(quantity="planning_index").item()
    assert rows["estimate"].item() == pytest.approx(expected, rel=1e-5)
    sessions = table[(table["level"] == "session") & (table["group"] == "rats")]
    assert len(sessions.groupby(["subject", "session"])) == SUBJECTS * SESSIONS


def test_page_says_what_was_left_out_and_assumed(compared, columns):
    result, out = compared
    page = (out / "comparison.html").read_text()
    n_instructed = SUBJECTS * SESSIONS * TRIALS // 20
    assert int(result["marked"].sel(mark="forced").sum()) == n_instructed
    assert "Forced trials are not analysed as choices, but they count as past experience" in page
    assert "How your file was read (please check)" in page
    assert str(result["summary"].values[0])[:40] in page
    assert "pfc compare two_step" in page
    assert "--name rats --sessions 6 --seed 1" in page
    assert f"--columns {columns}" in page


def test_the_tasks_are_shown_side_by_side(compared):
    result, out = compared
    page = (out / "comparison.html").read_text()
    assert "The tasks side by side" in page
    assert result.attrs["tasks"] in page
    rats = result.sel(group="rats", setting="common_probability")
    assert float(rats["setting_lower"]) < 0.7 < float(rats["setting_upper"])  # as in conftest.py
    assert int(rats["setting_differs"]) == 1
    assert int(rats["setting_n"]) == SUBJECTS * SESSIONS * TRIALS
    assert "probability of a common transition" in result.attrs["tasks"]


def test_agents_play_other_settings(two_step_csv, columns, tmp_path):
    task = {"common_probability": 0.7, "trials": TRIALS}
    result = pfc.compare(
        "two_step", two_step_csv, columns, out=tmp_path, sessions=4, n_resamples=100, task=task
    )
    agents = result.sel(group="agents")
    assert float(agents["setting_value"].sel(setting="common_probability")) == 0.7
    assert float(agents["setting_value"].sel(setting="trials")) == TRIALS
    page = (tmp_path / "comparison.html").read_text()
    assert f"--task common_probability=0.7 --task trials={TRIALS}" in page


def test_matched_agents_are_the_first_group(two_step_csv, columns, tmp_path, monkeypatch):
    """With the shipped agents in place of trained ones."""
    asked = {}

    def train_matched(experiment, animals, name, *, task, progress):
        asked.update(experiment=experiment, name=name, task=task)
        share = xr.Dataset({key: ("subject", [0.95]) for key in ("reward_share", "lower", "upper")})
        share = share.assign_coords(subject=["seed_1"])
        share.attrs["observer"] = "the ideal observer"
        found = find_experiment("two_step")
        return MatchedAgents(found.folder, found.recipe, share, ("reward = 0.5.", "solved."))

    monkeypatch.setattr(compare_with_agents, "train_matched", train_matched)
    result = pfc.compare(
        "two_step", two_step_csv, columns, out=tmp_path, name="rats", sessions=2, n_resamples=100,
        agents="matched", task={"trials": 50},
    )  # fmt: skip
    assert asked == {"experiment": "two_step", "name": "rats", "task": {"trials": 50}}
    assert result.attrs["matched"] == ["reward = 0.5.", "solved."]
    assert result["solved_share"].values == [0.95]
    page = (tmp_path / "comparison.html").read_text()
    assert "Agents trained for this task" in page
    assert "--agents matched" in page
    kept = xr.open_dataset(tmp_path / "comparison.nc")
    assert float(kept["solved_share"].item()) == 0.95
    kept.close()


def test_same_seed_same_bytes(compared, two_step_csv, columns, tmp_path):
    _, out = compared
    pfc.compare(
        "two_step", two_step_csv, columns, out=tmp_path, name="rats", sessions=6, n_resamples=200
    )
    for path in list_written(out):
        if path.suffix != ".nc":  # HDF5 notes when it was written
            assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_every_quantity_is_drawn_once(compared):
    result, _ = compared
    drawn = [
        name for panel in plan_values(result) + plan_curves(result) for name in panel.quantities
    ]
    assert sorted(drawn) == sorted(map(str, result["quantity"].values))


def test_panels_have_titles_of_their_own(compared):
    titles = [panel.title for panel in plan_values(compared[0])]
    assert titles == ["stay probability", "stay index (no unit)", "index (log-odds)"]
    assert title_together(["win_stay", "lose_shift"], "probability") == "probability"


def test_drawn_values_are_the_results(compared):
    result, _ = compared
    above = draw_comparison(result).subfigs[0].axes[0]
    quantities = plan_values(result)[0].quantities
    marks = [line for line in above.lines if line.get_marker() == "s" and len(line.get_xdata())]
    expected = result["group_value"].sel(group="rats", quantity=list(quantities))
    np.testing.assert_allclose([line.get_ydata()[0] for line in marks], expected)


def test_dark_figure_has_other_ink(compared):
    result, out = compared
    figure = draw_for_page(result)
    light, dark = (b64decode(text.partition(",")[2]) for text in (figure.light, figure.dark))
    assert b"#e7e9ec" not in light
    assert b"#e7e9ec" in dark
    # The page has the figure that was saved, which does not change it.
    page = (out / "comparison.html").read_text()
    assert figure.light in page
    assert figure.dark in page


def test_panels_have_letters_and_the_caption_names_all(compared):
    result, _ = compared
    values, below = draw_comparison(result).subfigs
    letters = [axes.texts[0].get_text() for part in (values, below) for axes in part.axes]
    assert letters == list("abcdefghij")
    panels = describe_figure(result)[1]
    assert panels.startswith("a-c, the measures")
    assert "d-f, their differences: agents - rats. g-j, history weight" in panels


def test_curves_share_a_scale_and_show_every_subject(compared):
    result, _ = compared
    curves = draw_comparison(result).subfigs[1].axes
    assert len({axes.get_ylim() for axes in curves}) == 1
    for axes, panel in zip(curves, plan_curves(result), strict=True):
        dots = [line for line in axes.lines if line.get_linestyle() == "None"]
        n_subjects = result.sizes["subject"]
        assert sum(line.get_xdata().size for line in dots) == n_subjects * len(panel.quantities)


def test_page_gives_the_answer_first_then_question_quantities_figure_and_tables(compared):
    _, out = compared
    page = (out / "comparison.html").read_text()
    titles = ("What was asked", "What the quantities mean", "Figure", "Measures",
              "Measure by measure", "The tasks side by side", "Mixed-effects", "Trials recorded",
              "How your file was read",
              "Text for your methods section", "Sources of the data", "Subjects", "Sessions",
              "Make this page again")  # fmt: skip
    places = [page.index(f">{title}", page.index("</nav>")) for title in titles]
    assert places == sorted(places)
    assert page.index('aria-label="Answer"') < page.index("<nav")
    assert page.count('<th scope="col">n (rats)</th>') == 1


@pytest.mark.parametrize(
    ("experiment", "settings", "error", "message"),
    [
        ("inferred_value", {}, AnalysisError, "cannot be compared: its choices are instructed"),
        ("two_stp", {}, ValueError, "'two_stp'"),
        ("two_step", {"name": "agents"}, ValueError, "expected another name than 'agents'"),
        ("two_step", {"keep": ("laser",)}, AnalysisError, "keep: found 'laser'"),
        ("two_step", {"agents": "own"}, ValueError, "agents: found 'own', expected 'shipped' or"),
        ("two_step", {"agents": "matched", "agent": "x"}, ValueError, "expected only one"),
    ],
)
def test_what_cannot_be_is_told_before_the_work(experiment, settings, error, message):
    with pytest.raises(error, match=re.escape(message)):
        pfc.compare(experiment, "no/such/file.csv", **settings)


def test_an_experiment_of_ones_own_is_compared_by_the_questions_of_its_task(
    two_step_csv, columns, tmp_path, monkeypatch
):
    animals = pfc.load(two_step_csv, columns)
    asked = []

    def find(experiment):
        asked.append(experiment)
        return "volatility", ""

    def record(experiment, **settings):
        asked.append(experiment)
        return animals.assign_attrs(experiment="my_machines", questions="volatility")

    monkeypatch.setattr(compare_with_agents, "find_questions", find)
    monkeypatch.setattr(compare_with_agents, "record", record)
    result = pfc.compare(tmp_path, two_step_csv, columns, n_resamples=100)
    assert asked == [tmp_path, tmp_path]
    assert (result.attrs["experiment"], result.attrs["questions"]) == ("my_machines", "volatility")
    assert "stay_probability win" in result["quantity"].values


def test_a_task_without_questions_gives_its_reason_before_the_work(monkeypatch):
    monkeypatch.setattr(compare_with_agents, "find_questions", lambda _: ("", "nobody chooses"))
    with pytest.raises(AnalysisError, match=r"'quiet' cannot be compared: nobody chooses\. Sets"):
        pfc.compare("quiet", "no/such/file.csv")


def test_animals_without_transitions_are_named(two_step_csv):
    mapping = {"subject": "rat", "session": "day", "choice": "port", "reward": "water"}
    with pytest.raises(AnalysisError, match=r"^animals: found no common_transition"):
        pfc.compare("two_step", two_step_csv, mapping, sessions=2, n_resamples=100)


def test_nothing_is_said_of_a_single_trial(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text(
        "subject,session,trial_in_session,choice,reward,common_transition\nA,0,0,left,1,1\n"
    )
    result = pfc.compare("two_step", path, sessions=2, n_resamples=100, out=tmp_path / "out")
    assert str(result["summary"].item()).startswith("None of 8 measures could be")
    assert "None of 8 measures" in (tmp_path / "out" / "comparison.html").read_text()
