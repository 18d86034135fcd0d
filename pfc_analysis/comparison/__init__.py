"""Compare agents with animals: measure both alike, and say what differs and how sure that is."""
