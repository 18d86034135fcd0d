"""Figure F2: what do the two-step agents look like to a learner: a planner, or an observer?

This is not in the paper. The fits of Figure F1, to agents with frozen weights: those of the paper's
task, and those trained at the rats' settings. The agents' own policies are known, and so is the
likelihood that no model can exceed. Run it by `pfc figure f2`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.fits.shipped_fits import read_fit
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import fitted_model_panels as panels
from pfc_analysis.reproduction.tables import fit_numbers

FITS = {"agents": "agents_two_step", "agents (rats' task)": "agents_two_step_rats"}
SUBJECT = "seed_1"  # whose phase portraits are drawn


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`, from shipped fits of the shipped agents."""
    results = {source: read_fit(name) for source, name in FITS.items()}
    paper, rats = results.values()

    numbers = Numbers(read_published("wang_2018"), figure="f2")
    for panel, (source, result) in zip(("a b c g", "d e f h"), results.items(), strict=True):
        fit_numbers.add_fit(numbers, panel, source, result)
        fit_numbers.add_checks(numbers, "", source, result)
        names = ("curves", "points")
        fit_numbers.add_portrait(numbers, "i j k l", source, result, SUBJECT, names)

    with print_style():
        headings = ["the paper's task", "the rats' task"]
        figure, (above, below, units, portraits) = new_page([66, 66, 44, 54], headings=headings)
        panels.draw_models(above, paper, "abc")
        panels.draw_models(below, rats, "def")
        for axes, letter, source in zip(units.subplots(1, 2), "gh", results, strict=True):
            panels.draw_units(axes, results[source], letter, source)
        grid = portraits.subplots(1, 4)
        panels.draw_curves(grid[0], paper, SUBJECT, "i", "GRU of one unit")
        panels.draw_points(grid[1], paper, SUBJECT, "j", "best learner")
        panels.draw_curves(grid[2], rats, SUBJECT, "k", "GRU of one unit")
        panels.draw_points(grid[3], rats, SUBJECT, "l", "best learner")
        panels.name_kinds(portraits, grid[0])
        return write_figure(figure, numbers, out, __file__)
