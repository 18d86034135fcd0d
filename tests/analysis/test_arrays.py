import numpy as np
import pytest

from pfc_analysis.analysis.arrays import is_finite


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_missing_and_infinite_are_told_from_large(dtype):
    values = np.full((30, 4), np.finfo(dtype).max)
    assert is_finite(values)
    assert is_finite(values.T[::2])
    for wrong in (np.nan, np.inf, -np.inf):
        values[17, 2] = wrong
        assert not is_finite(values)
    assert is_finite(np.array([[True, False]]))
