"""Results from animal data for the figures, with or without the raw data at hand."""
