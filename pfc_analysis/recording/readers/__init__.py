"""Readers: one module per file format, one function per data set, each returns a recording."""
