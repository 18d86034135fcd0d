"""The table of a sweep: one row for each replica, kept on disk while the sweep runs.

`sweep.csv` is written when a sweep begins and when it ends. In between, each replica that ends adds
one line to a journal beside it, so that the cost does not grow with the number of replicas. A sweep
that is killed leaves the journal: the next one reads it, except a last line that is cut off.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from pfc_analysis.atomic import atomic_path
from pfc_analysis.spreadsheet_cells import neutral_table
from pfc_analysis.training.run.cluster import JobResult
from pfc_analysis.training.run.training_log import TrainedReplica

TABLE = "sweep.csv"
JOURNAL = ".sweep_journal.csv"
_COUNTS, _NUMBERS = ["steps", "resumed_at"], ["reward_per_trial", "seconds"]


@dataclass
class Row:
    """One replica in the table of a sweep; unknown values stay empty.

    Attributes
    ----------
    agent, experiment, seed : str, str, int
        The agent's folder, its experiment, and the seed of the replica.
    status : str
        `unfinished`, `trained`, `already trained` or `failed`.
    steps, reward_per_trial, weights_sha256 : int, float, str
        Summary of the trained replica (`TrainedReplica`).
    resumed_at, seconds, worker : int, float, str
        Who finished it, from which update on, and in what time (`JobResult`).
    error : str
        Why it failed.
    measured : str
        What was measured on it (`Measure.describe`).
    measures : dict
        What was found, by the name of the column in the table.
    """

    agent: str
    experiment: str
    seed: int
    status: str = "unfinished"
    steps: int | None = None
    reward_per_trial: float | None = None
    resumed_at: int | None = None
    seconds: float | None = None
    worker: str = ""
    weights_sha256: str = ""
    error: str = ""
    measured: str = ""
    measures: dict[str, float] = field(default_factory=dict)

    def set_result(self, result: JobResult) -> None:
        """Fill in the result of the replica's job."""
        if result.trained is None:
            self.status, self.error = "failed", result.error
            return
        self.set_trained("trained", result.trained)
        self.worker, self.seconds = result.worker, result.seconds
        self.resumed_at = result.resumed_at
        self.measured, self.measures = result.measured, dict(result.measures)

    def set_trained(self, status: str, trained: TrainedReplica) -> None:
        """Fill in the summary of the trained replica."""
        self.status, self.steps = status, trained.steps
        self.reward_per_trial = trained.reward_per_trial
        self.weights_sha256 = trained.weights_sha256

    def cells(self) -> dict[str, object]:
        """Return the row by columns: those that every row has, then what was measured."""
        cells = asdict(self)
        return cells | cells.pop("measures")


@dataclass
class Table:
    """The table of a sweep.

    Attributes
    ----------
    folder : Path
        Folder of the sweep.
    rows : dict
        One row for each replica, by its folder.
    """

    folder: Path
    rows: dict[Path, Row] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """Return all rows, ordered by agent and seed."""
        rows = sorted(self.rows.values(), key=lambda row: (row.agent, row.seed))
        columns = [name for name in Row.__annotations__ if name not in ("measured", "measures")]
        if any(row.measured for row in rows):
            columns.append("measured")
        columns += list(dict.fromkeys(name for row in rows for name in row.measures))
        frame = pd.DataFrame([row.cells() for row in rows], columns=columns)
        frame[_COUNTS] = frame[_COUNTS].astype("Int64")
        frame[_NUMBERS] = frame[_NUMBERS].astype(float)
        return frame

    def save(self) -> None:
        """Write the whole table, and remove the journal, whose lines are now in it."""
        with atomic_path(self.folder / TABLE) as temporary:
            neutral_table(self.frame()).to_csv(temporary, index=False, float_format="%.6g")
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def append(self, row: Row) -> None:
        """Add the result of a replica to the journal, and wait until it is on the disk."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(
            [f"{name}={'' if value is None else value}" for name, value in row.cells().items()]
        )
        with (self.folder / JOURNAL).open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())

    def recall(self) -> None:
        """Fill in what an earlier sweep measured on the same weights."""
        rows = {row.weights_sha256: row for row in self.rows.values() if row.weights_sha256}
        for cells in [*_read_table(self.folder / TABLE), *_read_journal(self.folder / JOURNAL)]:
            row = rows.get(cells.get("weights_sha256", ""))
            if row is not None and cells.get("seed") == str(row.seed):
                _fill(row, cells)


def _fill(row: Row, cells: dict[str, str]) -> None:
    known = set(Row.__annotations__)
    row.measured = cells.get("measured", "")
    found = {name: text for name, text in cells.items() if name not in known}
    # An empty cell is a number that could not be measured.
    numbers = {name: float(text or "nan") for name, text in found.items()}
    row.measures = numbers if row.measured else {}


def _read_table(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(line) for line in csv.DictReader(file)]


def _read_journal(path: Path) -> list[dict[str, str]]:
    """Read the lines of a journal; a last one without its end was cut off, and is left out."""
    if not path.is_file():
        return []
    text = path.read_bytes().decode("utf-8", "replace")
    whole = text[: text.rfind("\n") + 1]
    return [
        dict(cell.split("=", 1) for cell in line if "=" in cell)
        for line in csv.reader(io.StringIO(whole))
    ]
