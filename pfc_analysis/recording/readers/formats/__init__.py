"""One module for each file format; each declares its format once, as FORMAT."""
