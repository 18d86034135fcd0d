"""`python -m pfc_analysis` is `pfc`."""

import os.path
import sys

# Not by pathlib, which imports modules that may lie in the current folder.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

if __name__ == "__main__":
    # `python -m` searches the current folder first: a random.py beside the data would be executed.
    if not sys.flags.safe_path and sys.path[0] != _HOME:
        del sys.path[0]
    from pfc_analysis.cli import main

    main()
