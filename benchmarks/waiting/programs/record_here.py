"""Record shipped agents: `python record_here.py EXPERIMENT SESSIONS [INTERVENTION ...]`."""

import sys

import pfc_analysis as pfc

if __name__ == "__main__":
    experiment, sessions, *interventions = sys.argv[1:]
    pfc.record(experiment, sessions=int(sessions), interventions=interventions)
