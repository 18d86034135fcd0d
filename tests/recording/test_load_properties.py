"""Any table that a recording could come from is read as it was meant, or refused with its place."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfc_analysis import load
from pfc_analysis.recording.schema import RecordingError

CODINGS = {
    "01": ("0", "1", ""),
    "12": ("1", "2", "NA"),
    "sides": ("-1", "1", ""),
    "letters": ("L", "R", "none"),
    "words": ("left", "right", ""),
}
COLUMNS = {"subject": "who", "session": "day", "trial": "n", "choice": "side", "reward": "won"}
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def truths(draw):
    """Subjects, sessions and trials with known choices and rewards, in rows."""
    rows = []
    for subject in range(draw(st.integers(1, 3))):
        for session in range(draw(st.integers(1, 3))):
            numbers = draw(st.lists(st.integers(0, 40), min_size=1, max_size=8, unique=True))
            for number in sorted(numbers):
                choice = draw(st.integers(-1, 1))
                reward = 0 if choice < 0 else draw(st.integers(0, 1))
                rows.append([f"mouse {subject}", session, number, choice, reward])
    rows[0][3] = 0  # both options are there
    rows.append([*rows[-1][:2], 41, 1, 0])
    return rows


def write(rows, coding, delimiter, path):
    first, second, none = CODINGS[coding]
    code = {0: first, 1: second, -1: none}
    cells = [[s, 3 + d, n, code[c], r] for s, d, n, c, r in rows]
    lines = [delimiter.join(map(str, row)) for row in [list(COLUMNS.values()), *cells]]
    path.write_text("\n".join(lines) + "\n")
    return lines


@SETTINGS
@given(truths(), st.sampled_from(list(CODINGS)), st.sampled_from(",;\t"), st.randoms())
def test_what_is_written_is_read(tmp_path, rows, coding, delimiter, random):
    """In whatever coding, and with the rows of different subjects interleaved at random."""
    path = Path(tmp_path) / "table.csv"
    queues = [[row for row in rows if row[0] == name] for name in dict.fromkeys(r[0] for r in rows)]
    mixed = []
    while any(queues):
        mixed.append(random.choice([queue for queue in queues if queue]).pop(0))
    write(mixed, coding, delimiter, path)
    recording = load(path, COLUMNS)
    names = list(dict.fromkeys(row[0] for row in mixed))
    ordered = sorted(mixed, key=lambda row: names.index(row[0]))  # stable
    assert recording["subject"].values.tolist() == [row[0] for row in ordered]
    assert recording["session"].values.tolist() == [row[1] for row in ordered]
    assert recording["session_label"].values.tolist() == [row[1] + 3 for row in ordered]
    assert recording["choice"].values.tolist() == [row[3] for row in ordered]
    assert recording["reward"].values.tolist() == [row[4] for row in ordered]
    assert recording["invalid"].values.tolist() == [int(row[3] < 0) for row in ordered]
    gaps = np.diff([row[2] for row in ordered])
    same = [a[:2] == b[:2] for a, b in pairwise(ordered)]
    np.testing.assert_array_equal(np.diff(recording["trial_in_session"])[same], gaps[same])
    assert recording["trial_in_session"].values.min() == 0


CORRUPTIONS = {
    "reward in words": (4, "many", "won", "'many'"),
    "reward out of range": (4, "1e999", "won", "'1e999'"),
    "trial in words": (2, "third", "n", "'third'"),
    "trial in parts": (2, "0.5", "n", "0.5"),
    "no trial": (2, "", "n", "nan"),
    "no subject": (0, "", "who", "''"),
    "no session": (1, "", "day", "nan"),
    "strange choice": (3, "7", "side", "7"),
}


@SETTINGS
@given(truths(), st.sampled_from(list(CORRUPTIONS)), st.data())
def test_every_corruption_is_named_with_its_place(tmp_path, rows, corruption, data):
    path = Path(tmp_path) / "table.csv"
    lines = write(rows, "01", ",", path)
    field, cell, column, value = CORRUPTIONS[corruption]
    at = data.draw(st.integers(1, len(rows)))
    cells = lines[at].split(",")
    cells[field] = cell
    lines[at] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordingError) as caught:
        load(path, COLUMNS)
    message = str(caught.value)
    assert message.startswith(f"{path}, column {column!r}: found ")
    assert value in message
    if corruption != "strange choice":  # which is refused as a coding, for the whole column
        assert f"line {at + 1} " in message


@SETTINGS
@given(truths(), st.data())
def test_rows_that_are_cut_doubled_or_swapped(tmp_path, rows, data):
    path = Path(tmp_path) / "table.csv"
    lines = write(rows, "01", ",", path)
    at = data.draw(st.integers(1, len(rows)))
    doubled = [*lines[: at + 1], *lines[at:]]
    path.write_text("\n".join(doubled) + "\n")
    number = rows[at - 1][2]
    with pytest.raises(RecordingError, match=rf"column 'n': found trial {number} again at line"):
        load(path, COLUMNS)
    path.write_text("\n".join([*lines, lines[1].rsplit(",", 1)[0]]))
    with pytest.raises(RecordingError, match=r"line \d+: found 4 cell\(s\).*inside its last row"):
        load(path, COLUMNS)
    same = [i for i, (a, b) in enumerate(pairwise(rows), 1) if a[:2] == b[:2]]
    at = data.draw(st.sampled_from(same))
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    path.write_text("\n".join(lines) + "\n")
    expected = rf"column 'n': found trial {rows[at - 1][2]} after {rows[at][2]} at line {at + 2}"
    with pytest.raises(RecordingError, match=expected):
        load(path, COLUMNS)


EDITS = st.tuples(
    st.sampled_from(["replace", "delete", "insert"]),
    st.integers(0, 10**6),
    st.sampled_from(b'0123456789,;"\n\r\t-.eNaxl \xff\x00'),
)


@settings(SETTINGS, max_examples=200)
@given(st.lists(EDITS, min_size=1, max_size=5))
def test_damage_is_read_or_refused_by_name(tmp_path, edits):
    path = Path(tmp_path) / "table.csv"
    text = bytearray(b"subject,session,trial,choice,reward\na,1,1,0,1\na,1,2,1,0\nb,1,1,1,1\n")
    for kind, at, byte in edits:
        place = at % len(text)
        text[place : place + (kind != "insert")] = b"" if kind == "delete" else bytes([byte])
    path.write_bytes(bytes(text))
    refused = None
    try:
        load(path)
    except RecordingError as error:  # whatever else is raised fails the test
        refused = str(error)
    assert refused is None or str(path) in refused
