"""The contract of a task: what a task file must define, and the code that plays it.

A task file imports from here: `Task`, the annotations of settings (`Probability`,
`Count`, `Limit`) and the entries of a trial table (`code`, `number`, `per_arm`).
"""

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
    "Limit",
    "NonNegativeCount",
    "Probability",
    "RepeatingView",
    "SessionBatch",
    "StepLog",
    "Task",
    "TrialTable",
    "Trials",
    "View",
    "code",
    "draw_number",
    "find_changes",
    "memory_of",
    "number",
    "per_arm",
]
