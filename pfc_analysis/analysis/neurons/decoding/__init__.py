"""What can be read from a population of units?"""
