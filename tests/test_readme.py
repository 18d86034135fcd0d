"""What the README shows is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.real_data
@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.split("\n", 1)[0])
def test_examples_in_python(code, rat_recording, mouse_folder, capsys):
    file = mouse_folder / "697062_2023-11-20_10-39-40.nwb"
    few = code.replace("session.nwb", str(file)).replace("sessions=300", "sessions=3")
    exec(compile(few, str(README), "exec"), {})
    assert "subject" in capsys.readouterr().out  # results of analyses, a subject each


def test_every_figure_shown_is_rendered():
    shown = re.findall(r"\]\((figures/rendered/\S+)\)", README.read_text(encoding="utf-8"))
    assert shown
    for path in shown:
        assert (README.parent / path).is_file(), path
