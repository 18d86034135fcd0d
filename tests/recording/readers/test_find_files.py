"""Trees of folders, patterns, and what the subject is called after."""

from pathlib import Path

import pytest

from pfc_analysis.recording.load import load
from pfc_analysis.recording.readers.find_files import find_files
from pfc_analysis.recording.schema import RecordingError

MAP = {"choice": "side", "reward": "water"}


def write(path: Path, first=0):
    """Write a table of eight trials."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sep = "\t" if path.suffix == ".tsv" else ","
    rows = [f"{t % 2}{sep}{(t + first) // 2 % 2}" for t in range(8)]
    path.write_text("\n".join([f"side{sep}water", *rows]) + "\n")
    return path


def fault(*given, **options):
    """Return the text of the error that loading raises."""
    with pytest.raises(RecordingError) as caught:
        load(*given, **options)
    return str(caught.value)


@pytest.fixture
def tree(tmp_path):
    """Make a folder of subjects, of sessions, of one table each."""
    for subject in ("M1", "M2"):
        for session in ("day2", "day10"):
            write(tmp_path / subject / session / "trials.csv")
    return tmp_path


def test_a_tree_of_subjects_and_sessions(tree):
    found = [str(path.parent.relative_to(tree)) for path in find_files(tree)]
    assert found == ["M1/day2", "M1/day10", "M2/day2", "M2/day10"]
    recording = load(tree, MAP, subject="{folder.parent}")
    assert recording["subject"].values.tolist() == ["M1"] * 16 + ["M2"] * 16
    assert recording["session"].values.tolist() == ([0] * 8 + [1] * 8) * 2


def test_folders_of_one_name_are_asked_about(tree):
    said = fault(tree, MAP, subject="{folder}")
    assert "gives the one name 'day2'" in said
    assert "{folder.parent}" in said
    assert "gives the one name 'trials'" in fault(tree, MAP, subject="{stem}")
    confirmed = load(tree / "M1", MAP | {"confirmed": ["subject"]}, subject="{stem}")
    assert set(confirmed["subject"].values) == {"trials"}
    assert "found '{parent}'" in fault(tree, MAP, subject="{parent}")


def test_a_pattern(tree):
    (tree / "M1" / "day2" / "notes.txt").write_text("a,b\nno trial,here\n")
    recording = load(str(tree / "M1" / "*" / "*.csv"), MAP, subject="M1")
    assert recording.sizes["trial"] == 16
    assert len(find_files(tree / "**" / "*.csv")) == 4
    assert "no file of this pattern" in fault(str(tree / "*.xyz"), MAP)


def test_one_unreadable_file_of_several(tree):
    notes = tree / "M1" / "day2" / "notes.txt"
    notes.write_text("Common transitions\n")
    said = fault(tree / "M1", MAP, subject="M1")
    assert str(notes) in said
    assert "name the others by a pattern" in said
    recording = load(tree / "M1", MAP, subject="M1", unreadable="skip")
    assert recording.sizes["trial"] == 16
    assert str(notes) in recording.attrs["left_out"][0]
    assert "pattern" not in fault(notes, MAP, unreadable="skip")
    with pytest.raises(ValueError, match="unreadable: found 'no'"):
        load(notes, MAP, unreadable="no")


def test_bids(tmp_path):
    for subject in ("01", "02"):
        for session in ("1", "2"):
            name = f"sub-{subject}_ses-{session}_task-bandit_beh.tsv"
            write(tmp_path / f"sub-{subject}" / f"ses-{session}" / "beh" / name)
        (tmp_path / f"sub-{subject}" / f"sub-{subject}_sessions.tsv").write_text("a\tb\n1\t2\n")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t20\n")
    (tmp_path / "dataset_description.json").write_text("{}")
    recording = load(tmp_path, MAP)
    assert recording["subject"].values.tolist() == ["01"] * 16 + ["02"] * 16
    assert recording["session"].values.tolist() == ([0] * 8 + [1] * 8) * 2


def test_a_session_that_comes_again_in_another_file(tmp_path):
    for name in ("a.csv", "b.csv"):
        path = write(tmp_path / name)
        lines = path.read_text().splitlines()
        rows = [f"{line},{'day' if at == 0 else 1}" for at, line in enumerate(lines)]
        path.write_text("\n".join(rows) + "\n")
    said = fault(tmp_path, MAP | {"session": "day"}, subject="m")
    assert "If each file is one session, leave `session` out" in said
    assert load(tmp_path, MAP, subject="m")["session"].values.max() == 1


def test_two_data_sets_of_bids_with_one_name(tmp_path):
    for root in ("A", "B"):
        write(tmp_path / root / "sub-01" / "beh" / "sub-01_task-x_beh.tsv")
    said = fault([tmp_path / "A", tmp_path / "B"], MAP)
    assert "which name one subject and one session" in said
    confirmed = load([tmp_path / "A", tmp_path / "B"], MAP | {"confirmed": ["subject"]})
    assert confirmed["session"].values.tolist() == [0] * 8 + [1] * 8
