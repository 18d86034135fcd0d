"""Compile what several figures need before they are drawn side by side.

Otherwise each process would compile the same functions.
"""

from __future__ import annotations

from types import MappingProxyType

from pfc_analysis.compilation import COMPILING, is_compiled
from pfc_analysis.progress_states import ProgressStates
from pfc_analysis.recording.record import record
from pfc_analysis.reproduction.drawing.worker_processes import Job, Workers

SHARED = MappingProxyType(
    {
        "two_step": "pfc_analysis.training.engine.play_kernels",
        "harlow": "pfc_analysis.tasks.vision.patterns",
    }
)
"""Experiments of which one session compiles what takes longest, and the module of these functions.

Each compiles other functions, so that they can be recorded side by side. The functions of the other
tasks are compiled in a second or two, by the figure that needs them.
"""


def compile_first(processes: Workers, states: ProgressStates) -> None:
    """Compile the shared functions that numba has not kept, each in one of several processes.

    Parameters
    ----------
    processes : Workers
        Where to do it; nothing is done if there is only this process.
    states : ProgressStates
        Is told if something is compiled.
    """
    missing = [name for name, module in SHARED.items() if not is_compiled(module)]
    if not missing or processes.n_workers == 1:
        return
    states.say(COMPILING)
    for _ in processes.run(Job(name, _play_once, (name,)) for name in missing):
        pass  # whatever is wrong with an agent, the figure that reads it says so


def _play_once(experiment: str) -> None:
    record(experiment, sessions=1, units=False)
