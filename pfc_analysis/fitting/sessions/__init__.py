"""Trials as fits read them, and which sessions are held out."""
