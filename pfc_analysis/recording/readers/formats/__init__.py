"""File formats: one module reads each, and declares it once, as FORMAT."""
