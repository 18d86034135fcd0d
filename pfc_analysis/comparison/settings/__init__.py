"""Settings of tasks as recordings show them: one reader for each set of questions."""
