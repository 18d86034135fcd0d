"""What a notebook shows: cells are run in an IPython kernel."""

from __future__ import annotations

from typing import Any

import nbformat
from nbclient import NotebookClient


def run_cells(*sources: str) -> list[list[Any]]:
    """Run cells in a new kernel, and return the outputs of each."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


LONG_WORK = """
import time
from pfc_analysis.progress import track

for _ in track(range(4), "working", shown=None):
    time.sleep(0.5)
"""


def test_finished_progress_bars_leave_nothing_to_draw():
    (outputs,) = run_cells(LONG_WORK)
    assert [output.data for output in outputs] == [{}]


PICTURE = """
%matplotlib inline
import matplotlib
import pfc_analysis as pfc

agents = pfc.record("two_step", sessions=5, units=False, progress=False)
before = dict(matplotlib.rcParams)
axes = pfc.plot.stay_probability(agents)
"""
SETTINGS = "dict(matplotlib.rcParams) == before, matplotlib.get_backend()"
STYLED = 'pfc.plot.stay_probability(agents, style="lecture");'


def test_a_picture_is_drawn_once_and_changes_no_setting():
    drawn, settings, styled, after = run_cells(PICTURE, SETTINGS, STYLED, SETTINGS)
    for outputs in (drawn, styled):
        (picture,) = outputs
        assert picture.output_type == "display_data"
        assert picture.data["image/png"].startswith("iVBORw0KGgo")  # the beginning of any PNG
    for outputs in (settings, after):
        assert outputs[0].data["text/plain"] == "(True, 'inline')"
