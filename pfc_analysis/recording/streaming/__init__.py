"""Recordings larger than memory: played, written and read one block of sessions after another."""
