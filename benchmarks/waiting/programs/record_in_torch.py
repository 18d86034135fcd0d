"""Play sessions of the two-step agents in a loop of torch modules: `... SESSIONS`.

It ends with the states of the units in memory. No trials are laid out, nothing is checked.
"""

import sys

import numpy as np
import torch

from pfc_analysis.training.run.checkpoint import WEIGHTS, list_replicas, load_weights
from pfc_analysis.training.run.experiment import find_experiment, shipped_agent
from pfc_analysis.training.run.replica import make_engine

if __name__ == "__main__":
    torch.set_num_threads(1)
    recipe = find_experiment("two_step").recipe
    for folder in list_replicas(shipped_agent("two_step")):
        weights = load_weights(folder / WEIGHTS)
        engine = make_engine(recipe, weights, recipe.testing_task(), int(sys.argv[1]), "torch")
        engine.play(np.random.default_rng(0), None)
