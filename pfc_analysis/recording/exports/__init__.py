"""Export recordings for other tools: tidy CSV with metadata, NWB, pynapple."""
