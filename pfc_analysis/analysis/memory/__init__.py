"""Whether a subject uses the memory of single trials, when a cue brings one of them back.

The episodic two-step task (Ritter et al. 2018): stay probabilities relative to the last and to the
cued trial, one regression of both influences, the use of memory by its age or by anything else
that is known of each trial, and what units hold before and after an agent reads its memory.
"""
