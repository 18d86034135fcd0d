"""Open HDF5 and Zarr, and find tables among their groups and arrays."""
