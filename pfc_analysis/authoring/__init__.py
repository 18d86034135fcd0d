"""Experiments of the user's own: begin one, and check it before anything is trained."""
