"""Would the comparison of Figure N2 have named the agents, had neurons followed their states?

Neurons of known origin are made along the trials of monkey V, and compared as the monkey's are. It
takes some minutes, and needs the raw data: the table is shipped, and is not made again when the
figure is drawn.
"""

from __future__ import annotations

import pandas as pd

from pfc_analysis.analysis.neurons.identification.identification import measure_identification
from pfc_analysis.analysis.neurons.identification.simulated_neurons import NeuronSettings
from pfc_analysis.recording.catalogue.public_data import load_dataset
from pfc_analysis.recording.published import read_published
from pfc_analysis.reproduction.animals.monkey_behaviour import RESULTS, WHAT_WHERE
from pfc_analysis.reproduction.animals.monkey_encoding import (
    AGENT,
    FOLDS,
    build_sets,
    list_cells,
    live,
)
from pfc_analysis.reproduction.animals.monkeys import DATASETS, SOURCES
from pfc_analysis.reproduction.animals.shipped_results import as_published, write_shipped
from pfc_analysis.reproduction.numbers import MEAN

STUDY = "bartolo_2020_power"
STRENGTHS = (0.12, 0.16, 0.2, 0.25, 0.3)
SIMULATIONS, SEED, UNITS = 20, 1, 540
SOURCES_OF_NEURONS = ("agent", "learner")
_ENDS = {"value": "", "lower": "_lower", "upper": "_upper"}


def measure_power() -> pd.DataFrame:
    """Make and compare populations that follow agents' states or a learner's values.

    Returns
    -------
    pandas.DataFrame
        Columns `RESULTS`; `condition` names source and strength. `power_named`: share of
        populations in which the source was named, with Wilson's 95 % interval; `power_gain`: mean
        share of variance that the source adds to the events; `power_agent`: share in which the
        agent was named.
    """
    recording = load_dataset(DATASETS[WHAT_WHERE])
    cell = next(list_cells(WHAT_WHERE, recording))
    base, sets = build_sets(WHAT_WHERE, cell, live(WHAT_WHERE, recording))
    rows = []
    for strength in STRENGTHS:
        found = measure_identification(
            cell.trials,
            base,
            sets,
            SEED,
            n_simulations=SIMULATIONS,
            strength=strength,
            sources={one.name: one for one in sets if one.name in SOURCES_OF_NEURONS},
            settings=NeuronSettings(n_units=UNITS),
            comparison={"block": cell.blocks, "n_folds": FOLDS},
        )
        for source in SOURCES_OF_NEURONS:
            own = found.sel(source=source)
            where = {"condition": f"{source}, {strength}", "subject": MEAN, "n": SIMULATIONS}
            for quantity, named in (("power_named", source), ("power_agent", AGENT)):
                ends = {name: f"share{end}" for name, end in _ENDS.items()}
                share = {name: float(own[key].sel(named=named)) for name, key in ends.items()}
                rows.append(where | {"quantity": quantity} | share)
            gain = float(own["gain"].sel(features=source))
            rows.append(where | {"quantity": "power_gain", "value": gain})
    return pd.DataFrame(rows)[RESULTS]


def power_results() -> pd.DataFrame:
    """Return the shipped results of `measure_power`."""
    return read_published(STUDY)[RESULTS].reset_index(drop=True)


if __name__ == "__main__":
    _table = measure_power().assign(panel="", source="", unit="1")
    _source = f"simulated along trials of a data set: {SOURCES[WHAT_WHERE]}"
    write_shipped(STUDY, as_published(_table, "n2", "simulated neurons", _source))
