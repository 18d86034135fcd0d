"""Find files, detect their format, and read their tables of trials."""
