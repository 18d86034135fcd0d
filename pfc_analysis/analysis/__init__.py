"""From a recording to numbers with their uncertainty: one file per question."""
