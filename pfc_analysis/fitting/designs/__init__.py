"""The sessions of a recording as a design, in which players make new choices."""
