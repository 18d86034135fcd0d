"""The contract of a task: what a task file must define, and the code that plays it.

A task file imports from here: `Task`, the annotations of settings (`Probability`,
`Count`, `Limit`), the entries of a trial table (`code`, `number`, `per_arm`), and what the method
`script` reads and returns (`GivenTrials`, `ScriptStep`, `lay_out_script`).
"""

from pfc_analysis.tasks.contract.given_trials import GivenTrials
from pfc_analysis.tasks.contract.script import Script, ScriptError, ScriptStep, lay_out_script
from pfc_analysis.tasks.contract.session_batch import SessionBatch
from pfc_analysis.tasks.contract.session_loops import PLAY, Array, draw_number, memory_of
from pfc_analysis.tasks.contract.settings import Count, Limit, NonNegativeCount, Probability
from pfc_analysis.tasks.contract.step_log import StepLog
from pfc_analysis.tasks.contract.task import RepeatingView, Task, View
from pfc_analysis.tasks.contract.trials import (
    LEFT_RIGHT,
    MISSING,
    Trials,
    TrialTable,
    code,
    find_changes,
    number,
    per_arm,
)

__all__ = [
    "LEFT_RIGHT",
    "MISSING",
    "PLAY",
    "Array",
    "Count",
    "GivenTrials",
    "Limit",
    "NonNegativeCount",
    "Probability",
    "RepeatingView",
    "Script",
    "ScriptError",
    "ScriptStep",
    "SessionBatch",
    "StepLog",
    "Task",
    "TrialTable",
    "Trials",
    "View",
    "code",
    "draw_number",
    "find_changes",
    "lay_out_script",
    "memory_of",
    "number",
    "per_arm",
]
