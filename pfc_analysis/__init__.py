"""Does a network learn the way a brain does? Agents, animals and one set of analyses for both."""
__version__ = "0.1.0"
