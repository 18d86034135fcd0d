import numpy as np
import pytest

from pfc_analysis.analysis.arrays import is_finite, list_names, number_labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_missing_and_infinite_are_told_from_large(dtype):
    values = np.full((30, 4), np.finfo(dtype).max)
    assert is_finite(values)
    assert is_finite(values.T[::2])
    for wrong in (np.nan, np.inf, -np.inf):
        values[17, 2] = wrong
        assert not is_finite(values)
    assert is_finite(np.array([[True, False]]))


@pytest.mark.parametrize(
    "labels", [[3, 3, 1, 1, 1, 3, 2], ["b", "b", "a", "c", "b"], [1.5, 1.5, 0.5], [7], []]
)
def test_labels_are_numbered_as_by_numpy(labels):
    labels = np.array(labels)
    unique, number = number_labels(labels)
    expected, inverse = np.unique(labels, return_inverse=True)
    assert unique.tolist() == expected.tolist()
    assert number.tolist() == inverse.tolist()
    assert list_names(labels) == list(dict.fromkeys(map(str, labels)))
