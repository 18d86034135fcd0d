"""What one sees at a prompt and in a notebook: names, tables, errors of one line."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pytest

import pfc_analysis as pfc
from pfc_analysis import front_door, notebook
from pfc_analysis.list_table import TableDict, TableList, format_table


def test_dir_lists_the_calls_and_nothing_else():
    assert dir(pfc) == sorted(pfc.__all__)
    assert dir(pfc.analysis) == sorted(pfc.analysis.__all__)
    assert {"record", "describe_experiment", "analysis"} <= set(dir(pfc))
    assert not [name for name in dir(pfc) if name.startswith("_")]
    assert pfc.__version__


@pytest.mark.parametrize(
    ("module", "wrong", "meant"),
    [(pfc, "recordd", "record"), (pfc.analysis, "compute_regert", "compute_regret")],
)
def test_a_misspelt_name_is_answered_with_the_nearest(module, wrong, meant):
    with pytest.raises(AttributeError, match=rf"'{wrong}' \(did you mean '{meant}'\?\)"):
        getattr(module, wrong)


def test_foreseen_errors_have_one_line_in_ipython():
    call = front_door._tell_in_one_line(pfc.record, "pfc_analysis")
    with pytest.raises(ValueError, match="Unknown experiment") as caught:
        call("two_stepp")
    [line] = caught.value._render_traceback_()
    assert line.startswith("ValueError: Unknown experiment 'two_stepp' (did you mean 'two_step'?)")
    assert call.__doc__ == pfc.record.__doc__


def test_faults_keep_their_traceback():
    def faulty(kind: str) -> None:
        if kind == "other library":
            pickle.loads(b"")
        {}["missing"]

    for kind in ("other library", "bug"):
        with pytest.raises((EOFError, KeyError)) as caught:
            front_door._tell_in_one_line(faulty, "pfc_analysis")(kind)
        assert not hasattr(caught.value, "_render_traceback_")


def test_lists_are_tables_and_still_lists():
    experiments, figures, data = pfc.list_experiments(), pfc.list_figures(), pfc.list_datasets()
    assert isinstance(experiments, TableDict)
    assert isinstance(experiments, dict)
    assert isinstance(data, TableList)
    assert experiments["two_step"].startswith("Two-step task")
    assert "two_step" in repr(experiments)
    assert "Do agents and rats plan" in repr(figures)
    assert figures["5"].name == "fig5_two_step.py"
    assert data[0].name in repr(data)
    for table in (experiments, figures, data):
        page = table._repr_html_()
        assert page.count("<tr>") == len(table) + 1
    assert dict(pickle.loads(pickle.dumps(experiments))) == dict(experiments)


def test_a_changed_list_shows_what_it_holds():
    data, experiments = pfc.list_datasets(), pfc.list_experiments()
    first = data.pop(0)
    assert data.rows[0][0] != first.name
    data.reverse()
    assert [row[0] for row in data.rows] == [entry.name for entry in data]
    del experiments["harlow"]
    experiments["mine"] = "My own experiment"
    assert "harlow " not in repr(experiments)
    assert "My own experiment" in experiments._repr_html_()


def test_cells_are_escaped():
    assert "&lt;b&gt;" in TableList(["<b>"], ("a",), lambda text: (text,))._repr_html_()
    assert "\x1b" not in repr(TableList(["\x1b[2J"], ("a",), lambda text: (text,)))


@pytest.mark.parametrize("width", [40, 50, 80, 120])
def test_tables_fit_the_screen(width):
    table = pfc.list_datasets()
    text = format_table(table.columns, table.rows, width)
    assert max(map(len, text.splitlines())) <= width
    for entry in table:
        assert entry.name in text


def test_progress_by_default(monkeypatch):
    assert not notebook.is_progress_shown(None)  # a test is a script
    assert notebook.is_progress_shown(True)
    shell = SimpleNamespace(kernel=object())
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(notebook.sys.modules, "IPython", ipython)
    assert notebook.is_notebook()
    assert notebook.is_progress_shown(None)
    assert not notebook.is_progress_shown(False)
    shell.kernel = None
    assert not notebook.is_notebook()
    assert notebook.is_interactive()
