"""What do units encode: events, a learner's variables, or the states of a trained network?

Sets of features (`feature_set`, `trial_features`, `learner_features`, `state_features`) predict the
responses of units in blocks of trials that were held out (`encoding_models`).
"""
