"""How fast a subject learns, and whether it learns to learn."""
