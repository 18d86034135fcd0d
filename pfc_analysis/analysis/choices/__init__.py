"""What a subject chooses, and which past trials its choices depend on.

Stay probabilities and regressions of the two-step task, the matching law and reward histories of
baited arms, run lengths, and preferences for a risky option. Each function reads a recording and
returns one estimate with its 95 % interval for each subject.
"""
