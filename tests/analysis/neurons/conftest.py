"""Fixture that records how much of an array in a file is read at once."""

from __future__ import annotations

import pytest

from pfc_analysis.analysis.row_blocks import RowBlocks


@pytest.fixture
def sizes_read(monkeypatch) -> list[int]:
    """Sizes of all parts of arrays of dask that are computed, in numbers; blocks have 600."""
    dask_array = pytest.importorskip("dask.array", reason="the extra cluster is not installed")
    sizes, read = [], dask_array.Array.__array__

    def counted(self, *arguments, **options):
        if self.ndim > 1:  # labels of trials are read whole
            sizes.append(self.size)
        return read(self, *arguments, **options)

    monkeypatch.setattr(dask_array.Array, "__array__", counted)
    monkeypatch.setattr(RowBlocks.__init__, "__defaults__", (600,))
    return sizes
