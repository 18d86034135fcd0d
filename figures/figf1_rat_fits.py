"""Figure F1: which learner is a rat, and how many units does a network need to predict it?

This is not in the paper. Learners and small recurrent networks are fitted to the choices of six
rats in the two-step task. Fitting takes minutes, so the figure draws a fit that is shipped with its
recipe. Run it by `pfc figure f1`, or copy it.
"""

from pathlib import Path

from pfc_analysis.plotting.paper import new_page, print_style
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.figure_files import write_figure
from pfc_analysis.reproduction.fits.shipped_fits import read_fit
from pfc_analysis.reproduction.numbers import Numbers
from pfc_analysis.reproduction.panels import fitted_model_panels as panels
from pfc_analysis.reproduction.tables import fit_numbers

FIT, SOURCE = "rats_two_step", "rats"
LEARNER = "mixture_of_agents"  # whose recovery is drawn
SUBJECT = "M064"  # whose phase portraits are drawn
KINDS = ("common rewarded", "uncommon rewarded")  # after choice 1, of the network of two units


def main(out: Path, agents: Path | None = None) -> list[Path]:
    """Draw the figure into `out`; the fit is of rats, so `agents` play no role."""
    result = read_fit(FIT)

    numbers = Numbers(read_published("wang_2018"), figure="f1")
    fit_numbers.add_fit(numbers, "a b c d", SOURCE, result)
    fit_numbers.add_portrait(numbers, "e f", SOURCE, result, SUBJECT, ("curves", "points"))
    fit_numbers.add_checks(numbers, "i j", SOURCE, result)

    with print_style():
        figure, (above, middle, below, last) = new_page([72, 52, 50, 66])
        panels.draw_models(above, result, "abc")
        d, e, f = middle.subplots(1, 3)
        panels.draw_units(d, result, "d")
        panels.draw_curves(e, result, SUBJECT, "e", f"GRU of one unit, {SUBJECT}")
        panels.draw_points(f, result, SUBJECT, "f", f"best learner, {SUBJECT}")
        panels.name_kinds(middle, e)
        g, h, i = below.subplots(1, 3, width_ratios=[1, 1, 1.3])
        panels.draw_fields((g, h), result, SUBJECT, KINDS, "gh")
        panels.draw_recovery_of(i, result, LEARNER, "i")
        panels.draw_confusions(last, result, "j")
        return write_figure(figure, numbers, out, __file__)
