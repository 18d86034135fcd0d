"""Whether two recordings are the same, bit for bit."""

import numpy as np
import xarray as xr


def assert_same(back: xr.Dataset, recording: xr.Dataset) -> None:
    """Values (the sign of zero and NaN included), dtypes, attributes, coordinates, order."""
    xr.testing.assert_identical(back, recording)
    assert list(back.data_vars) == list(recording.data_vars)
    assert set(back.coords) == set(recording.coords)
    for name, array in recording.variables.items():
        found = back[name]
        assert found.dtype == array.dtype, name
        assert found.dims == array.dims, name
        if array.dtype.kind == "f":
            there = ~np.isnan(array.values)
            signs = [np.signbit(values[there]) for values in (found.values, array.values)]
            np.testing.assert_array_equal(*signs)
        for key, value in array.attrs.items():
            assert type(found.attrs[key]) is type(value), (name, key)
            assert getattr(found.attrs[key], "dtype", None) == getattr(value, "dtype", None)
    for key, value in recording.attrs.items():
        assert type(back.attrs[key]) is type(value), key
