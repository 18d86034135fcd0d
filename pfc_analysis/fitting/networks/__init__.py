"""Recurrent networks of a few units, fitted to the choices of single subjects."""
