"""Choose among learners: held-out sessions, information criteria, groups of subjects."""
