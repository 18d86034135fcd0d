"""Recordings of agents and animals: schema, files, exports, published numbers, data sets."""
