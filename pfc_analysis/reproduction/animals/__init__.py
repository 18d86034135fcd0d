"""What the figures compute from animal data, with or without the raw data."""
