"""Read signals around a cue, such as photometry, one trace per trial."""
