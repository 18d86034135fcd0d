"""Recordings for other tools, and the way back: tidy CSV with its metadata, NWB, pynapple."""
