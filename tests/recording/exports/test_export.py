import numpy as np
import pytest
from typer.testing import CliRunner

import pfc_analysis
from pfc_analysis.cli import app
from pfc_analysis.recording.exports import export
from pfc_analysis.recording.exports.export import export_recording
from pfc_analysis.recording.schema import RecordingError


@pytest.fixture
def file(recording, tmp_path):
    return pfc_analysis.save_recording(recording, tmp_path / "r.nc")


def run(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_command_writes_what_the_ending_says(file, recording, tmp_path):
    done = run(file, "--out", tmp_path / "a.csv")
    assert done.exit_code == 0, done.output
    assert "not written: value, on (trial, step)" in done.stderr
    assert done.stdout.splitlines() == [str(tmp_path / "a.csv")]
    back = pfc_analysis.load(tmp_path / "a.csv")
    np.testing.assert_array_equal(back["choice"], recording["choice"])
    done = run(file, "--out", tmp_path / "b.nwb", "--subject", "Jürgen", "--session", "1")
    assert done.exit_code == 0, done.output
    back = pfc_analysis.load(tmp_path / "b.nwb")
    np.testing.assert_array_equal(back["hidden"], recording["hidden"][9:])
    done = run(file, "--out", tmp_path / "c", "--session", "0")
    assert done.exit_code == 0, done.output
    assert "2 file(s)" in done.stderr
    back = pfc_analysis.load(tmp_path / "c")
    np.testing.assert_array_equal(back["hidden"], recording["hidden"][[0, 1, 2, 6, 7, 8]])


def test_command_refuses_what_is_no_recording(tmp_path):
    (tmp_path / "r.nc").write_text("no recording")
    assert isinstance(run(tmp_path / "r.nc", "--out", tmp_path / "a.csv").exception, RecordingError)
    assert isinstance(run(tmp_path / "r.xls", "--out", tmp_path / "a.csv").exception, ValueError)
    assert not (tmp_path / "a.csv").exists()


def test_picked_trials_are_written_in_order(recording, tmp_path):
    found = export_recording(recording, tmp_path / "a.tsv", subjects=["Jürgen"], sessions=[1, 0])
    assert [path.name for path in found.files] == ["a.tsv", "a.tsv-metadata.json"]
    back = pfc_analysis.load(tmp_path / "a.tsv")
    np.testing.assert_array_equal(back["reward"], recording["reward"][6:])
    assert str(found).startswith(f"{tmp_path / 'a.tsv'}\nnot written: ")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.xlsx", {}, r"unknown ending '\.xlsx', expected one of"),
        ("a.cvs", {}, r"unknown ending '\.cvs' \(did you mean '\.csv'\?\)"),
        ("a.nwb", {}, r"found 4 sessions, expected 1.* or name a folder: .*/a"),
        ("a.csv", {"subjects": "replica_1"}, r"subject 'replica_1': not in.*did you mean 'replica"),
        ("a.csv", {"sessions": 9}, "session 9: not in the recording, expected some of 0, 1"),
        ("a", {"step_seconds": 0.0}, "step_seconds: found 0.0, expected seconds above 0"),
    ],
)
def test_faults_are_named(recording, tmp_path, name, options, message):
    with pytest.raises(RecordingError, match=message):
        export_recording(recording, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_no_session_left(recording, tmp_path):
    recording = recording.isel(trial=slice(3, 9))  # session 1 of one subject, 0 of the other
    with pytest.raises(RecordingError, match=r"found none of sessions \[0\] of subjects \['rep"):
        export_recording(recording, tmp_path / "a.csv", subjects=["replica_0"], sessions=[0])


def test_no_recording_is_refused(recording, tmp_path):
    with pytest.raises(RecordingError, match=r"export to .*a: not a valid recording"):
        export_recording(recording.drop_vars("choice"), tmp_path / "a")


def test_other_files_are_never_replaced(recording, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("years of work")
    with pytest.raises(RecordingError, match=r"found 1 other file\(s\) in the folder \(notes\.txt"):
        export_recording(recording, folder)
    assert (folder / "notes.txt").read_text() == "years of work"
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RecordingError, match="found a file, expected a folder"):
        export_recording(recording, tmp_path / "file")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(RecordingError, match="found a folder, expected a file"):
        export_recording(recording, tmp_path / "a.csv")


def test_sessions_exported_before_are_replaced_as_a_whole(recording, tmp_path, monkeypatch):
    folder = tmp_path / "all"
    export_recording(recording, folder)
    export_recording(recording, folder, sessions=1)
    assert len(list(folder.rglob("*.nwb"))) == 2
    before = {path: path.read_bytes() for path in folder.rglob("*.nwb")}
    written = []

    def breaks(*arguments, **options):
        written.append(arguments)
        if len(written) == 2:
            raise OSError("disk full")
        return export_session(*arguments, **options)

    export_session = export.write_nwb
    monkeypatch.setattr(export, "write_nwb", breaks)
    with pytest.raises(OSError, match="disk full"):
        export_recording(recording, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*.nwb")} == before
    assert list(tmp_path.iterdir()) == [folder]


def test_folders_differ_whatever_the_subjects_are_called(recording, tmp_path):
    names = np.repeat(["a_b", "A-B", "../..", "x" * 300], 3)
    recording = recording.assign_coords(
        subject=("trial", names), session=("trial", np.zeros(12, "int32"))
    )
    found = export_recording(recording, tmp_path / "all")
    assert sorted(path.parent.name for path in found.files) == sorted(
        ["sub-a-b", "sub-A-B-2", "sub-subject", "sub-" + "x" * 80]
    )
    back = pfc_analysis.load(tmp_path / "all")
    assert back["subject"].values.tolist() == names.tolist()


def test_progress_is_shown_over_many_files(recording, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes the stream for a terminal
    export_recording(recording, tmp_path / "all", progress=True)
    printed = capsys.readouterr()
    assert "writing NWB files" in printed.err
    assert printed.out == ""
