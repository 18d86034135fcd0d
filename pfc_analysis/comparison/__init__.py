"""Agents beside animals: are they alike, in what, and how sure can one be?"""
