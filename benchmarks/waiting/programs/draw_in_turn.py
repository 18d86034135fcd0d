"""Draw figures one after the other in this process: `python draw_in_turn.py OUT [FIGURE ...]`."""

import sys

import pfc_analysis as pfc
from pfc_analysis.reproduction.figures import list_figures

if __name__ == "__main__":
    for name in sys.argv[2:] or list_figures():
        pfc.draw_figure(name, sys.argv[1])
