"""Draw many figures at once: in which order, in which processes, and what to compile before."""
