"""Find tables in the structs and cells of MATLAB."""
