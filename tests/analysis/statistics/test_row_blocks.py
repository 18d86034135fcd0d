import numpy as np
import pytest

from pfc_analysis.analysis.statistics.row_products import CACHE_VALUES, cut_rows


@pytest.mark.parametrize("n_columns", [1, 7, 2 * CACHE_VALUES])
def test_blocks_cover_all_rows_in_order(n_columns):
    n_rows = 5 if n_columns > CACHE_VALUES else 100_001
    rows = [np.arange(n_rows)[block] for block in cut_rows(n_rows, n_columns)]
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(n_rows))
    assert max(map(len, rows)) <= max(1, CACHE_VALUES // n_columns)
