"""Train agents, record them, and analyse agents and animals with the same functions.

The public functions, each imported when it is first used:

- `list_experiments`, `describe_experiment`: the experiments, their tasks and recipes.
- `train`, `sweep`, `record`: train agents and record them.
- `simulate`: let a simulated learner play a task, to compare with agents.
- `replay`: let agents live through the trials of an animal, or of another agent.
- `state_maps`: see agents as systems whose state a trial moves, to ask for their dynamics.
- `new_experiment`, `verify`: make an experiment of your own, and check it before training.
- `Intervention`: a rule that changes a signal of the network during a recording.
- `film`: make a page or an animation of what an agent sees, expects, does and remembers.
- `load`: read the trials of any laboratory, from a file of any known format.
- `open_recording`, `save_recording`: read and write recordings.
- `MeasureReplicas`: analyses and recordings that `sweep` makes of each trained replica.
- `compare`: compare agents with animals; writes statistics, a figure and a page.
- `compare_recordings`: the same comparison, for recordings in memory.
- `fit`: fit learners and small networks to each subject's choices; which one explains them?
- `compare_tasks`: the settings of the tasks that groups of subjects played, side by side.
- `export_recording`, `to_pynapple`: export a recording to CSV, NWB or pynapple.
- `from_pynapple`: import a recording from pynapple; `load` reads the exported files.
- `list_datasets`, `describe_dataset`, `fetch_dataset`, `load_dataset`: public animal data.
- `list_figures`, `draw_figure`, `reproduce`, `check`: the figures and numbers of the paper.
- `plot`: pictures of recordings in two lines (``help(pfc_analysis.plot)``).
- `learners`: models of learning with few parameters, to fit or to let play.
- `analysis`: all analyses of a recording, listed by their question
  (``help(pfc_analysis.analysis)``).
"""

import sys

# As a program (`python -m pfc_analysis`), first of all: no module beside the data may run.
if sys.argv[:1] == ["-m"] and "pfc_analysis" in sys.orig_argv:
    from pfc_analysis.python_process import leave_out_current_folder

    leave_out_current_folder()

from pfc_analysis.front_door import open_front_door
from pfc_analysis.stale_caches import drop_stale_functions

__version__ = "0.1.0"

drop_stale_functions()

# numba and others are slow to import. `__init__.pyi` lists the public names; each is imported when
# it is first used.
__getattr__, __dir__, __all__ = open_front_door(__name__, __file__)
