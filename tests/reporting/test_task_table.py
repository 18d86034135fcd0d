"""Tasks side by side: values, what they are from, and which differ."""

import numpy as np
import xarray as xr

from pfc_analysis.reporting.task_table import lay_out_tasks

NAN = float("nan")


def test_settings_that_differ_are_marked():
    shape = ("setting", "group")
    tasks = xr.Dataset(
        {
            "setting_value": (shape, [[0.9, 0.8012], [100.0, NAN]]),
            "setting_lower": (shape, [[0.9, 0.7812], [100.0, NAN]]),
            "setting_upper": (shape, [[0.9, 0.8212], [100.0, NAN]]),
            "setting_n": (shape, [[0, 1234], [0, 0]]),
            "setting_counted": (shape, np.array([["", "trials"], ["", ""]])),
            "setting_basis": (shape, np.array([["setting of the task", "counted"], ["", ""]])),
            "setting_detail": (shape, np.array([["", "common ones"], ["", ""]])),
            "setting_differs": (shape, [[0, 1], [0, -1]]),
        },
        coords={
            "group": ["agents", "rats"],
            "setting": ["common_probability", "trials"],
            "setting_title": ("setting", ["common transitions", "trials in a session"]),
            "setting_unit": ("setting", ["probability", "1"]),
        },
    )
    (table,) = lay_out_tasks(tasks).parts
    assert len(table.columns) == 8
    assert table.rows == [
        ["Common transitions (probability)", "0.9", "-", "setting of the task",
         "0.801 [0.781, 0.821]", "1,234 trials", "counted: common ones", "differs"],
        ["Trials in a session", "100", "-", "", "-", "-", "", "not known for both"],
    ]  # fmt: skip
