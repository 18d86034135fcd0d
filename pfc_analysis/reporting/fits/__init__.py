"""What `pfc fit` writes: page, figure, tables and dataset."""
