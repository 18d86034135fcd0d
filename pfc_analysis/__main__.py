"""`python -m pfc_analysis` is `pfc`."""

from pfc_analysis.cli import main

if __name__ == "__main__":
    main()
