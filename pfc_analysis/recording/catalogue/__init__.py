"""Public data sets: catalogue, download, and one reader per data set."""
