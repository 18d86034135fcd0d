"""Read signals that are cut out around a cue, such as photometry, by trial."""
