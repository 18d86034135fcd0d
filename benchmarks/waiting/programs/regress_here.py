"""Load a CSV of two-step trials and regress choices on five trials back: `... PATH`."""

import sys

import pfc_analysis as pfc
from pfc_analysis.analysis.choices.history_regression import fit_choice_history

if __name__ == "__main__":
    fit_choice_history(pfc.load(sys.argv[1]), ridge=0.0)
