"""Reference learners and ideal observers, and how they are fitted to choices."""
