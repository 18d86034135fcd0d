"""What a learner is, and how its functions are compiled and run."""
