"""Draw analysis results on the axes given; nothing is computed here."""
