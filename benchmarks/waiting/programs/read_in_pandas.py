"""Read a CSV with pandas alone: `python read_in_pandas.py PATH`."""

import sys

import pandas as pd

if __name__ == "__main__":
    pd.read_csv(sys.argv[1])
