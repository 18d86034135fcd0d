"""Recipes: all settings to train and record an agent, read from TOML files."""
