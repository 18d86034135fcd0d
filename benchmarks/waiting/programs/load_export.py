"""Load a CSV that this package exported: `python load_export.py PATH`."""

import sys

import pfc_analysis as pfc

if __name__ == "__main__":
    pfc.load(sys.argv[1])
