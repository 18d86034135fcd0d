import os
import re
from pathlib import Path

import numpy as np
import pytest

from pfc_analysis.recording.readers.isolated import subprocess_reader
from pfc_analysis.recording.schema import RecordingError
from pfc_analysis.recording.tables.raw_table import RawTable


def outcome(read, path: Path):
    """What a reader raises, or returns."""
    try:
        return None, read(path)
    except RecordingError as error:
        return error, []


@pytest.fixture
def survives_damage(monkeypatch, damage_bytes):
    """Damage a file, or one of a folder, again and again: a reader returns tables, or a
    RecordingError that names it, and nothing else. PFC_ANALYSIS_MUTATIONS multiplies how often."""
    # A file that keeps the library busy for ever is given up sooner than users would.
    monkeypatch.setattr(subprocess_reader, "SECONDS", 5.0)

    def check(read, path: Path) -> None:
        rng = np.random.default_rng(1)
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        whole = {file: file.read_bytes() for file in files}
        refused = 0
        times = int(40 * float(os.environ.get("PFC_ANALYSIS_MUTATIONS", "1")))
        for _ in range(times):
            file = files[rng.integers(len(files))]
            file.write_bytes(damage_bytes(whole[file], rng))
            error, tables = outcome(read, path)
            if error is None:
                assert tables
                assert all(isinstance(table, RawTable) for table in tables)
            else:
                refused += 1
                assert str(path) in str(error)
                assert re.search("expected|[Gg]et it again", str(error))
            file.write_bytes(whole[file])
        assert 0 < refused <= times
        assert read(path)

    return check
