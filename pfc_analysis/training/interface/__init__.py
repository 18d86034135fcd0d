"""What all engines share: the methods they offer, and the results that these return."""
