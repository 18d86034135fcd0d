"""Read the bytes, the header and the rows of a table in text."""
