"""Rules that change signals of a network while it is recorded."""
