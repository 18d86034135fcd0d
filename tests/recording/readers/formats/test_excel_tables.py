import datetime
import zipfile

import numpy as np
import pytest

from pfc_analysis.recording.readers.detect import detect_format
from pfc_analysis.recording.readers.formats import excel_tables
from pfc_analysis.recording.readers.formats.excel_tables import read_excel_tables
from pfc_analysis.recording.readers.isolated.memory_limit import MemoryLimit
from pfc_analysis.recording.schema import RecordingError

openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")

HEADER = ["subject", "choice", "reward"]


@pytest.fixture
def write(tmp_path):
    def write(name="t.xlsx", **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


def read(path, sheet=None):
    (table,) = read_excel_tables(path, sheet)
    return table


def fault(path, sheet=None) -> str:
    with pytest.raises(RecordingError) as caught:
        read_excel_tables(path, sheet)
    assert str(path) in str(caught.value)
    return str(caught.value)


def edit_sheet(path, old: str, new: str) -> None:
    """Change the text of the first sheet in the file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert old.encode() in parts[name]
    parts[name] = parts[name].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def test_cells(write):
    day = datetime.datetime(2024, 5, 6, 7, 8)
    rows = [
        [],
        ["id", "choice ", "reward", "hit", "day", None],
        ["007", " left ", 0.5, True, day, None],
        [],
        ["012", None, None, False, day, None],
    ]
    table = read(write(trials=rows))
    assert table.place == "sheet 'trials'"
    assert table.columns["id"].tolist() == ["007", "012"]
    assert table.columns["choice"].tolist() == ["left", ""]
    np.testing.assert_array_equal(table.columns["reward"], [0.5, np.nan])
    assert table.columns["hit"].dtype == np.bool_
    assert table.columns["day"].tolist() == ["2024-05-06T07:08:00"] * 2
    assert len(table.columns) == 5


def test_sheets(write):
    one = [HEADER, ["m1", 0, 1], ["m1", 1, 0]]
    two = [HEADER, ["m2", 1, 1]]
    alike = write(day1=one, day2=two, empty=[])
    assert [table.size for table in read_excel_tables(alike)] == [2, 1]
    assert read(alike, "day2").columns["subject"].tolist() == ["m2"]
    message = fault(write(day1=one, notes=[["who", "what"], ["me", "this"]]))
    assert "found 2 tables that differ in their columns" in message
    assert "'notes' (1 rows: who, what). Pick one with `table`." in message
    assert "found no table 'day3'" in fault(alike, "day3")
    assert "found no table of trials, only the sheets 'a'" in fault(write(a=[HEADER]))


def test_formulas_count_as_their_values(write):
    path = write(a=[HEADER, ["m1", 0, "=1+1"], ["m1", 1, '=""']])
    message = fault(path)
    assert "sheet 'a', row 2: found the formula '=1+1' without a value" in message
    assert "Open the file in Excel or LibreOffice and save it again" in message
    edit_sheet(path, "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    edit_sheet(path, '<c r="C3"><f>""</f><v />', '<c r="C3" t="str"><f>""</f><v></v>')
    np.testing.assert_array_equal(read(path).columns["reward"], [2, np.nan])


def test_columns_without_a_name_are_not_dropped(write):
    message = fault(write(a=[["subject", None, "reward"], ["m1", 0, 1]]))
    assert "sheet 'a', row 1: found an empty cell among the names of the 3 columns" in message
    assert "row 1: found 1 among the names" in fault(write(a=[["m1", 1, 0], ["m1", 0, 1]]))
    assert "row 1: found an empty cell" in fault(write(a=[["My study"], HEADER, ["m1", 0, 1]]))
    assert "found two columns 'a', expected names" in fault(write(s=[["a", "a"], [1, 2]]))


def test_a_sheet_that_claims_to_be_large(write):
    path = write(a=[HEADER, ["m1", 0, 1]])
    edit_sheet(path, '<dimension ref="A1:C2" />', '<dimension ref="A1:XFD1048576"/>')
    assert read(path).size == 1


def test_a_workbook_that_fills_memory(write, monkeypatch):
    path = write(a=[HEADER, ["m1", 0, 1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/picture", bytes(2**20))
    allowed = MemoryLimit(path, size=2**10, left=2**20, objects_left=9)
    monkeypatch.setattr(excel_tables.MemoryLimit, "of", lambda path: allowed)
    assert "the workbook: found a claim of" in fault(path)


def test_recognised_by_content(write):
    path = write(a=[HEADER, ["m1", 0, 1]])
    assert detect_format(path.rename(path.with_suffix(".data"))).name == "excel"


def test_the_library_is_not_installed(write, monkeypatch):
    path = write(a=[HEADER, ["m1", 0, 1]])
    monkeypatch.setattr(excel_tables, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pfc_analysis\[excel\]'"):
        read_excel_tables(path)


def test_damaged_files(write, survives_damage):
    path = write(a=[HEADER, *[["m1", at % 2, 1] for at in range(50)]])
    survives_damage(excel_tables.FORMAT.read_tables, path)
