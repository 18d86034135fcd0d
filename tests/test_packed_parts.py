import numpy as np
import pytest
import xarray as xr

from pfc_analysis.packed_parts import has_part, list_parts, pack, unpack


def part_of(names, attrs):
    return xr.Dataset({"r": ("parameter", np.arange(len(names)) / 10)}, {"parameter": names}, attrs)


@pytest.fixture
def packed():
    small = part_of(["alpha"], {"n": 3})
    large = part_of(["alpha", "beta"], {"n": 4, "notes": ["one"]})
    other = xr.Dataset({"x": ("subject", [1.0])}, {"subject": ["a"], "title": ("subject", ["A"])})
    parts = [pack(small, "recovery_free"), pack(large, "recovery_free_lapse")]
    return xr.merge([other, *parts])


def test_parts_come_out_as_they_went_in(packed):
    small, large = (unpack(packed, f"recovery_{name}") for name in ("free", "free_lapse"))
    xr.testing.assert_identical(small, part_of(["alpha"], {"n": 3}))
    xr.testing.assert_identical(large, part_of(["alpha", "beta"], {"n": 4, "notes": ["one"]}))


def test_parts_survive_a_file(packed, tmp_path):
    packed.to_netcdf(tmp_path / "fit.nc", engine="h5netcdf")
    read = xr.load_dataset(tmp_path / "fit.nc", engine="h5netcdf")
    assert list_parts(read, "recovery_") == ["recovery_free", "recovery_free_lapse"]
    assert unpack(read, "recovery_free_lapse").attrs == {"n": 4, "notes": ["one"]}
    assert not has_part(read, "x")
