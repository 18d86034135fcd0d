"""Find tables in trees of groups and arrays, as HDF5 and Zarr have them."""
