"""Does a network learn the way a brain does? Agents, animals and one set of analyses for both.

The public calls are found here and imported when first used:

- `list_experiments`, `train`, `sweep`, `record`: agents; `simulate`: learners beside them.
- `new_experiment`, `verify`: experiments of one's own, begun and checked before training.
- `Intervention`: a rule that changes a signal of the network while it is recorded.
- `film`: what an agent sees while it plays, as a moving picture.
- `load`: trials of any laboratory, from a file of any known format.
- `open_recording`, `save_recording`: recordings on disk.
- `compare`: agents beside animals, from files to statistics, figure and page;
  `compare_recordings`: the same of recordings at hand.
- `export_recording`, `to_pynapple`: recordings for other tools (CSV, NWB, pynapple); the way back
  is `load`, and `from_pynapple`.
- `list_datasets`, `describe_dataset`, `fetch_dataset`, `load_dataset`: public animal data.
- `list_figures`, `draw_figure`, `reproduce`, `check`: the paper's figures and numbers.
- `analysis`: every analysis of a recording, listed by its question
  (``help(pfc_analysis.analysis)``).
"""

import lazy_loader

__version__ = "0.1.0"

# torch and others are slow to load: `__init__.pyi` lists the names, and each is imported when it is
# first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
