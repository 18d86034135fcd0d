"""Features of trials: events, lags, a learner's values, states of agents."""
