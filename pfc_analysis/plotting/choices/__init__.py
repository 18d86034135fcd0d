"""Panels that show choices and what they depend on."""
